"""RFC 6749 §2.1, RFC 9700 §2.1, RFC 8252: clients that can keep no secret have PKCE, exact addresses and rotation."""

from typing import Any

import httpx2
import pytest

from idp.audit.events import ClientAuthenticationFailed, RefreshTokenReplayed, TokenRequestRefused
from idp.authorization_server.failure_throttle import MOST_FAILURES
from idp.protocol.client_metadata import InvalidClientMetadata, parse_client
from tests.protocol.test_consent import answer as decide
from tests.protocol.test_consent import ask
from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ASSERTION_TYPE, ClientKey
from tests.support.provider import Provider, RelyingPartyDriver, answer_of

_OFFLINE = "openid profile offline_access"
_FAILED = {"error": "invalid_client", "error_description": "client authentication failed"}


@pytest.fixture
async def page(provider: Provider) -> RelyingPartyDriver:
    """A service that is one page of scripts in a browser."""
    return await provider.register("page", token_endpoint_auth_method="none")


async def _post(party: RelyingPartyDriver, path: str, *proofs: str, **form: str | None) -> httpx2.Response:
    """Says who it is, and proves nothing."""
    sent = {name: value for name, value in {"client_id": party.client_id, **form}.items() if value is not None}
    return await party.provider.http.post(path, data=sent, headers=[("dpop", proof) for proof in proofs])


async def _redeem(party: RelyingPartyDriver, code: str, *proofs: str, **changes: str | None) -> httpx2.Response:
    form = {"code": code, "redirect_uri": party.redirect_uri, "code_verifier": party.code_verifier, **changes}
    return await _post(party, "/token", *proofs, grant_type="authorization_code", **form)


async def _log_in(party: RelyingPartyDriver, *proofs: str) -> dict[str, Any]:
    browser = await party.provider.logged_in_browser(consenting_to=party)
    answer = await _redeem(party, await party.code(browser, scope=_OFFLINE), *proofs)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def _refresh(party: RelyingPartyDriver, token: str, *proofs: str) -> httpx2.Response:
    return await _post(party, "/token", *proofs, grant_type="refresh_token", refresh_token=token)


async def test_logs_in_and_refreshes_by_saying_who_it_is(provider: Provider, page: RelyingPartyDriver) -> None:
    tokens = await _log_in(page)
    refreshed = (await _refresh(page, tokens["refresh_token"])).json()

    assert (await page.userinfo(refreshed["access_token"])).status_code == 200
    assert refreshed["refresh_token"] != tokens["refresh_token"]


async def test_cannot_go_without_pkce(provider: Provider, page: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=page)

    unchallenged = await page.authorize(browser, code_challenge=None, code_challenge_method=None)
    code = await page.code(browser)

    assert answer_of(unchallenged)["error"] == "invalid_request"
    assert (await _redeem(page, code, code_verifier=None)).json()["error"] == "invalid_grant"
    assert (await _redeem(page, code, code_verifier="x" * 43)).json()["error"] == "invalid_grant"
    assert (await _redeem(page, code)).status_code == 200


async def test_a_refresh_token_shown_twice_ends_the_family(provider: Provider, page: RelyingPartyDriver) -> None:
    first = await _log_in(page)
    second = (await _refresh(page, first["refresh_token"])).json()

    replay = await _refresh(page, first["refresh_token"])

    assert replay.json()["error"] == "invalid_grant"
    assert (await _refresh(page, second["refresh_token"])).json()["error"] == "invalid_grant"
    assert await provider.count_of(RefreshTokenReplayed) == 1


async def test_a_refresh_token_got_with_a_key_is_worth_nothing_without_it(
    provider: Provider, page: RelyingPartyDriver
) -> None:
    key = ClientKey()
    token = (await _log_in(page, proof_of(key, "/token")))["refresh_token"]

    for proofs in ((), (proof_of(ClientKey(), "/token"),)):
        assert (await _refresh(page, token, *proofs)).status_code == 400

    answer = await _refresh(page, token, proof_of(key, "/token"))
    assert answer.json()["token_type"] == "DPoP"


async def test_pushes_its_request_and_revokes_its_token(provider: Provider, page: RelyingPartyDriver) -> None:
    tokens = await _log_in(page)
    pushed = await _post(page, "/par", **page.authorization_parameters())
    revoked = await _post(page, "/revoke", token=tokens["refresh_token"])

    assert pushed.status_code == 201
    assert revoked.status_code == 200
    assert (await _refresh(page, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await page.userinfo(tokens["access_token"])).status_code == 401


async def test_does_not_revoke_what_is_another_s(
    provider: Provider, page: RelyingPartyDriver, town_hall: RelyingPartyDriver
) -> None:
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall))

    answer = await _post(page, "/revoke", token=tokens["access_token"])

    assert answer.status_code == 200
    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 200


