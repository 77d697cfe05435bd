"""Every signature is checked by two libraries nobody here wrote."""

import json
import warnings
from base64 import urlsafe_b64decode

import pytest
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import JWKRegistry, KeySet
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from keys.algorithms import SignatureAlgorithm
from keys.key_ring import KeyRing, NoSuchKey

CLAIMS = {"sub": "f3a9", "name": "Nguyễn Thị Hòa", "exp": 1_800_000_300, "aud": ["a", "b"], "nested": {"x": None}}
ALL_ALGORITHMS = pytest.mark.parametrize("alg", list(SignatureAlgorithm))


@ALL_ALGORITHMS
def test_joserfc_verifies_what_we_sign(ring: KeyRing, alg: SignatureAlgorithm) -> None:
    token = ring.signer(alg).sign("JWT", CLAIMS)

    with warnings.catch_warnings():
        # joserfc announces RFC 9864, which calls EdDSA Ed25519; OpenID clients still expect the older name.
        warnings.simplefilter("ignore", SecurityWarning)
        keys = KeySet([JWKRegistry.import_key({**jwk}) for jwk in ring.jwks()["keys"]])
        verified = jws.deserialize_compact(token, keys, algorithms=[alg.value])

    assert verified.payload is not None
    assert json.loads(verified.payload) == CLAIMS


@ALL_ALGORITHMS
def test_jwcrypto_verifies_what_we_sign(ring: KeyRing, alg: SignatureAlgorithm) -> None:
    signer = ring.signer(alg)
    public = next(jwk for jwk in ring.jwks()["keys"] if jwk["kid"] == signer.kid)
    token = JWS()
    token.allowed_algs = [alg.value]

    token.deserialize(signer.sign("JWT", CLAIMS), JWK(**public))

    assert json.loads(token.payload) == CLAIMS


@ALL_ALGORITHMS
def test_the_header_says_algorithm_key_and_kind_and_nothing_else(ring: KeyRing, alg: SignatureAlgorithm) -> None:
    signer = ring.signer(alg)

    for typ in ("JWT", "logout+jwt", "JWT"):
        encoded = signer.sign(typ, {}).split(".")[0]
        header = json.loads(urlsafe_b64decode(encoded + "=="))
        assert header == {"alg": alg.value, "kid": signer.kid, "typ": typ}


def test_ecdsa_signatures_keep_their_full_width(ring: KeyRing) -> None:
    """One signature in 128 has an r or s with a leading zero byte; shortened, it would not verify elsewhere."""
    signer = ring.signer(SignatureAlgorithm.ES256)

    lengths = {len(signer.sign("JWT", {"n": n}).rsplit(".", 1)[1]) for n in range(600)}

    assert lengths == {86}


def test_not_a_number_is_refused_in_claims(ring: KeyRing) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        ring.signer(SignatureAlgorithm.ES256).sign("JWT", {"x": float("nan")})


def test_the_signer_is_made_once_for_a_ring(ring: KeyRing) -> None:
    assert ring.signer(SignatureAlgorithm.ES256) is ring.signer(SignatureAlgorithm.ES256)


def test_an_algorithm_without_a_key_has_no_signer(small_ring: KeyRing) -> None:
    with pytest.raises(NoSuchKey):
        small_ring.signer(SignatureAlgorithm.RS256)
