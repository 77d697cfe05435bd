"""Whether a stranger's public JWK is a key at all: a point on its curve, an RSA modulus and exponent within bounds.

A key of the right shape that is none fails at its first use, which may be long after it was registered. RSA keys
beyond the bounds are work for us and no strength for them.
"""

import base64
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from keys.algorithms import RSA_BITS

MOST_RSA_BITS: Final = 8192
_LARGEST_EXPONENT: Final = 2**32
_CURVES: Final[Mapping[str, type[ec.EllipticCurve]]] = {
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}


class UnusablePublicKey(ValueError):
    """Its members have the right names and say no key."""


def check_public_jwk(jwk: Mapping[str, object]) -> None:
    """Raises UnusablePublicKey, for kinds it does not know as well."""
    try:
        _build(jwk)
    except ValueError as error:
        raise UnusablePublicKey("not a usable public key") from error


def _build(jwk: Mapping[str, object]) -> None:
    curve = jwk.get("crv")
    match jwk.get("kty"):
        case "EC" if isinstance(curve, str) and curve in _CURVES:
            numbers = ec.EllipticCurvePublicNumbers(_number(jwk, "x"), _number(jwk, "y"), _CURVES[curve]())
            numbers.public_key()
        case "OKP" if curve == "Ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(_bytes(jwk, "x"))
        case "OKP" if curve == "X25519":
            x25519.X25519PublicKey.from_public_bytes(_bytes(jwk, "x"))
        case "RSA":
            _build_rsa(n=_number(jwk, "n"), e=_number(jwk, "e"))
        case _:
            raise UnusablePublicKey("neither EC nor OKP nor RSA")


def _build_rsa(*, n: int, e: int) -> None:
    if not RSA_BITS <= n.bit_length() <= MOST_RSA_BITS or n % 2 == 0:
        raise UnusablePublicKey("the modulus is out of bounds")
    if not 3 <= e < _LARGEST_EXPONENT or e % 2 == 0:
        raise UnusablePublicKey("the exponent is out of bounds")
    rsa.RSAPublicNumbers(e, n).public_key()


def _number(jwk: Mapping[str, object], member: str) -> int:
    return int.from_bytes(_bytes(jwk, member), "big")


def _bytes(jwk: Mapping[str, object], member: str) -> bytes:
    value = jwk.get(member)
    # Longer than any key within the bounds: not even decoded.
    if not isinstance(value, str) or not value or len(value) > MOST_RSA_BITS:
        raise UnusablePublicKey("a member is missing or too long")
    return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
