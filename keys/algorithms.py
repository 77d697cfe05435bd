"""What keys of ours can do; signatures as one pair of functions an algorithm, over raw JWS ones (RFC 7518 §3).

Signs and verifies with `cryptography` directly: a JWS through a JOSE library costs three times as much, and
signing is the dearest single step of a login.
"""

from collections.abc import Callable
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]

# RFC 7518 §3.3 asks for 2048 bits or more. A 3072-bit signature costs three times the CPU of a 2048-bit one,
# and our keys live for months, not decades; who needs more strength should choose ES256.
RSA_BITS = 2048
_P256_BYTES = 32
_ECDSA = ec.ECDSA(SHA256())
_PKCS1 = padding.PKCS1v15()
_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=SHA256.digest_size)


class SignatureAlgorithm(StrEnum):
    """`alg` values of our tokens. Symmetric algorithms and `none` are not in the vocabulary at all."""

    ES256 = "ES256"
    RS256 = "RS256"
    PS256 = "PS256"
    EDDSA = "EdDSA"


class DecryptionAlgorithm(StrEnum):
    """What is encrypted for us. One key on a curve opens every variant of ECDH-ES (RFC 7518 §4.6)."""

    RSA_OAEP_256 = "RSA-OAEP-256"
    ECDH_ES = "ECDH-ES"


KeyAlgorithm = SignatureAlgorithm | DecryptionAlgorithm
KEY_ALGORITHMS: tuple[KeyAlgorithm, ...] = (*SignatureAlgorithm, *DecryptionAlgorithm)


class KeyDoesNotFit(ValueError):
    """The key's type, curve or size is not the one its algorithm demands."""


def key_algorithm(name: str) -> KeyAlgorithm:
    """Raises ValueError for a name that is none."""
    return DecryptionAlgorithm(name) if name in tuple(DecryptionAlgorithm) else SignatureAlgorithm(name)


def generate_private_key(alg: KeyAlgorithm) -> PrivateKey:
    """A new key from the operating system's randomness."""
    if alg is SignatureAlgorithm.ES256 or alg is DecryptionAlgorithm.ECDH_ES:
        return ec.generate_private_key(ec.SECP256R1())
    if alg is SignatureAlgorithm.EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def sign_with(alg: SignatureAlgorithm, key: object) -> Sign:
    """The function message → raw JWS signature for this private key; raises `KeyDoesNotFit`."""
    if alg is SignatureAlgorithm.ES256 and isinstance(key, ec.EllipticCurvePrivateKey):
        _require_p256(key.curve)
        return lambda message: _raw_from_der(key.sign(message, _ECDSA))
    if alg is SignatureAlgorithm.EDDSA and isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign
    if alg is SignatureAlgorithm.RS256 and isinstance(key, rsa.RSAPrivateKey):
        _require_rsa_size(key.key_size)
        return lambda message: key.sign(message, _PKCS1, SHA256())
    if alg is SignatureAlgorithm.PS256 and isinstance(key, rsa.RSAPrivateKey):
        _require_rsa_size(key.key_size)
        return lambda message: key.sign(message, _PSS, SHA256())
    raise KeyDoesNotFit(f"the key is not one for {alg}")


def verify_with(alg: SignatureAlgorithm, key: object) -> Verify:
    """The function (signature, message) → is it genuine, for this public key; raises `KeyDoesNotFit`."""
    if alg is SignatureAlgorithm.ES256 and isinstance(key, ec.EllipticCurvePublicKey):
        _require_p256(key.curve)
        return lambda signature, message: (
            len(signature) == 2 * _P256_BYTES and _holds(lambda: key.verify(_der_from_raw(signature), message, _ECDSA))
        )
    if alg is SignatureAlgorithm.EDDSA and isinstance(key, ed25519.Ed25519PublicKey):
        return lambda signature, message: _holds(lambda: key.verify(signature, message))
    if alg is SignatureAlgorithm.RS256 and isinstance(key, rsa.RSAPublicKey):
        _require_rsa_size(key.key_size)
        return lambda signature, message: _holds(lambda: key.verify(signature, message, _PKCS1, SHA256()))
    if alg is SignatureAlgorithm.PS256 and isinstance(key, rsa.RSAPublicKey):
        _require_rsa_size(key.key_size)
        return lambda signature, message: _holds(lambda: key.verify(signature, message, _PSS, SHA256()))
    raise KeyDoesNotFit(f"the key is not one for {alg}")


def _raw_from_der(signature: bytes) -> bytes:
    """ECDSA in JOSE is r and s side by side at full width, not DER (RFC 7518 §3.4)."""
    r, s = decode_dss_signature(signature)
    return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")


def _der_from_raw(signature: bytes) -> bytes:
    r = int.from_bytes(signature[:_P256_BYTES], "big")
    s = int.from_bytes(signature[_P256_BYTES:], "big")
    return encode_dss_signature(r, s)


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except InvalidSignature:
        return False
    return True


def _require_p256(curve: ec.EllipticCurve) -> None:
    if curve.name != "secp256r1":
        raise KeyDoesNotFit("ES256 needs a P-256 key")


def _require_rsa_size(bits: int) -> None:
    if bits < RSA_BITS:
        raise KeyDoesNotFit(f"RSA keys need at least {RSA_BITS} bits")
