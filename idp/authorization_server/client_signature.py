"""What a client signed: one strict compact JWS, verified with the client's own keys (RFC 7515, RFC 8725).

The algorithm comes from the registration, the key from the client's list; the token chooses neither. Judges no claim.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import decode

from idp.protocol.client import Client

ASYMMETRIC: Final = ("ES256", "RS256", "PS256", "EdDSA", "Ed25519")
LONGEST_CHARACTERS: Final = 16_384
# A token must not bring its own key, demand extensions, or change what is signed.
_FORBIDDEN_HEADERS: Final = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "zip", "b64"})


class NotAcceptable(Exception):
    """The token is of a form, kind or algorithm that is never taken. `reason` is a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoKeyFits(NotAcceptable):
    """The signature is by none of the keys; a client that rotates its keys may have newer ones."""


def algorithms_of(client: Client, registered: str | None) -> tuple[str, ...]:
    """The one registered for this kind of token, else those of the client's profile."""
    return (registered,) if registered else client.rules.algorithms or ASYMMETRIC


def signed_claims(
    unverified: str, keys: KeySet, *, algorithms: Collection[str], types: Collection[str | None]
) -> Mapping[str, Any]:
    """The claims. `types` are the values of `typ` that are taken, in small letters; None for a token without one.

    Raises NotAcceptable, NoKeyFits.
    """
    if len(unverified) > LONGEST_CHARACTERS or unverified.count(".") != 2 or "=" in unverified:
        raise NotAcceptable("form")
    try:
        header = jws.extract_compact(unverified.encode()).headers()
    except (JoseError, ValueError, UnicodeError) as error:
        raise NotAcceptable("form") from error
    if _FORBIDDEN_HEADERS & set(header):
        raise NotAcceptable("header")
    typ = header.get("typ")
    # A media type, whatever its letters' case (RFC 7515 §4.1.9, RFC 2045 §5.1).
    if (typ.lower() if isinstance(typ, str) else typ) not in types:
        raise NotAcceptable("type")
    if header.get("alg") not in algorithms:
        raise NotAcceptable("algorithm")
    try:
        claims: Mapping[str, Any] = decode(unverified, keys, algorithms=list(algorithms)).claims
    except (JoseError, ValueError, UnicodeError) as error:
        raise NoKeyFits("signature") from error
    return claims
