"""JARM: the whole answer in one signed JWT, for the client that is registered for it, and for a short time."""

import re
from typing import Any

import pytest

from keys.algorithms import SignatureAlgorithm
from keys.verify import check_times, verify
from tests.support.assertions import ClientKey
from tests.support.provider import Provider, RelyingPartyDriver, answer_of, claims_of
from tests.support.sources import NOW

_KEY = ClientKey()


@pytest.fixture
async def bank(provider: Provider) -> RelyingPartyDriver:
    return await provider.register("bank", authorization_signed_response_alg="PS256")


def _verified(provider: Provider, response: str) -> dict[str, Any]:
    ring = provider.services.configuration.key_ring
    claims = dict(verify(response, ring, typ="JWT", algorithms=(SignatureAlgorithm.PS256,)))
    check_times(claims, now=int(provider.clock()))
    return claims


@pytest.mark.parametrize("mode", ["jwt", "query.jwt"])
async def test_the_answer_is_signed_for_the_client(provider: Provider, bank: RelyingPartyDriver, mode: str) -> None:
    browser = await provider.logged_in_browser(consenting_to=bank)

    answer = answer_of(await bank.authorize(browser, response_mode=mode))
    claims = _verified(provider, answer["response"])

    assert set(answer) == {"response"}
    assert (claims["iss"], claims["aud"], claims["state"]) == (provider.issuer, bank.client_id, bank.state)
    assert claims["exp"] <= provider.clock() + 600
    assert (await bank.redeem(claims["code"])).status_code == 200


async def test_an_error_is_signed_too(provider: Provider, bank: RelyingPartyDriver) -> None:
    answer = answer_of(await bank.authorize(provider.browser(), response_mode="jwt", prompt="none"))

    assert _verified(provider, answer["response"])["error"] == "login_required"


async def test_a_signed_answer_travels_in_a_form_as_well(provider: Provider, bank: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=bank)

    page = await bank.authorize(browser, response_mode="form_post.jwt")
    found = re.search(r'name="response" value="([^"]+)"', page.text)

    assert found is not None
    assert "code" in claims_of(found[1])


async def test_a_client_that_is_not_registered_for_it_is_refused_in_the_query(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    answer = answer_of(await town_hall.authorize(provider.browser(), response_mode="jwt"))

    assert answer["error"] == "invalid_request"


async def test_with_message_signing_an_unsigned_answer_is_not_to_be_had(provider: Provider) -> None:
    party = await provider.register(
        "bank",
        profile="fapi2-message-signing",
        token_endpoint_auth_method="private_key_jwt",
        jwks=_KEY.jwks(),
    )
    claims = {**party.authorization_parameters(), "iss": party.client_id, "nbf": NOW, "exp": NOW + 60}
    outside = {"client_id": party.client_id, "redirect_uri": party.redirect_uri}
    browser = provider.browser()

    complete = await browser.get("/authorize", **outside, request=_KEY.sign({**claims, "aud": provider.issuer}))
    incomplete = [
        await browser.get("/authorize", **outside, request=_KEY.sign({k: v for k, v in claims.items() if k != name}))
        for name in ("nbf", "exp", "aud")
    ]

    assert answer_of(complete)["error"] == "invalid_request"
    assert [answer_of(answer)["error"] for answer in incomplete] == ["invalid_request_object"] * 3


async def test_a_signed_answer_is_no_hint(provider: Provider, bank: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=bank)
    signed = answer_of(await bank.authorize(browser, response_mode="jwt"))["response"]

    answer = answer_of(await bank.authorize(browser, id_token_hint=signed))

    assert answer["error"] == "invalid_request"
