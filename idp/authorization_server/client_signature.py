"""What a client signed: one strict compact JWS, verified with the client's own keys (RFC 7515, RFC 8725).

The algorithm comes from the registration, the key from the client's list; the token chooses neither. Judges no claim.
"""

import base64
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.protocol.client import Client
from idp.web.strict_json import parse_json

ASYMMETRIC: Final = ("ES256", "RS256", "PS256", "EdDSA", "Ed25519")
LONGEST_CHARACTERS: Final = 16_384
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
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
    header, claims = _parsed(unverified)
    if _FORBIDDEN_HEADERS & set(header):
        raise NotAcceptable("header")
    typ = header.get("typ")
    # A media type, whatever its letters' case (RFC 7515 §4.1.9, RFC 2045 §5.1).
    if (typ.lower() if isinstance(typ, str) else typ) not in types:
        raise NotAcceptable("type")
    if header.get("alg") not in algorithms:
        raise NotAcceptable("algorithm")
    try:
        jws.deserialize_compact(unverified, keys, registry=_Registry(strict_check_header=False))
    except (JoseError, ValueError, UnicodeError) as error:
        raise NoKeyFits("signature") from error
    return claims


class _Registry(jws.JWSRegistry):
    """The library's algorithms, once ours were asked; its parser reads what ours has read before."""

    max_header_length = LONGEST_CHARACTERS
    max_payload_length = LONGEST_CHARACTERS

    def get_alg(self, name: str):  # type: ignore[no-untyped-def]  # the library's return type is private
        return self.algorithms[name]


def _parsed(unverified: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, read in one way only: one encoding, no member twice, no numbers that JSON does not have.

    Raises NotAcceptable.
    """
    if len(unverified) > LONGEST_CHARACTERS or not _COMPACT.fullmatch(unverified):
        raise NotAcceptable("form")
    try:
        header, payload, _ = (_decoded(part) for part in unverified.split("."))
        members, claims = parse_json(header), parse_json(payload)
    except ValueError as error:
        raise NotAcceptable("form") from error
    if not isinstance(members, dict) or not isinstance(claims, dict):
        raise NotAcceptable("form")
    if not isinstance(members.get("alg"), str) or not isinstance(members.get("kid", ""), str):
        raise NotAcceptable("header")
    return members, claims


def _decoded(part: str) -> bytes:
    """Base64url without padding and without stray bits behind the last letter. Raises ValueError."""
    data = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        raise ValueError("not base64url")
    return data