@pytest.mark.parametrize("path", ["/introspect", "/subject-changes"])
async def test_is_told_nothing_where_clients_must_prove_themselves(
    provider: Provider, page: RelyingPartyDriver, path: str
) -> None:
    tokens = await _log_in(page)

    answer = await _post(page, path, token=tokens["access_token"])

    assert (answer.status_code, answer.json()) == (401, _FAILED)
    assert await provider.count_of(ClientAuthenticationFailed) == 1


@pytest.mark.parametrize("path", ["/token", "/revoke", "/par", "/introspect"])
async def test_naming_a_client_that_has_credentials_is_not_enough(
    provider: Provider, page: RelyingPartyDriver, town_hall: RelyingPartyDriver, path: str
) -> None:
    """Known, unknown and disabled look alike."""
    gone = await provider.register("gone", token_endpoint_auth_method="none")
    await provider.disable(gone)
    by_key = await provider.register("by-key", token_endpoint_auth_method="private_key_jwt", jwks=ClientKey().jwks())
    named = (town_hall.client_id, by_key.client_id, gone.client_id, "nobody", "n" * 300)

    answers = [await provider.http.post(path, data={"client_id": name, "token": "x"}) for name in named]

    assert {answer.status_code for answer in answers} == {401}
    assert [answer.json() for answer in answers] == [_FAILED] * len(named)


@pytest.mark.parametrize("path", ["/token", "/revoke", "/par"])
async def test_credentials_of_a_client_that_has_none_are_refused(
    provider: Provider, page: RelyingPartyDriver, path: str
) -> None:
    """Even those that are stored from an earlier time."""
    assertion = ClientKey().sign({"iss": "page", "sub": "page"})
    for headers, form in (
        ({"authorization": page.basic()}, {}),
        ({}, {"client_id": "page", "client_secret": page.secret}),
        ({}, {"client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE}),
    ):
        answer = await provider.http.post(path, data={"token": "x", **form}, headers=headers)

        assert (answer.status_code, answer.json()) == (401, _FAILED)


async def test_failures_of_strangers_are_throttled_like_any(provider: Provider) -> None:
    answers = [await provider.http.post("/token", data={"client_id": "nobody"}) for _ in range(MOST_FAILURES + 1)]

    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert answers[-1].status_code == 429


async def test_guesses_of_strangers_do_not_keep_its_people_out(provider: Provider, page: RelyingPartyDriver) -> None:
    """What they guess does not exist; what is throttled is the guessing."""
    for _ in range(MOST_FAILURES):
        await provider.http.post("/token", data={"client_id": "page", "client_secret": "guess"})
    guess = await provider.http.post("/token", data={"client_id": "page", "client_secret": "guess"})

    assert guess.status_code == 429
    assert (await _log_in(page))["access_token"]


async def test_what_anybody_can_have_refused_does_not_fill_the_log(
    provider: Provider, page: RelyingPartyDriver
) -> None:
    """Its people, who may call from the same network, are served all the same."""
    key = ClientKey()
    proof = proof_of(key, "/token")
    answers = [await _post(page, "/token", grant_type="refresh_token", refresh_token="x") for _ in range(MOST_FAILURES)]
    answers += [await _refresh(page, "x", proof), await _refresh(page, "x", proof)]

    assert [answer.json()["error"] for answer in answers[-3:]] == [
        "invalid_grant",
        "invalid_grant",
        "invalid_dpop_proof",
    ]
    assert await provider.count_of(TokenRequestRefused) == MOST_FAILURES
    assert (await _log_in(page))["access_token"]


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"require_pkce": False}, id="without PKCE"),
        pytest.param({"profile": "fapi2"}, id="FAPI 2"),
        pytest.param({"profile": "fapi2-message-signing"}, id="FAPI 2 message signing"),
        pytest.param({"redirect_uris": ["http://page.example/callback"]}, id="plain HTTP"),
        pytest.param({"application_type": "mobile"}, id="a type that is none"),
    ],
)
def test_cannot_be_registered(metadata: dict[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadata):
        _parsed(token_endpoint_auth_method="none", **metadata)


async def test_discovery_says_where_nothing_is_proved(provider: Provider) -> None:
    document = (await provider.http.get("/.well-known/openid-configuration")).json()

    assert "none" in document["token_endpoint_auth_methods_supported"]
    assert "none" in document["revocation_endpoint_auth_methods_supported"]
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]


