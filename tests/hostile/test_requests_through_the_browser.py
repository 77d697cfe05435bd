"""A browser carries what anybody wrote: it adds nothing to a pushed request, and chooses no way of answering."""

import secrets
from typing import Any

import pytest

from idp.audit.events import AuthorizationCodeIssued
from tests.hostile.rows import left, rows_of
from tests.support.assertions import ClientKey
from tests.support.provider import Provider, RelyingPartyDriver, answer_of, claims_of

_KEY = ClientKey()
# Everything that changes a login, where and to whom it is answered, or what it is worth.
_BESIDE = {
    "redirect_uri": "https://attacker.example/callback",
    "response_type": "token",
    "response_mode": "form_post",
    "scope": "openid profile phone vn_personal_id offline_access",
    "state": "attacker",
    "nonce": "attacker",
    "code_challenge": "x" * 43,
    "code_challenge_method": "plain",
    "prompt": "none",
    "max_age": "0",
    "acr_values": "nd69-04",
    "claims": '{"userinfo":{"phone_number":{"essential":true}}}',
    "login_hint": "attacker",
    "id_token_hint": "x",
    "dpop_jkt": "x" * 43,
    "request": "x",
    "resource": "https://attacker.example/",
    "authorization_details": "[]",
    "ui_locales": "xx",
    "display": "wap",
}


@pytest.fixture
async def town_hall(provider: Provider) -> RelyingPartyDriver:
    return await provider.register()


@pytest.mark.parametrize("name", _BESIDE)
async def test_nothing_beside_a_pushed_request_counts(
    provider: Provider, town_hall: RelyingPartyDriver, name: str
) -> None:
    pushed = await town_hall.post("/par", **town_hall.authorization_parameters())
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    asked = {"client_id": town_hall.client_id, "request_uri": pushed.json()["request_uri"]}

    answer = await browser.get("/authorize", **asked, **{name: _BESIDE[name]})
    refused = answer.status_code == 400 or "error" in answer.headers["location"]

    if refused:
        assert name == "request", "two requests in one are none"
        return
    assert answer.headers["location"].startswith(f"{town_hall.redirect_uri}?")
    told = answer_of(answer)
    assert told["state"] == town_hall.state
    tokens = (await town_hall.redeem(told["code"])).json()
    assert tokens["scope"] == "openid profile"
    assert tokens["token_type"] == "Bearer"
    assert claims_of(tokens["id_token"])["nonce"] == town_hall.nonce


@pytest.mark.parametrize(
    "request_uri",
    [
        "urn:ietf:params:oauth:request_uri:",
        "urn:ietf:params:oauth:request_uri:" + "x" * 43,
        "URN:IETF:params:oauth:request_uri:{name}",
        "urn:ietf:params:oauth:request_uri:{name}=",
        "urn:ietf:params:oauth:request_uri:{name}\x00",
        "urn:ietf:params:oauth:request_uri:{name}/../{name}",
        "https://attacker.example/r#{name}",
        "http://127.0.0.1:8000/authorize",
        "file:///etc/passwd",
        "data:,x",
        "{name}",
        "x" * 20_000,
    ],
)
async def test_what_is_nearly_a_request_uri_is_none(
    provider: Provider, town_hall: RelyingPartyDriver, request_uri: str
) -> None:
    pushed = (await town_hall.post("/par", **town_hall.authorization_parameters())).json()["request_uri"]
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    bent = request_uri.format(name=pushed.rpartition(":")[2])
    before = await rows_of(provider.services.database)

    answer = await browser.get("/authorize", client_id=town_hall.client_id, request_uri=bent)
    changed = left(before, await rows_of(provider.services.database))

    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert set(changed) <= {"audit_entry"}
    assert changed.get("audit_entry", 0) <= 1
    assert await provider.count_of(AuthorizationCodeIssued) == 0


async def test_a_pushed_request_of_another_service_is_not_found_and_not_used_up(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    library = await provider.register("library")
    pushed = (await town_hall.post("/par", **town_hall.authorization_parameters())).json()["request_uri"]
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    foreign = await browser.get("/authorize", client_id=library.client_id, request_uri=pushed)
    own = await browser.get("/authorize", client_id=town_hall.client_id, request_uri=pushed)

    assert foreign.status_code == 400
    assert "code" in answer_of(own)


# Those that nobody here answers in, and those that this service did not register for.
_MODES = (
    "fragment",
    "fragment.jwt",
    "web_message",
    "web_message.jwt",
    "cookie",
    "jwt",
    "query.jwt",
    "form_post.jwt",
    "QUERY",
    "query fragment",
    "",
)


@pytest.mark.parametrize("mode", _MODES)
@pytest.mark.parametrize("way", ["in the address", "pushed", "signed"])
async def test_a_way_of_answering_that_is_not_registered_is_refused(provider: Provider, mode: str, way: str) -> None:
    party = await provider.register(jwks=_KEY.jwks())
    browser = await provider.logged_in_browser(consenting_to=party)
    wanted: dict[str, Any] = party.authorization_parameters(response_mode=mode)

    if way == "pushed":
        answer = await party.post("/par", **wanted)
        told: dict[str, Any] = answer.json()
    else:
        if way == "signed":
            now = int(provider.clock())
            claims = {**wanted, "iss": party.client_id, "aud": provider.issuer, "exp": now + 60, "nbf": now}
            signed = _KEY.sign(claims, jti=secrets.token_urlsafe(8))
            wanted = {"client_id": party.client_id, "redirect_uri": party.redirect_uri, "request": signed}
        response = await browser.get("/authorize", **wanted)
        assert "#" not in response.headers["location"]
        told = answer_of(response)

    if mode == "":
        # What was sent without a value counts as absent (RFC 6749 §3.1).
        assert "error" not in told
        return
    assert told["error"] == "invalid_request"
    assert "code" not in told
