"""Our own tokens back in (id_token_hint, logout and introspection tokens): strict compact JWS, nothing else.

The algorithm comes from the key, never from the token (RFC 8725 §3.1). Does not know time unless asked
(`check_times`), and does not judge any other claim.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NoReturn

from keys.algorithms import SignatureAlgorithm, Verify
from keys.key_ring import KeyRing
from keys.public_key import UnusableKey, verification_key
from keys.signer import base64url

MAX_TOKEN_CHARACTERS = 16 * 1024
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
# `crit` would demand extensions we do not have; `b64` and `zip` change what is signed; the others let a token
# bring its own key. None of them is in a token of ours.
_REFUSED_HEADERS = frozenset({"crit", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "b64", "zip"})


class TokenFault(StrEnum):
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    REFUSED_HEADER = "refused_header"
    WRONG_TYPE = "wrong_type"
    WRONG_ALGORITHM = "wrong_algorithm"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    CANNOT_OPEN = "cannot_open"
    NOT_SIGNED = "not_signed"


class InvalidToken(Exception):
    """The token is not to be believed. Carries the reason, never a piece of the token."""

    def __init__(self, reason: TokenFault) -> None:
        super().__init__(reason.value)
        self.reason = reason


def verify(
    token: str,
    keys: KeyRing | Mapping[str, object],
    *,
    typ: str | tuple[str, ...] | None,
    algorithms: Collection[SignatureAlgorithm],
) -> Mapping[str, object]:
    """The claims of a token signed by one of `keys` (a ring, or a parsed JWKS). Raises `InvalidToken`.

    `typ` is compared exactly; None accepts every kind and leaves that judgement to the caller.
    """
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise InvalidToken(TokenFault.TOO_LARGE)
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidToken(TokenFault.MALFORMED)
    header = json_object(decoded(parts[0]))
    payload, signature = decoded(parts[1]), decoded(parts[2])
    _check_header(header, typ)
    check_signature = _find_key(header, keys, algorithms)
    if not check_signature(signature, f"{parts[0]}.{parts[1]}".encode("ascii")):
        raise InvalidToken(TokenFault.BAD_SIGNATURE)
    return json_object(payload)


def check_times(claims: Mapping[str, object], *, now: int, leeway: int = 30) -> None:
    """`exp` is there and ahead, `nbf` and `iat` (if there) are not (RFC 7519 §4.1). Raises `InvalidToken`."""
    if _epoch(claims, "exp", default=None) <= now - leeway:
        raise InvalidToken(TokenFault.EXPIRED)
    if max(_epoch(claims, "nbf", default=now), _epoch(claims, "iat", default=now)) > now + leeway:
        raise InvalidToken(TokenFault.NOT_YET_VALID)


def _check_header(header: Mapping[str, object], typ: str | tuple[str, ...] | None) -> None:
    if not _REFUSED_HEADERS.isdisjoint(header):
        raise InvalidToken(TokenFault.REFUSED_HEADER)
    accepted = (typ,) if isinstance(typ, str) else typ
    if accepted is not None and header.get("typ") not in accepted:
        raise InvalidToken(TokenFault.WRONG_TYPE)


def _find_key(
    header: Mapping[str, object],
    keys: KeyRing | Mapping[str, object],
    algorithms: Collection[SignatureAlgorithm],
) -> Verify:
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise InvalidToken(TokenFault.UNKNOWN_KEY)
    try:
        key = keys.verification_key(kid) if isinstance(keys, KeyRing) else verification_key(keys, kid)
    except UnusableKey as error:
        raise InvalidToken(TokenFault.UNKNOWN_KEY) from error
    if header.get("alg") != key.alg.value or key.alg not in algorithms:
        raise InvalidToken(TokenFault.WRONG_ALGORITHM)
    return key.verify


def decoded(part: str) -> bytes:
    """Base64url. One encoding per value: no padding, no foreign alphabet, no stray bits behind the last character."""
    if not _BASE64URL.fullmatch(part) or len(part) % 4 == 1:
        raise InvalidToken(TokenFault.MALFORMED)
    data = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64url(data).decode("ascii") != part:
        raise InvalidToken(TokenFault.MALFORMED)
    return data


def json_object(data: bytes) -> Mapping[str, object]:
    """Strict JSON; raises `InvalidToken`, as `decoded` does."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidToken(TokenFault.MALFORMED) from error
    if not isinstance(value, dict):
        raise InvalidToken(TokenFault.MALFORMED)
    return value


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Two parsers may pick different ones of two equal names, so there must not be two (RFC 7515 §4)."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member appears twice")
    return members


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")


def _epoch(claims: Mapping[str, object], name: str, *, default: int | None) -> int | float:
    value = claims.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken(TokenFault.MALFORMED)
    return value
