"""One service at one provider, without a web framework: the whole login and each way it can fail."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from relying_party_sdk import (
    AccessDenied,
    CallbackMalformed,
    CallbackReplayed,
    ClientRefused,
    Identity,
    IdTokenInvalid,
    InteractionRequired,
    LevelOfAssurance,
    LevelTooLow,
    LoginError,
    LoginStateExpired,
    LoginStateInvalid,
    LoginStateMissing,
    LogoutTokenInvalid,
    ProviderRefused,
    ProviderUnavailable,
    RelyingParty,
    TokenAnswerInvalid,
    TokenRefused,
    UserInfoInvalid,
    WrongIssuer,
)
from relying_party_sdk.testing import FakeProvider, Fault
from tests.relying_party_sdk.conftest import HandClock


def log_in(party: RelyingParty, provider: FakeProvider) -> Identity:
    login = party.begin_login()
    return party.finish_login(callback(provider, login.url), login.sealed_state)


def callback(provider: FakeProvider, url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(provider.authorize(url)).query)


def asked(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def test_asks_with_state_nonce_pkce_and_level(party: RelyingParty) -> None:
    parameters = asked(party.begin_login("/ho-so", level="eidas2", login_hint="x", prompt="login", max_age=0).url)

    assert parameters["response_type"] == "code"
    assert parameters["code_challenge_method"] == "S256"
    assert (parameters["acr_values"], parameters["ui_locales"], parameters["scope"]) == (
        "eidas2",
        "vi",
        "openid identity",
    )
    assert (parameters["login_hint"], parameters["prompt"], parameters["max_age"]) == ("x", "login", "0")
    assert min(len(parameters[name]) for name in ("state", "nonce", "code_challenge")) >= 43


def test_never_uses_a_value_twice(party: RelyingParty) -> None:
    first, second = asked(party.begin_login().url), asked(party.begin_login().url)

    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))


def test_hands_out_the_citizen(party: RelyingParty, provider: FakeProvider, clock: HandClock) -> None:
    identity = log_in(party, provider)

    assert identity.subject == "cong-dan-mau"
    assert identity.level is LevelOfAssurance.SUBSTANTIAL
    assert identity.claims["birthdate"] == "1990-02-28"
    assert identity.session_id == "phien-mau"
    assert identity.authenticated_at == clock.now
    assert identity.tokens is not None


def test_shows_nothing_of_the_citizen_in_repr(party: RelyingParty, provider: FakeProvider) -> None:
    identity = log_in(party, provider)

    shown = f"{identity!r} {identity.tokens!r} {party.begin_login()!r} {party.settings!r}"

    assert identity.tokens is not None
    for private in ("Hoa", identity.subject, identity.id_token, identity.tokens.access_token, "chỉ để thử"):
        assert private not in shown


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.UNREACHABLE, ProviderUnavailable),
        (Fault.ACCESS_DENIED, AccessDenied),
        (Fault.LOGIN_REQUIRED, InteractionRequired),
        (Fault.INVALID_SCOPE, ProviderRefused),
        (Fault.WRONG_STATE, LoginStateInvalid),
        (Fault.WRONG_CALLBACK_ISSUER, WrongIssuer),
        (Fault.MISSING_CALLBACK_ISSUER, WrongIssuer),
        (Fault.TOKEN_REFUSED, TokenRefused),
        (Fault.CLIENT_REFUSED, ClientRefused),
        (Fault.SERVER_ERROR, ProviderUnavailable),
        (Fault.TIMEOUT, ProviderUnavailable),
        (Fault.OVERSIZED, ProviderUnavailable),
        (Fault.NO_ID_TOKEN, TokenAnswerInvalid),
        (Fault.WRONG_NONCE, IdTokenInvalid),
        (Fault.EXPIRED, IdTokenInvalid),
        (Fault.WRONG_ISSUER, IdTokenInvalid),
        (Fault.WRONG_AUDIENCE, IdTokenInvalid),
        (Fault.UNKNOWN_KEY, IdTokenInvalid),
        (Fault.BAD_SIGNATURE, IdTokenInvalid),
        (Fault.UNSIGNED, IdTokenInvalid),
        (Fault.LOWER_LEVEL, LevelTooLow),
        (Fault.WRONG_SUBJECT, UserInfoInvalid),
        (Fault.USERINFO_DOWN, ProviderUnavailable),
    ],
)
def test_names_every_fault_of_the_provider(
    party: RelyingParty, provider: FakeProvider, fault: Fault, expected: type[LoginError]
) -> None:
    provider.fail_with(fault)

    with pytest.raises(expected) as failed:
        log_in(party, provider)

    assert failed.value.code in str(failed.value)
    assert "Hoa" not in str(failed.value)


def test_every_fault_has_a_row_above() -> None:
    marks = test_names_every_fault_of_the_provider.pytestmark  # type: ignore[attr-defined] # set by the decorator

    # A bearer token is a fault only where tokens are bound to a key.
    assert {row[0] for row in marks[0].args[1]} == set(Fault) - {Fault.BEARER_TOKEN}


def test_refuses_a_level_below_the_one_asked(party: RelyingParty, provider: FakeProvider) -> None:
    login = party.begin_login(level=LevelOfAssurance.HIGH)

    with pytest.raises(LevelTooLow, match="asked eidas3, answered eidas2"):
        party.finish_login(callback(provider, login.url), login.sealed_state)


def test_a_page_cannot_ask_for_less_than_the_service_is_configured_for(provider: FakeProvider) -> None:
    party = provider.relying_party(level="eidas2")

    assert asked(party.begin_login(level="eidas1").url)["acr_values"] == "eidas2"


def test_refuses_the_same_callback_twice(party: RelyingParty, provider: FakeProvider) -> None:
    login = party.begin_login()
    parameters = callback(provider, login.url)
    party.finish_login(parameters, login.sealed_state)

    with pytest.raises(CallbackReplayed):
        party.finish_login(parameters, login.sealed_state)


def test_refuses_a_callback_without_its_cookie(party: RelyingParty, provider: FakeProvider) -> None:
    with pytest.raises(LoginStateMissing):
        party.finish_login(callback(provider, party.begin_login().url), None)


def test_refuses_the_cookie_of_another_tab(party: RelyingParty, provider: FakeProvider) -> None:
    first, second = party.begin_login(), party.begin_login()

    with pytest.raises(LoginStateInvalid):
        party.finish_login(callback(provider, first.url), second.sealed_state)


def test_refuses_a_login_older_than_ten_minutes(party: RelyingParty, provider: FakeProvider, clock: HandClock) -> None:
    login = party.begin_login()
    clock.now += 600

    with pytest.raises(LoginStateExpired):
        party.finish_login(callback(provider, login.url), login.sealed_state)


def test_refuses_a_sealed_state_with_a_changed_letter(party: RelyingParty, provider: FakeProvider) -> None:
    login = party.begin_login()
    changed = login.sealed_state[:40] + ("A" if login.sealed_state[40] != "A" else "B") + login.sealed_state[41:]

    with pytest.raises(LoginStateInvalid):
        party.finish_login(callback(provider, login.url), changed)


def test_seals_everything_it_must_remember(party: RelyingParty) -> None:
    login = party.begin_login("/ho-so")
    parameters = asked(login.url)

    assert parameters["state"] not in login.sealed_state
    assert parameters["state"] not in login.cookie_name


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param([("code", "a"), ("code", "b")], id="a parameter twice"),
        pytest.param([("code", "x" * 3000)], id="a parameter too long"),
    ],
)
def test_refuses_malformed_callbacks(party: RelyingParty, parameters: list[tuple[str, str]]) -> None:
    with pytest.raises(CallbackMalformed):
        party.finish_login(parameters, party.begin_login().sealed_state)


def test_refuses_a_callback_without_code(party: RelyingParty, provider: FakeProvider) -> None:
    login = party.begin_login()
    state = asked(login.url)["state"]

    with pytest.raises(CallbackMalformed, match="code"):
        party.finish_login({"state": state, "iss": provider.issuer}, login.sealed_state)


def test_never_repeats_foreign_text_of_an_error(party: RelyingParty, provider: FakeProvider) -> None:
    login = party.begin_login()
    parameters = {"state": asked(login.url)["state"], "iss": provider.issuer, "error": "<script>"}

    with pytest.raises(ProviderRefused) as refused:
        party.finish_login(parameters, login.sealed_state)

    assert "script" not in str(refused.value)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_proves_itself_with_its_secret(provider: FakeProvider, method: str) -> None:
    assert log_in(provider.relying_party(token_endpoint_auth_method=method), provider).subject


@pytest.mark.parametrize(
    "key", [ECKey.generate_key("P-256"), RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")]
)
def test_proves_itself_with_its_key(provider: FakeProvider, key: ECKey | RSAKey | OKPKey) -> None:
    assert log_in(provider.relying_party(private_key=key.as_pem(private=True)), provider).subject


def test_a_key_the_provider_does_not_know_is_refused(provider: FakeProvider) -> None:
    party = provider.relying_party(private_key=ECKey.generate_key("P-256"))
    provider.relying_party(private_key=ECKey.generate_key("P-256"))

    with pytest.raises(ClientRefused):
        log_in(party, provider)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA"])
def test_reads_signed_userinfo(algorithm: str, clock: HandClock) -> None:
    with FakeProvider(algorithm=algorithm, userinfo_signed=True, clock=clock) as provider:
        assert log_in(provider.relying_party(), provider).claims["name"] == "Nguyễn Thị Hoa"


def test_follows_the_providers_key_rotation(party: RelyingParty, provider: FakeProvider, clock: HandClock) -> None:
    log_in(party, provider)
    provider.rotate_key()
    clock.now += 60

    assert log_in(party, provider).subject == "cong-dan-mau"


def test_fetches_keys_again_at_most_once_a_minute(
    party: RelyingParty, provider: FakeProvider, clock: HandClock
) -> None:
    log_in(party, provider)
    provider.fail_with(Fault.UNKNOWN_KEY)

    for _ in range(5):
        with pytest.raises(IdTokenInvalid):
            log_in(party, provider)
    clock.now += 60
    for _ in range(5):
        with pytest.raises(IdTokenInvalid):
            log_in(party, provider)

    # The first time, and once for each of the two minutes.
    assert provider.endpoints.requests.count("/jwks.json") == 3


def test_a_key_rotated_right_after_the_first_fetch_is_found(party: RelyingParty, provider: FakeProvider) -> None:
    log_in(party, provider)
    provider.rotate_key()

    assert log_in(party, provider).subject == provider.identity.subject


def test_asks_for_the_discovery_document_once_in_its_lifetime(
    party: RelyingParty, provider: FakeProvider, clock: HandClock
) -> None:
    for _ in range(3):
        party.begin_login()
    assert provider.endpoints.requests.count("/.well-known/openid-configuration") == 1

    clock.now += 3600
    party.begin_login()

    assert provider.endpoints.requests.count("/.well-known/openid-configuration") == 2


def test_refreshes_tokens_and_claims(party: RelyingParty, provider: FakeProvider) -> None:
    identity = log_in(party, provider)

    fresh = party.refresh(identity)

    assert identity.tokens is not None
    assert fresh.tokens is not None
    assert fresh.tokens.access_token != identity.tokens.access_token
    assert fresh.subject == identity.subject


def test_a_used_refresh_token_is_refused(party: RelyingParty, provider: FakeProvider) -> None:
    identity = log_in(party, provider)
    party.refresh(identity)

    with pytest.raises(TokenRefused):
        party.refresh(identity)


def test_says_when_there_is_nothing_to_refresh(party: RelyingParty) -> None:
    with pytest.raises(TokenRefused, match="offline_access"):
        party.refresh(Identity.sample())


def test_a_refresh_never_turns_into_somebody_else(party: RelyingParty, provider: FakeProvider) -> None:
    identity = log_in(party, provider)
    other = Identity(subject="nguoi-khac", level=identity.level, tokens=identity.tokens)

    with pytest.raises(IdTokenInvalid, match="subject_differs"):
        party.refresh(other)


def test_logs_out_at_the_provider_with_a_hint(party: RelyingParty, provider: FakeProvider) -> None:
    identity = log_in(party, provider)

    url = party.logout_url(identity, state="sau-khi-thoat")

    assert url is not None
    query = parse_qs(urlsplit(url).query)
    assert query["id_token_hint"] == [identity.id_token]
    assert query["post_logout_redirect_uri"] == ["http://localhost/dang-nhap/da-thoat"]
    assert query["state"] == ["sau-khi-thoat"]


def test_reads_a_logout_token_once(party: RelyingParty, provider: FakeProvider) -> None:
    raw = provider.logout_token(session_id="phien-1", subject="cong-dan-1")

    notice = party.verify_logout_token(raw)

    assert (notice.subject, notice.session_id) == ("cong-dan-1", "phien-1")
    with pytest.raises(LogoutTokenInvalid, match="replayed"):
        party.verify_logout_token(raw)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"iss": "https://la.example"}, "issuer_wrong"),
        ({"aud": "dich-vu-khac"}, "audience_wrong"),
        ({"aud": ["dich-vu-thu", "dich-vu-khac"]}, "audience_wrong"),
        ({"exp": 1_800_000_000 - 10}, "expired"),
        ({"exp": None}, "time_missing"),
        ({"iat": 1_800_000_061}, "issued_in_the_future"),
        ({"exp": 1_800_000_301}, "lives_too_long"),
        ({"events": {}}, "event_missing"),
        ({"events": {"http://schemas.openid.net/event/backchannel-logout": True}}, "event_missing"),
        ({"nonce": "n"}, "nonce_present"),
        ({"sub": 7}, "claim_type_wrong"),
        ({"sid": ""}, "claim_type_wrong"),
        ({"jti": None}, "jti_missing"),
    ],
)
def test_refuses_bad_logout_tokens(
    party: RelyingParty, provider: FakeProvider, changes: dict[str, object], rule: str
) -> None:
    with pytest.raises(LogoutTokenInvalid) as refused:
        party.verify_logout_token(provider.logout_token(session_id="phien-1", changes=changes))

    assert refused.value.rule == rule


def test_refuses_a_logout_token_that_names_nobody(party: RelyingParty, provider: FakeProvider) -> None:
    with pytest.raises(LogoutTokenInvalid, match="nobody_named"):
        party.verify_logout_token(provider.logout_token())


def test_refuses_an_id_token_as_logout_token(party: RelyingParty, provider: FakeProvider) -> None:
    with pytest.raises(LogoutTokenInvalid):
        party.verify_logout_token(log_in(party, provider).id_token)


def test_asks_nothing_of_userinfo_when_no_scope_needs_it(provider: FakeProvider) -> None:
    identity = log_in(provider.relying_party(scopes=("openid",)), provider)

    assert identity.claims == {}
    assert "/userinfo" not in provider.endpoints.requests


def test_does_not_follow_a_redirect_of_the_provider(provider: FakeProvider) -> None:
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url))
        return httpx2.Response(302, headers={"Location": "https://la.example/"})

    http = httpx2.Client(transport=httpx2.MockTransport(answer), follow_redirects=True)
    party = RelyingParty(provider.issuer, "a", "https://dv.example/ket-thuc", client_secret="s", http=http)

    with pytest.raises(ProviderUnavailable):
        party.begin_login()

    assert seen == [f"{provider.issuer}/.well-known/openid-configuration"]
