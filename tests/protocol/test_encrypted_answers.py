"""UserInfo (OpenID Connect Core 5.3.2) and authorization answers (JARM 2.2), signed, then encrypted for the client."""

from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey, RSAKey

from idp.audit.events import AuthorizationRequestRefused, UserInfoRefused
from idp.protocol.client_metadata import InvalidClientMetadata, parse_client
from tests.protocol.test_encrypted_id_token import jwks_of, opened, verified
from tests.support.provider import Provider, RelyingPartyDriver, answer_of

_EC = ECKey.generate_key("P-256", {"kid": "sealed-ec"}, private=True)
_RSA = RSAKey.generate_key(2048, {"kid": "sealed-rsa"}, private=True)
_USERINFO = {
    "userinfo_signed_response_alg": "ES256",
    "userinfo_encrypted_response_alg": "ECDH-ES+A256KW",
    "userinfo_encrypted_response_enc": "A256GCM",
}
_ANSWER = {
    "authorization_signed_response_alg": "ES256",
    "authorization_encrypted_response_alg": "RSA-OAEP-256",
    "authorization_encrypted_response_enc": "A256GCM",
}


async def _bank(provider: Provider, **metadata: Any) -> RelyingPartyDriver:
    return await provider.register("bank", **{"jwks": jwks_of(_EC, _RSA), **metadata})


async def test_userinfo_opens_with_the_clients_key_and_is_signed_inside(provider: Provider) -> None:
    bank = await _bank(provider, **_USERINFO)
    tokens = await bank.log_in(await provider.logged_in_browser(consenting_to=bank))

    answer = await bank.userinfo(tokens["access_token"])
    header, inside = opened(answer.text, _EC, "ECDH-ES+A256KW", "A256GCM")

    claims = verified(provider, inside)
    assert answer.headers["content-type"] == "application/jwt"
    assert (header["cty"], header["kid"]) == ("JWT", "sealed-ec")
    assert (claims["aud"], claims["name"]) == (bank.client_id, "Nguyễn Thị Hòa")


async def test_userinfo_without_a_key_is_refused_and_tells_nothing(provider: Provider) -> None:
    bank = await _bank(provider, **_USERINFO, jwks=None, jwks_uri="https://bank.example/jwks")
    tokens = await bank.log_in(await provider.logged_in_browser(consenting_to=bank))

    answer = await bank.userinfo(tokens["access_token"])

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "Hòa" not in answer.text
    assert [event["event"] for event in await provider.events()].count(UserInfoRefused.name) == 1


@pytest.mark.parametrize("mode", ["jwt", "query.jwt"])
async def test_the_whole_answer_is_encrypted(provider: Provider, mode: str) -> None:
    bank = await _bank(provider, **_ANSWER)

    answer = answer_of(await bank.authorize(await provider.logged_in_browser(consenting_to=bank), response_mode=mode))
    header, inside = opened(answer["response"], _RSA, "RSA-OAEP-256", "A256GCM")

    claims = verified(provider, inside)
    assert set(answer) == {"response"}
    assert header["cty"] == "JWT"
    assert (claims["iss"], claims["aud"], claims["state"]) == (provider.issuer, bank.client_id, bank.state)
    assert (await bank.redeem(claims["code"])).status_code == 200


async def test_an_error_is_encrypted_too(provider: Provider) -> None:
    bank = await _bank(provider, **_ANSWER)

    answer = answer_of(await bank.authorize(provider.browser(), response_mode="jwt", prompt="none"))

    inside = opened(answer["response"], _RSA, "RSA-OAEP-256", "A256GCM")[1]
    assert verified(provider, inside)["error"] == "login_required"


