import pickle
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import JWKRegistry

from keys.algorithms import KeyDoesNotFit, SignatureAlgorithm, sign_with, verify_with
from keys.held_key import KeyState
from keys.key_ring import KeyRing
from keys.private_part import PrivatePart, SoftwareKey
from keys.signer import KeySigner
from keys.signing_key import SigningKey
from keys.verify import verify

PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


def test_a_new_key_waits_its_turn() -> None:
    key = SigningKey.generate(SignatureAlgorithm.ES256, now=7)

    assert (key.state, key.created_at, key.activated_at, key.retired_at) == (KeyState.NEXT, 7, None, None)


def test_the_kid_is_the_thumbprint_another_library_computes(ring: KeyRing) -> None:
    for key in ring.keys:
        assert key.kid == JWKRegistry.import_key({**key.public_jwk()}).thumbprint()


def test_the_public_jwk_names_its_use_and_holds_nothing_private(ring: KeyRing) -> None:
    for key in ring.keys:
        jwk = key.public_jwk()
        assert jwk["use"] == "sig"
        assert jwk["alg"] == key.alg.value
        assert PRIVATE_MEMBERS.isdisjoint(jwk)


def test_a_changed_copy_of_the_jwk_does_not_change_the_key(small_ring: KeyRing) -> None:
    key = small_ring.keys[0]
    key.public_jwk()["d"] = "leak"

    assert "d" not in key.public_jwk()


def test_repr_shows_neither_the_private_part_nor_its_bytes(ring: KeyRing) -> None:
    for key in ring.keys:
        assert isinstance(key.private, SoftwareKey)
        assert "private" not in repr(key)
        assert repr(key.private) == "SoftwareKey(…)"
        assert repr(KeySigner(key)) == f"KeySigner(kid={key.kid!r}, alg={key.alg.value!r})"


def test_a_private_key_is_never_pickled(small_ring: KeyRing) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(small_ring.keys[0])


@pytest.mark.parametrize("alg", list(SignatureAlgorithm))
def test_a_key_of_another_curve_type_or_size_is_refused(alg: SignatureAlgorithm) -> None:
    wrong: list[ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey] = [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(public_exponent=65537, key_size=1024),
    ]
    for key in wrong:
        with pytest.raises(KeyDoesNotFit):
            sign_with(alg, key)
        with pytest.raises(KeyDoesNotFit):
            verify_with(alg, key.public_key())


class KeyInAToken:
    """Stands for an HSM: signs, tells its public half, cannot be exported."""

    def __init__(self, alg: SignatureAlgorithm) -> None:
        self._inside = SoftwareKey.generate(alg)

    def sign(self, message: bytes) -> bytes:
        return self._inside.sign(message)

    def public_jwk(self) -> dict[str, str]:
        return self._inside.public_jwk()


def test_a_private_part_of_another_make_fits_in() -> None:
    def make(alg: SignatureAlgorithm) -> PrivatePart:
        return KeyInAToken(alg)

    waiting = SigningKey.generate(SignatureAlgorithm.ES256, now=0, make_private=make)
    ring = KeyRing((replace(waiting, state=KeyState.ACTIVE, activated_at=0),))

    token = ring.signer(SignatureAlgorithm.ES256).sign("JWT", {"sub": "a"})

    assert verify(token, ring, typ="JWT", algorithms=[SignatureAlgorithm.ES256]) == {"sub": "a"}
