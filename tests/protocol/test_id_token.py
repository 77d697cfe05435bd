"""OpenID Connect Core 2, 3.1.3.6: the ID token, verified by a library that is not the one that made it."""

import base64
import hashlib
import json

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.provider import HOA, Provider, RelyingPartyDriver, claims_of

_ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]

# EdDSA has a newer name (RFC 9864); ours is the one that relying parties know today.
pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")


@pytest.mark.parametrize("alg", _ALGORITHMS)
async def test_verifies_against_the_published_keys_with_the_registered_algorithm(provider: Provider, alg: str) -> None:
    party = await provider.register(id_token_signed_response_alg=alg)
    tokens = await party.log_in(await provider.logged_in_browser(consenting_to=party))
    keys = KeySet.import_key_set((await provider.http.get("/jwks")).json())

    verified = jwt.decode(tokens["id_token"], keys, algorithms=[alg])
    full = (hashlib.sha512 if alg == "EdDSA" else hashlib.sha256)(tokens["access_token"].encode()).digest()

    assert verified.header["alg"] == alg
    assert verified.header["typ"] == "JWT"
    assert verified.header["kid"] in {key.kid for key in keys.keys}
    assert verified.claims["at_hash"] == base64.urlsafe_b64encode(full[: len(full) // 2]).rstrip(b"=").decode()
    assert verified.claims["iss"] == provider.issuer
    assert verified.claims["aud"] == party.client_id
    assert verified.claims["nonce"] == party.nonce
    assert verified.claims["exp"] == verified.claims["iat"] + provider.services.settings.id_token_lifetime
    assert verified.claims["auth_time"] == int(provider.clock())
    assert verified.claims["amr"] == ["pwd"]


async def test_holds_no_personal_claim_that_was_not_asked_for_by_name(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    tokens = await town_hall.log_in(browser, scope="openid profile identity phone vn_personal_id")

    assert set(claims_of(tokens["id_token"])) == {
        *("iss", "sub", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid", "at_hash", "nonce"),
    }


async def test_holds_the_claims_asked_for_by_name(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    claims = json.dumps({"id_token": {"name": {"essential": True}, "email": None, "unknown": None}})
    await provider.amend(town_hall, scope="openid profile email")

    tokens = await town_hall.log_in(browser, scope="openid", claims=claims)

    assert claims_of(tokens["id_token"])["name"] == HOA.name
    assert "email" not in claims_of(tokens["id_token"])
    assert "name" not in (await town_hall.userinfo(tokens["access_token"])).json()


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "nonce", "acr", "auth_time", "sid"])
async def test_a_claim_of_the_protocol_cannot_be_asked_into_another_value(
    provider: Provider, town_hall: RelyingPartyDriver, claim: str
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    plain = claims_of((await town_hall.log_in(browser))["id_token"])

    asked = await town_hall.log_in(browser, claims=json.dumps({"id_token": {claim: {"values": ["eidas1"]}}}))

    assert claims_of(asked["id_token"])[claim] == plain[claim]


async def test_auth_time_is_the_login_not_the_request(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    logged_in_at = int(provider.clock())
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    provider.clock.now += 500

    claims = claims_of((await town_hall.log_in(browser))["id_token"])

    assert claims["auth_time"] == logged_in_at
    assert claims["iat"] == logged_in_at + 500


async def test_without_a_nonce_there_is_none(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall), nonce=None)

    assert "nonce" not in claims_of(tokens["id_token"])


async def test_sid_names_the_session_and_is_not_the_cookie(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    first = claims_of((await town_hall.log_in(browser))["id_token"])["sid"]
    again = claims_of((await town_hall.log_in(browser))["id_token"])["sid"]

    assert first == again
    assert first not in str(browser.http.cookies)
