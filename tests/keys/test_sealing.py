import pytest

from keys.algorithms import SignatureAlgorithm
from keys.key_ring import KeyRing, OwnKey
from keys.private_part import PrivatePart, SoftwareKey
from keys.sealing import CannotSeal, CannotUnseal, seal_private, unseal_private
from keys.signing_key import SigningKey

SEALING_KEY = bytes(range(32))


@pytest.fixture(scope="module")
def key(small_ring: KeyRing) -> OwnKey:
    return small_ring.keys[0]


def test_an_unsealed_key_signs_as_before(ring: KeyRing) -> None:
    for key in ring.keys:
        assert isinstance(key, SigningKey)
        sealed = seal_private(key, sealing_key=SEALING_KEY)
        private = unseal_private(sealed, kid=key.kid, alg=key.alg, sealing_key=SEALING_KEY)

        restored = SigningKey(key.kid, key.alg, key.state, key.created_at, key.activated_at, private=private)

        assert restored == key
        assert restored.public_jwk() == key.public_jwk()


def test_the_sealed_form_names_its_version_and_hides_the_key(key: SigningKey) -> None:
    sealed = seal_private(key, sealing_key=SEALING_KEY)

    assert isinstance(key.private, SoftwareKey)
    assert sealed[0] == 1
    assert key.private.pkcs8()[-20:] not in sealed
    assert sealed != seal_private(key, sealing_key=SEALING_KEY)


def test_one_changed_bit_anywhere_is_found(key: SigningKey) -> None:
    sealed = seal_private(key, sealing_key=SEALING_KEY)

    for position in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[position] ^= 1
        with pytest.raises(CannotUnseal):
            unseal_private(bytes(damaged), kid=key.kid, alg=key.alg, sealing_key=SEALING_KEY)


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28])
def test_a_truncated_sealed_key_is_refused(key: SigningKey, length: int) -> None:
    sealed = seal_private(key, sealing_key=SEALING_KEY)[:length]

    with pytest.raises(CannotUnseal):
        unseal_private(sealed, kid=key.kid, alg=key.alg, sealing_key=SEALING_KEY)


def test_a_sealed_key_does_not_open_under_another_name_algorithm_or_sealing_key(ring: KeyRing) -> None:
    key = next(key for key in ring.keys if key.alg is SignatureAlgorithm.RS256)
    other = next(key for key in ring.keys if key.alg is SignatureAlgorithm.PS256)
    sealed = seal_private(key, sealing_key=SEALING_KEY)

    for kid, alg, sealing_key in (
        (other.kid, key.alg, SEALING_KEY),
        (key.kid, SignatureAlgorithm.PS256, SEALING_KEY),
        (key.kid, key.alg, bytes(32)),
    ):
        with pytest.raises(CannotUnseal):
            unseal_private(sealed, kid=kid, alg=alg, sealing_key=sealing_key)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_only_256_bit_sealing_keys_are_taken(key: SigningKey, length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal_private(key, sealing_key=bytes(length))


def test_a_key_held_elsewhere_cannot_be_sealed(key: SigningKey) -> None:
    class Elsewhere:
        def sign(self, message: bytes) -> bytes:
            return b""

        def public_jwk(self) -> dict[str, str]:
            return key.private.public_jwk()

    def make(_: SignatureAlgorithm) -> PrivatePart:
        return Elsewhere()

    foreign = SigningKey.generate(SignatureAlgorithm.ES256, now=0, make_private=make)

    with pytest.raises(CannotSeal):
        seal_private(foreign, sealing_key=SEALING_KEY)