async def test_a_native_client_is_answered_at_whichever_loopback_port_was_free(provider: Provider) -> None:
    """RFC 8252 §7.3."""
    app = await _native(provider, "http://127.0.0.1/callback")
    browser = await provider.logged_in_browser(consenting_to=app)
    app.redirect_uri = "http://127.0.0.1:51004/callback"

    silent = await app.authorize(browser, prompt="none")
    # Asked, although all of it was agreed to before: any program can say that it is this one (RFC 8252 §8.6).
    approved = await decide(browser, await ask(app, browser), "approve")
    again = await ask(app, browser)

    assert silent.headers["location"].startswith(f"{app.redirect_uri}?")
    assert answer_of(silent)["error"] == "consent_required"
    assert (await _redeem(app, approved["code"])).status_code == 200
    assert again.endswith("/consent")


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        pytest.param("http://127.0.0.1/callback", "http://127.0.0.1:51004/callback/", id="another path"),
        pytest.param("http://127.0.0.1/callback", "http://127.0.0.1:51004/callback?x=1", id="a query"),
        pytest.param("http://127.0.0.1/callback", "http://127.0.0.1:051004/callback", id="a port with a zero before"),
        pytest.param("http://127.0.0.1/callback", "http://127.0.0.1:65536/callback", id="a port that is none"),
        pytest.param("http://127.0.0.1/callback", "http://127.0.0.1:/callback", id="an empty port"),
        pytest.param("http://127.0.0.1/callback", "http://[::1]:51004/callback", id="the other loopback address"),
        pytest.param("http://127.0.0.1/callback", "https://127.0.0.1:51004/callback", id="another scheme"),
        pytest.param("http://127.0.0.1/callback", "http://127.0.0.1:51004@evil.example/callback", id="another host"),
        pytest.param("http://127.0.0.1/callback", "http://127.0.0.1.evil.example/callback", id="a longer host"),
        pytest.param("http://localhost/callback", "http://localhost:51004/callback", id="localhost is no address"),
        pytest.param("https://app.example/callback", "https://app.example:8443/callback", id="no loopback"),
    ],
)
async def test_nothing_but_the_port_may_differ(provider: Provider, registered: str, asked: str) -> None:
    app = await _native(provider, registered)
    app.redirect_uri = asked

    answer = await app.authorize(provider.browser())

    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        pytest.param("http://127.0.0.1/callback", "http://127.0.0.1/callback", id="as registered"),
        pytest.param("http://127.0.0.1:7000/callback", "http://127.0.0.1:65535/callback", id="another port"),
        pytest.param("http://127.0.0.1:7000/callback", "http://127.0.0.1/callback", id="no port"),
        pytest.param("http://[::1]/callback?x=1", "http://[::1]:51004/callback?x=1", id="IPv6, and a query"),
        pytest.param("https://app.example/callback", "https://app.example/callback", id="an address of its own"),
    ],
)
async def test_the_port_of_a_loopback_address_may_differ(provider: Provider, registered: str, asked: str) -> None:
    app = await _native(provider, registered)
    app.redirect_uri = asked

    assert (await app.authorize(provider.browser())).status_code == 303


async def test_the_port_of_a_web_client_is_exact(provider: Provider) -> None:
    site = await provider.register("site", redirect_uris=["http://127.0.0.1:7000/callback"])
    site.redirect_uri = "http://127.0.0.1:7001/callback"

    assert (await site.authorize(provider.browser())).status_code == 400


async def test_a_code_is_redeemed_with_the_port_it_went_to(provider: Provider) -> None:
    app = await _native(provider, "http://127.0.0.1/callback", token_endpoint_auth_method="client_secret_basic")
    browser = await provider.logged_in_browser(consenting_to=app)
    app.redirect_uri = "http://127.0.0.1:51004/callback"
    code = await app.code(browser)

    elsewhere = await app.redeem(code, redirect_uri="http://127.0.0.1:51005/callback")

    assert elsewhere.json()["error"] == "invalid_grant"
    assert (await app.redeem(code)).status_code == 200


async def _native(provider: Provider, *uris: str, **metadata: Any) -> RelyingPartyDriver:
    member = {"token_endpoint_auth_method": "none", "application_type": "native", "redirect_uris": list(uris)}
    return await provider.register("app", **{**member, **metadata})


def _parsed(**metadata: Any) -> None:
    registered = {"client_name": "Trang", "redirect_uris": ["https://page.example/callback"], **metadata}
    parse_client("page", registered, sector="page.example", is_sandbox=True)
