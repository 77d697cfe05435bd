"""Public keys of strangers: each that is one passes, each that only looks like one does not."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.protocol.metadata_types import key_fault
from keys.encryption import KeyManagement, UnusableRecipientKey, check_recipient
from keys.public_jwk import UnusablePublicKey, check_public_jwk
from tests.support.assertions import b64

EC = ECKey.generate_key("P-256", private=True).as_dict(private=False)
RSA = RSAKey.generate_key(2048, private=True).as_dict(private=False)
ED25519 = OKPKey.generate_key("Ed25519", private=True).as_dict(private=False)

BROKEN = [
    pytest.param({**EC, "x": b64(b"\1" * 32), "y": b64(b"\2" * 32)}, id="a point off its curve"),
    pytest.param({**EC, "x": b64(b"\0" * 32), "y": b64(b"\0" * 32)}, id="no point"),
    pytest.param({**EC, "x": b64(b"\xff" * 32)}, id="a coordinate beyond the field"),
    pytest.param({**RSA, "n": b64(b"\xff" * 255 + b"\xfe")}, id="an even modulus"),
    pytest.param({**RSA, "n": b64(b"\xff" * 2100)}, id="a modulus of 16,800 bits"),
    pytest.param({**RSA, "n": b64(b"\xff" * 1025)}, id="a modulus of 8,200 bits"),
    pytest.param({**RSA, "n": b64(b"\0" * 128 + b"\xff" * 128)}, id="a short modulus with zeros before it"),
    pytest.param({**RSA, "e": b64(b"\1")}, id="the exponent 1"),
    pytest.param({**RSA, "e": b64(b"\2")}, id="an even exponent"),
    pytest.param({**RSA, "e": b64(b"\1" * 9)}, id="a large exponent"),
]


@pytest.mark.parametrize("jwk", [EC, RSA, ED25519], ids=["EC", "RSA", "Ed25519"])
def test_a_key_passes(jwk: dict[str, Any]) -> None:
    check_public_jwk(jwk)
    assert key_fault(jwk) is None


@pytest.mark.parametrize("jwk", BROKEN)
def test_what_only_looks_like_a_key_is_refused_where_it_is_registered(jwk: dict[str, Any]) -> None:
    with pytest.raises(UnusablePublicKey):
        check_public_jwk(jwk)
    assert key_fault(jwk) is not None


@pytest.mark.parametrize("jwk", BROKEN)
def test_what_only_looks_like_a_key_is_no_recipient(jwk: dict[str, Any]) -> None:
    alg = KeyManagement.RSA_OAEP_256 if jwk["kty"] == "RSA" else KeyManagement.ECDH_ES
    with pytest.raises(UnusableRecipientKey):
        check_recipient(jwk, alg)


@pytest.mark.parametrize("jwk", [{}, {"kty": "oct"}, {"kty": "EC"}, {"kty": "RSA", "n": 5}, {"kty": "EC", "crv": []}])
def test_what_is_no_key_at_all_is_refused(jwk: dict[str, Any]) -> None:
    with pytest.raises(UnusablePublicKey):
        check_public_jwk(jwk)
