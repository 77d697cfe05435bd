"""OpenID Connect Core 2 and 10.2: an ID token encrypted for its client is signed inside, and given to nobody else.

Opened here with joserfc; the provider encrypts with jwcrypto.
"""

from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey

from idp.audit.events import TokenRequestRefused
from keys.algorithms import SignatureAlgorithm
from keys.verify import verify
from tests.support.assertions import ClientKey
from tests.support.provider import Provider, RelyingPartyDriver

_EC = ECKey.generate_key("P-256", {"kid": "sealed-ec"}, private=True)
_RSA = RSAKey.generate_key(2048, {"kid": "sealed-rsa"}, private=True)
_KEYS: dict[str, ECKey | RSAKey] = {"RSA-OAEP-256": _RSA, "ECDH-ES": _EC, "ECDH-ES+A128KW": _EC, "ECDH-ES+A256KW": _EC}


def jwks_of(*keys: ECKey | RSAKey, **members: str) -> dict[str, Any]:
    return {"keys": [{**key.as_dict(private=False), **members} for key in keys]}


def opened(token: str, key: ECKey | RSAKey, alg: str, enc: str) -> tuple[dict[str, Any], str]:
    found = jwe.decrypt_compact(token, key, algorithms=[alg, enc])
    assert found.plaintext is not None
    return found.headers(), found.plaintext.decode()


def verified(provider: Provider, signed: str) -> dict[str, Any]:
    return dict(
        verify(signed, provider.services.configuration.key_ring, typ="JWT", algorithms=tuple(SignatureAlgorithm))
    )


async def _bank(provider: Provider, **metadata: Any) -> RelyingPartyDriver:
    return await provider.register("bank", jwks=jwks_of(_EC, _RSA, use="enc"), **metadata)


@pytest.mark.parametrize("alg", list(_KEYS))
@pytest.mark.parametrize("enc", ["A256GCM", "A128GCM", "A128CBC-HS256"])
async def test_it_opens_with_the_clients_key_and_is_signed_inside(provider: Provider, alg: str, enc: str) -> None:
    bank = await _bank(provider, id_token_encrypted_response_alg=alg, id_token_encrypted_response_enc=enc)
    browser = await provider.logged_in_browser(consenting_to=bank)

    tokens = await bank.log_in(browser)
    header, inside = opened(tokens["id_token"], _KEYS[alg], alg, enc)

    claims = verified(provider, inside)
    assert (header["cty"], header["kid"]) == ("JWT", _KEYS[alg].kid)
    assert (claims["aud"], claims["nonce"]) == (bank.client_id, bank.nonce)


async def test_without_a_word_on_enc_it_is_the_one_of_the_specification(provider: Provider) -> None:
    """OpenID Connect Registration 2: A128CBC-HS256."""
    bank = await _bank(provider, id_token_encrypted_response_alg="ECDH-ES")

    tokens = await bank.log_in(await provider.logged_in_browser(consenting_to=bank))

    assert opened(tokens["id_token"], _EC, "ECDH-ES", "A128CBC-HS256")[0]["enc"] == "A128CBC-HS256"


async def test_that_of_a_refresh_is_encrypted_as_well(provider: Provider) -> None:
    bank = await _bank(provider, id_token_encrypted_response_alg="ECDH-ES")
    browser = await provider.logged_in_browser(consenting_to=bank)
    tokens = await bank.log_in(browser, scope="openid offline_access")

    refreshed = (await bank.refresh(tokens["refresh_token"])).json()

    inside = opened(refreshed["id_token"], _EC, "ECDH-ES", "A128CBC-HS256")[1]
    assert (
        verified(provider, inside)["sub"]
        == verified(provider, opened(tokens["id_token"], _EC, "ECDH-ES", "A128CBC-HS256")[1])["sub"]
    )


async def test_a_client_that_did_not_ask_for_it_gets_what_it_got_before(provider: Provider) -> None:
    bank = await _bank(provider)

    tokens = await bank.log_in(await provider.logged_in_browser(consenting_to=bank))

    assert tokens["id_token"].count(".") == 2


async def test_without_a_key_nothing_is_answered_and_the_code_is_as_good_as_before(provider: Provider) -> None:
    """Never in the clear; and a client that mends its keys at once loses no login."""
    bank = await provider.register(
        "bank", id_token_encrypted_response_alg="RSA-OAEP-256", jwks_uri="https://bank.example/jwks"
    )
    code = await bank.code(await provider.logged_in_browser(consenting_to=bank))

    refused = await bank.redeem(code)
    events = [event["event"] for event in await provider.events()]
    await provider.amend(bank, jwks_uri=None, jwks=jwks_of(_RSA))
    answer = await bank.redeem(code)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert "id_token" not in refused.text
    assert events.count(TokenRequestRefused.name) == 1
    assert answer.status_code == 200


async def test_a_service_with_a_key_that_lies_on_no_curve_is_as_good_as_not_registered(provider: Provider) -> None:
    off = {**_EC.as_dict(private=False), "y": _EC.as_dict(private=False)["x"]}
    bank = await provider.register("bank", id_token_encrypted_response_alg="ECDH-ES", jwks={"keys": [off]})

    answer = await bank.authorize(provider.browser())

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_key_for_encryption_signs_nothing_for_its_client(provider: Provider) -> None:
    """A request object signed with the key that answers are encrypted for."""
    signing, sealing = ClientKey(), ClientKey()
    listed = [{**signing.jwks()["keys"][0], "kid": "signs"}, {**sealing.jwks(use="enc")["keys"][0], "kid": "opens"}]
    bank = await provider.register("bank", jwks={"keys": listed})
    browser = await provider.logged_in_browser(consenting_to=bank)
    outside = {"client_id": bank.client_id, "redirect_uri": bank.redirect_uri}

    by_signing = await browser.get(
        "/authorize", **outside, request=signing.sign(bank.authorization_parameters(), kid="signs")
    )
    by_sealing = await browser.get(
        "/authorize", **outside, request=sealing.sign(bank.authorization_parameters(), kid="opens")
    )

    assert "code=" in by_signing.headers["location"]
    assert "error=invalid_request_object" in by_sealing.headers["location"]