async def test_without_a_key_nobody_is_sent_back_with_an_open_answer(provider: Provider) -> None:
    """The browser sees a page of ours, before it logs in; the service's address is not called."""
    bank = await _bank(provider, **_ANSWER, jwks=None, jwks_uri="https://bank.example/jwks")
    browser = await provider.logged_in_browser(consenting_to=bank)
    before = len(await provider.events())

    answers: list[httpx2.Response] = [
        await bank.authorize(browser, response_mode="jwt"),
        await bank.authorize(browser, response_mode="jwt", prompt="none", scope="profile"),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert all("location" not in answer.headers and "code=" not in answer.text for answer in answers)
    events = (await provider.events())[before:]
    assert [event["event"] for event in events] == [AuthorizationRequestRefused.name] * 2


async def test_who_asks_for_an_answer_in_the_open_gets_one(provider: Provider) -> None:
    """A registration for encrypted answers is one for the modes that are signed; the others are as they were."""
    bank = await _bank(provider, **_ANSWER)

    answer = answer_of(await bank.authorize(await provider.logged_in_browser(consenting_to=bank)))

    assert "code" in answer


_P256 = _EC.as_dict(private=False)
_ED25519 = {"kty": "OKP", "crv": "Ed25519", "x": _P256["x"]}


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        pytest.param({"id_token_encrypted_response_alg": "RSA1_5"}, "id_token_encrypted_response_alg", id="RSA1_5"),
        pytest.param({"id_token_encrypted_response_alg": "dir"}, "id_token_encrypted_response_alg", id="dir"),
        pytest.param({"id_token_encrypted_response_alg": "A256KW"}, "id_token_encrypted_response_alg", id="symmetric"),
        pytest.param({"id_token_encrypted_response_alg": ["ECDH-ES"]}, "id_token_encrypted_response_alg", id="a list"),
        pytest.param(
            {"request_object_encryption_alg": "PBES2-HS256+A128KW"}, "request_object_encryption_alg", id="PBES2"
        ),
        pytest.param(
            {"id_token_encrypted_response_alg": "ECDH-ES", "id_token_encrypted_response_enc": "A512GCM"},
            "id_token_encrypted_response_enc",
            id="an unknown enc",
        ),
        pytest.param(
            {"id_token_encrypted_response_enc": "A256GCM"}, "id_token_encrypted_response_enc", id="enc without alg"
        ),
        pytest.param(
            {"userinfo_encrypted_response_alg": "ECDH-ES"}, "userinfo_signed_response_alg", id="UserInfo unsigned"
        ),
        pytest.param(
            {"authorization_encrypted_response_alg": "ECDH-ES"},
            "authorization_signed_response_alg",
            id="an unsigned answer",
        ),
        pytest.param(
            {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": None}, "jwks: holds no key", id="no keys at all"
        ),
        pytest.param(
            {"id_token_encrypted_response_alg": "RSA-OAEP-256", "jwks": {"keys": [_P256]}},
            "jwks: holds no key",
            id="a key of another type",
        ),
        pytest.param(
            {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": [{**_P256, "use": "sig"}]}},
            "jwks: holds no key",
            id="a key for signatures alone",
        ),
        pytest.param(
            {"id_token_encrypted_response_alg": "ECDH-ES", "jwks": {"keys": [_ED25519]}},
            "jwks: holds no key",
            id="a key that can only sign",
        ),
        pytest.param(
            {"jwks": {"keys": [{**_ED25519, "use": "enc"}]}}, "where use is enc", id="Ed25519 encrypts nothing"
        ),
        pytest.param({"jwks": {"keys": [{**_P256, "use": "tls"}]}}, "use must be sig or enc", id="an unknown use"),
        pytest.param({"dpop_nonce_required": "yes"}, "dpop_nonce_required", id="a flag that is none"),
    ],
)
def test_a_registration_that_cannot_be_kept_is_refused(metadata: dict[str, Any], fault: str) -> None:
    written = {
        "client_name": "Ngân hàng",
        "redirect_uris": ["https://bank.example/callback"],
        "jwks": {"keys": [_P256]},
        **metadata,
    }

    with pytest.raises(InvalidClientMetadata) as refused:
        parse_client("bank", written, sector="bank.example")

    assert any(fault in one for one in refused.value.faults), refused.value.faults
