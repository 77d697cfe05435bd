"""JWEs of ours are opened by two libraries nobody here wrote."""

import json
from base64 import urlsafe_b64decode

import pytest
from joserfc import jwe as joserfc_jwe
from joserfc.jwk import JWKRegistry
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from keys.algorithms import SignatureAlgorithm
from keys.encryption import (
    ContentEncryption,
    KeyManagement,
    UnusableRecipientKey,
    encrypt,
    encrypt_token,
    encryption_key,
)
from keys.key_ring import KeyRing
from keys.verify import verify

RSA = JWK.generate(kty="RSA", size=2048, kid="rsa")
P256 = JWK.generate(kty="EC", crv="P-256", kid="p256")
X25519 = JWK.generate(kty="OKP", crv="X25519", kid="x25519")
PAIRS = [
    (P256, KeyManagement.ECDH_ES),
    (P256, KeyManagement.ECDH_ES_A256KW),
    (X25519, KeyManagement.ECDH_ES),
    (X25519, KeyManagement.ECDH_ES_A256KW),
    (RSA, KeyManagement.RSA_OAEP_256),
]
FITTING = pytest.mark.parametrize(("key", "alg"), PAIRS, ids=[f"{key['kid']} {alg}" for key, alg in PAIRS])
ALL_ENC = pytest.mark.parametrize("enc", list(ContentEncryption))


def public(key: JWK) -> dict[str, object]:
    return dict(key.export_public(as_dict=True))


def header_of(token: str) -> dict[str, object]:
    encoded = token.split(".")[0]
    header = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    assert isinstance(header, dict)
    return header


@FITTING
@ALL_ENC
def test_joserfc_opens_a_nested_token_and_its_signature_holds(
    ring: KeyRing, key: JWK, alg: KeyManagement, enc: ContentEncryption
) -> None:
    signed = ring.signer(SignatureAlgorithm.ES256).sign("JWT", {"name": "Nguyễn Thị Hòa"})

    sealed = encrypt_token(signed, public(key), alg=alg, enc=enc)

    opened = joserfc_jwe.decrypt_compact(
        sealed, JWKRegistry.import_key(key.export(as_dict=True)), algorithms=[alg.value, enc.value]
    )
    assert opened.plaintext is not None
    inner = opened.plaintext.decode()
    assert verify(inner, ring, typ="JWT", algorithms=[SignatureAlgorithm.ES256]) == {"name": "Nguyễn Thị Hòa"}


@FITTING
@ALL_ENC
def test_jwcrypto_opens_it_too(key: JWK, alg: KeyManagement, enc: ContentEncryption) -> None:
    opened = JWE(algs=[alg.value, enc.value])

    opened.deserialize(encrypt(b"inside", public(key), alg=alg, enc=enc), key)

    assert opened.payload == b"inside"


def test_the_header_names_the_key_and_says_that_a_jwt_is_inside() -> None:
    header = header_of(
        encrypt_token("a.b.c", public(RSA), alg=KeyManagement.RSA_OAEP_256, enc=ContentEncryption.A256GCM)
    )

    assert header == {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "rsa", "cty": "JWT"}


def test_nothing_is_compressed() -> None:
    """The length of compressed text tells on its content."""
    long = encrypt(b"a" * 9000, public(P256), alg=KeyManagement.ECDH_ES, enc=ContentEncryption.A256GCM)

    assert "zip" not in header_of(long)
    assert len(long) > 12_000


@pytest.mark.parametrize(
    ("jwk", "alg"),
    [
        pytest.param(public(P256), KeyManagement.RSA_OAEP_256, id="curve for RSA"),
        pytest.param(public(RSA), KeyManagement.ECDH_ES, id="RSA for a curve"),
        pytest.param(public(JWK.generate(kty="OKP", crv="Ed25519")), KeyManagement.ECDH_ES, id="Ed25519 signs"),
        pytest.param(public(JWK.generate(kty="EC", crv="secp256k1")), KeyManagement.ECDH_ES, id="secp256k1"),
        pytest.param({"kty": "oct", "k": "AAAA"}, KeyManagement.ECDH_ES, id="shared secret"),
        pytest.param({"kty": "EC", "crv": "P-256"}, KeyManagement.ECDH_ES, id="no coordinates"),
        pytest.param({**public(P256), "y": public(P256)["x"]}, KeyManagement.ECDH_ES, id="not on the curve"),
        pytest.param({**public(RSA), "n": "AQAB"}, KeyManagement.RSA_OAEP_256, id="tiny modulus"),
        pytest.param(public(JWK.generate(kty="RSA", size=1024)), KeyManagement.RSA_OAEP_256, id="1024 bits"),
        pytest.param({**public(RSA), "n": 5}, KeyManagement.RSA_OAEP_256, id="modulus a number"),
        pytest.param({"kty": "OKP", "crv": "X25519", "x": "AA"}, KeyManagement.ECDH_ES, id="short x"),
        pytest.param({}, KeyManagement.ECDH_ES, id="empty"),
    ],
)
def test_a_key_that_cannot_do_it_is_refused(jwk: dict[str, object], alg: KeyManagement) -> None:
    with pytest.raises(UnusableRecipientKey):
        encrypt(b"inside", jwk, alg=alg, enc=ContentEncryption.A256GCM)


def test_the_recipients_key_is_found_in_its_jwks() -> None:
    signing_only = {**public(P256), "use": "sig", "kid": "signs"}
    other_alg = {**public(P256), "alg": "ECDH-ES+A256KW", "kid": "wraps"}
    jwks = {"keys": ["text", signing_only, public(RSA), other_alg, public(P256)]}

    assert encryption_key(jwks, KeyManagement.ECDH_ES)["kid"] == "p256"
    assert encryption_key(jwks, KeyManagement.ECDH_ES_A256KW)["kid"] == "wraps"
    assert encryption_key(jwks, KeyManagement.RSA_OAEP_256)["kid"] == "rsa"


@pytest.mark.parametrize("jwks", [{}, {"keys": []}, {"keys": None}, {"keys": [{"kty": "EC"}]}])
def test_a_jwks_without_a_fitting_key_is_refused(jwks: dict[str, object]) -> None:
    with pytest.raises(UnusableRecipientKey):
        encryption_key(jwks, KeyManagement.ECDH_ES)
