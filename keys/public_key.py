"""A public key of a JWKS, ready to verify. Does not know who published it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from jwcrypto.common import JWException
from jwcrypto.jwk import JWK

from keys.algorithms import KeyDoesNotFit, SignatureAlgorithm, Verify, verify_with

_PUBLIC_MEMBERS: Final = ("kty", "crv", "x", "y", "n", "e")


class UnusableKey(LookupError):
    """No key, more than one, or one that cannot do what is asked of it."""


@dataclass(frozen=True)
class VerificationKey:
    """A key bound to the one algorithm it may be used with."""

    kid: str
    alg: SignatureAlgorithm
    verify: Verify = field(repr=False)


def verification_key(jwks: Mapping[str, object], kid: str) -> VerificationKey:
    """The key of this `kid`; it must be the only one and name its `alg`. Raises `UnusableKey`."""
    listed = jwks.get("keys")
    matching = (
        [jwk for jwk in listed if isinstance(jwk, Mapping) and jwk.get("kid") == kid]
        if (isinstance(listed, list))
        else []
    )
    if len(matching) != 1:
        raise UnusableKey("the set does not hold exactly one key of this kid")
    return from_jwk(matching[0])


def from_jwk(jwk: Mapping[str, object]) -> VerificationKey:
    """Raises `UnusableKey` for a key without `kid` or `alg`, not for signatures, or not fitting its `alg`."""
    kid, alg, use = jwk.get("kid"), jwk.get("alg"), jwk.get("use", "sig")
    if not isinstance(kid, str) or not isinstance(alg, str) or alg not in list(SignatureAlgorithm) or use != "sig":
        raise UnusableKey("the key names no kid, no known algorithm, or another use")
    algorithm = SignatureAlgorithm(alg)
    try:
        public = tuple((name, jwk[name]) for name in _PUBLIC_MEMBERS if name in jwk)
        return VerificationKey(kid, algorithm, _verifying(algorithm, public))
    except (JWException, KeyDoesNotFit, ValueError, TypeError) as error:
        raise UnusableKey("the key does not fit its algorithm") from error


@lru_cache(maxsize=1024)
def _verifying(algorithm: SignatureAlgorithm, public: tuple[tuple[str, object], ...]) -> Verify:
    """Kept for the newest keys: one caller shows the same key several times in a login (RFC 9449), and preparing it
    costs more than using it. Raises what `from_jwk` turns into `UnusableKey`; that is kept for none."""
    return verify_with(algorithm, JWK(**dict(public)).get_op_key("verify"))
