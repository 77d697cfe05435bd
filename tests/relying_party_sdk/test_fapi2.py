"""A whole login in the two FAPI 2 profiles, without a web framework, and each way it can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from relying_party_sdk import (
    AccessDenied,
    AuthorizationResponseInvalid,
    CallbackMalformed,
    CallbackReplayed,
    ClientRefused,
    ConfigurationError,
    Identity,
    IdTokenInvalid,
    LoginError,
    LoginStateInvalid,
    LoginStateMissing,
    NotLoggedIn,
    ProviderUnavailable,
    RelyingParty,
    TokenAnswerInvalid,
    TokenRefused,
    UserInfoInvalid,
    WrongIssuer,
)
from relying_party_sdk.dpop import DpopKey
from relying_party_sdk.testing import FakeProvider, Fault
from tests.relying_party_sdk.conftest import HandClock
from tests.relying_party_sdk.sites import DjangoSite, FlaskSite, Site, StarletteSite

PROFILES = ("fapi2", "fapi2-message-signing")
FAPI2, SIGNED = PROFILES


def log_in(party: RelyingParty, provider: FakeProvider) -> Identity:
    login = party.begin_login()
    return party.finish_login(callback(provider, login.url), login.sealed_state)


def callback(provider: FakeProvider, url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(provider.authorize(url)).query)


def asked(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("nonces", [False, True], ids=["without nonces", "with nonces"])
def test_one_argument_is_enough(clock: HandClock, profile: str, nonces: bool) -> None:
    with FakeProvider(profile=profile, dpop_nonces=nonces, clock=clock) as provider:
        party = provider.relying_party()
        identity = log_in(party, provider)
        fresh = party.refresh(identity)
        answer = party.request("GET", f"{provider.issuer}/userinfo", fresh)

    assert identity.claims["birthdate"] == "1990-02-28"
    assert fresh.tokens is not None
    assert identity.tokens is not None
    assert fresh.tokens.access_token != identity.tokens.access_token
    assert fresh.tokens.dpop_key == identity.tokens.dpop_key is not None
    assert answer.status == 200


def test_nonces_cost_one_request_more_and_no_login_after_that(clock: HandClock) -> None:
    with FakeProvider(profile=FAPI2, dpop_nonces=True, clock=clock) as provider:
        party = provider.relying_party()
        log_in(party, provider)
        first = list(provider.endpoints.requests)
        log_in(party, provider)
        second = provider.endpoints.requests[len(first) :]

    assert [first.count(path) for path in ("/par", "/token")] == [2, 1]
    # The fake has one nonce for all its endpoints: what UserInfo changed, the pushed request learns again.
    assert [second.count(path) for path in ("/par", "/token", "/userinfo")] == [2, 1, 2]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_browser_carries_a_name_and_nothing_else(clock: HandClock, profile: str) -> None:
    with FakeProvider(profile=profile, clock=clock) as provider:
        assert set(asked(provider.relying_party().begin_login().url)) == {"client_id", "request_uri"}


def test_every_login_has_a_key_of_its_own(clock: HandClock) -> None:
    with FakeProvider(profile=FAPI2, clock=clock) as provider:
        party = provider.relying_party()
        first, second = log_in(party, provider), log_in(party, provider)

    assert first.tokens is not None
    assert second.tokens is not None
    assert first.tokens.dpop_key != second.tokens.dpop_key


@pytest.mark.parametrize(
    ("profile", "fault", "expected"),
    [
        (FAPI2, Fault.UNREACHABLE, ProviderUnavailable),
        (FAPI2, Fault.ACCESS_DENIED, AccessDenied),
        (SIGNED, Fault.ACCESS_DENIED, AccessDenied),
        (FAPI2, Fault.WRONG_STATE, LoginStateInvalid),
        (SIGNED, Fault.WRONG_STATE, LoginStateInvalid),
        (FAPI2, Fault.WRONG_CALLBACK_ISSUER, WrongIssuer),
        (FAPI2, Fault.MISSING_CALLBACK_ISSUER, WrongIssuer),
        (SIGNED, Fault.WRONG_CALLBACK_ISSUER, AuthorizationResponseInvalid),
        (SIGNED, Fault.MISSING_CALLBACK_ISSUER, AuthorizationResponseInvalid),
        (SIGNED, Fault.UNKNOWN_KEY, AuthorizationResponseInvalid),
        (SIGNED, Fault.BAD_SIGNATURE, AuthorizationResponseInvalid),
        (SIGNED, Fault.UNSIGNED, AuthorizationResponseInvalid),
        (FAPI2, Fault.CLIENT_REFUSED, ClientRefused),
        (FAPI2, Fault.TOKEN_REFUSED, TokenRefused),
        (FAPI2, Fault.BEARER_TOKEN, TokenAnswerInvalid),
        (FAPI2, Fault.WRONG_NONCE, IdTokenInvalid),
        (SIGNED, Fault.WRONG_AUDIENCE, IdTokenInvalid),
        (FAPI2, Fault.WRONG_SUBJECT, UserInfoInvalid),
    ],
)
def test_names_every_fault(clock: HandClock, profile: str, fault: Fault, expected: type[LoginError]) -> None:
    with FakeProvider(profile=profile, clock=clock) as provider:
        party = provider.relying_party()
        provider.fail_with(fault)
        with pytest.raises(expected):
            log_in(party, provider)


def test_a_provider_that_does_not_announce_iss_has_to_send_it_all_the_same(clock: HandClock) -> None:
    with FakeProvider(profile=FAPI2, clock=clock) as provider:
        announced = provider.endpoints.metadata
        provider.endpoints.metadata = lambda: {  # type: ignore[method-assign] # one provider, unlike the others
            **announced(),
            "authorization_response_iss_parameter_supported": False,
        }
        party = provider.relying_party()
        provider.fail_with(Fault.MISSING_CALLBACK_ISSUER)
        with pytest.raises(WrongIssuer):
            log_in(party, provider)


def test_takes_no_plain_answer_where_signed_ones_are_registered(clock: HandClock) -> None:
    with FakeProvider(profile=SIGNED, clock=clock) as provider:
        party = provider.relying_party()
        login = party.begin_login()
        plain = [("code", "x"), ("state", "y"), ("iss", provider.issuer)]
        with pytest.raises(CallbackMalformed, match="not signed"):
            party.login_cookie_name(plain)
        with pytest.raises(CallbackMalformed, match="not signed"):
            party.finish_login(plain, login.sealed_state)


def test_takes_a_signed_answer_once_and_for_its_own_login_only(clock: HandClock) -> None:
    with FakeProvider(profile=SIGNED, clock=clock) as provider:
        party = provider.relying_party()
        mine, other = party.begin_login(), party.begin_login()
        answer = callback(provider, mine.url)

        assert party.login_cookie_name(answer) == mine.cookie_name
        with pytest.raises(LoginStateMissing):
            party.finish_login(answer, None)
        with pytest.raises(LoginStateInvalid):
            party.finish_login(answer, other.sealed_state)
        party.finish_login(answer, mine.sealed_state)
        with pytest.raises(CallbackReplayed):
            party.finish_login(answer, mine.sealed_state)


def test_a_signed_answer_dies(clock: HandClock) -> None:
    with FakeProvider(profile=SIGNED, clock=clock) as provider:
        party = provider.relying_party()
        login = party.begin_login()
        answer = callback(provider, login.url)
        clock.now += 71
        with pytest.raises(AuthorizationResponseInvalid, match="expired"):
            party.finish_login(answer, login.sealed_state)


def test_tokens_are_worth_nothing_without_their_key(clock: HandClock) -> None:
    with FakeProvider(profile=FAPI2, clock=clock) as provider:
        party = provider.relying_party()
        identity = log_in(party, provider)
        assert identity.tokens is not None
        stolen = replace(identity, tokens=replace(identity.tokens, dpop_key=DpopKey.generate()))

        assert party.request("GET", f"{provider.issuer}/userinfo", stolen).status == 401
        with pytest.raises(TokenRefused, match="invalid_dpop_proof"):
            party.refresh(stolen)


@pytest.mark.parametrize("changes", [{"authenticated_at": 1}, {"subject": "nguoi-khac"}])
def test_refreshed_tokens_are_of_the_same_person_and_login(clock: HandClock, changes: dict[str, object]) -> None:
    with FakeProvider(profile=FAPI2, clock=clock) as provider:
        party = provider.relying_party()
        identity = replace(log_in(party, provider), **changes)  # type: ignore[arg-type] # one field at a time
        with pytest.raises(IdTokenInvalid, match="differs"):
            party.refresh(identity)


def test_each_feature_can_be_switched_on_by_itself(clock: HandClock) -> None:
    with FakeProvider(clock=clock) as provider:
        pushed = provider.relying_party(require_pushed_authorization_requests=True)
        bound = provider.relying_party(dpop_bound_access_tokens=True)
        answered = provider.relying_party(authorization_signed_response_alg="ES256")
        identities = [log_in(party, provider) for party in (pushed, bound, answered)]

        assert set(asked(pushed.begin_login().url)) == {"client_id", "request_uri"}
        assert "dpop_jkt" in asked(bound.begin_login().url)
        assert asked(answered.begin_login().url)["response_mode"] == "jwt"
        bound_tokens = [tokens.dpop_key is not None for identity in identities if (tokens := identity.tokens)]
        assert bound_tokens == [False, True, False]


def test_pushes_where_the_provider_demands_it(clock: HandClock) -> None:
    with FakeProvider(clock=clock) as provider:
        announced = provider.endpoints.metadata
        provider.endpoints.metadata = lambda: {  # type: ignore[method-assign] # one provider, unlike the others
            **announced(),
            "require_pushed_authorization_requests": True,
        }
        assert set(asked(provider.relying_party().begin_login().url)) == {"client_id", "request_uri"}


def test_a_token_goes_nowhere_in_the_clear_and_not_without_one(clock: HandClock) -> None:
    with FakeProvider(profile=FAPI2, clock=clock) as provider:
        party = provider.relying_party()
        identity = log_in(party, provider)
        with pytest.raises(ConfigurationError, match="https"):
            party.request("GET", "http://du-lieu.example/ho-so", identity)
        with pytest.raises(NotLoggedIn):
            party.request("GET", "https://du-lieu.example/ho-so", replace(identity, tokens=None))


@pytest.mark.parametrize("framework", [StarletteSite, FlaskSite, DjangoSite], ids=["starlette", "flask", "django"])
@pytest.mark.parametrize("profile", PROFILES)
def test_the_adapters_need_no_further_word(
    clock: HandClock, framework: Callable[[RelyingParty], Site], profile: str
) -> None:
    with FakeProvider(profile=profile, dpop_nonces=True, clock=clock) as provider:
        site = framework(provider.relying_party())
        provider.sign_in(site.client, return_to="/ho-so")

        assert site.get("/ho-so").text == "Xin chào Nguyễn Thị Hoa"
        assert provider.sign_out_everywhere(site.client) == 200
        assert site.get("/ho-so").status == 303
