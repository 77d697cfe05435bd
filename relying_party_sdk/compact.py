"""Signed tokens in strict compact form: one parser, else refuse.

Owns size, spelling, header and key choice (RFC 7515). Knows no claim: what a token says is for
`id_token`, `userinfo` and `logout_token`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry, deserialize_compact

from relying_party_sdk.jwks import Keys, PublishedKey, published_keys

MAX_TOKEN_LENGTH = 16 * 1024

# Asymmetric signatures only: a service never shares a signing key with anybody.
SIGNATURE_ALGORITHMS: Mapping[str, str] = {
    "ES256": "EC",
    "ES384": "EC",
    "ES512": "EC",
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "EdDSA": "OKP",
    "Ed25519": "OKP",
}

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KEYS_IN_HEADER = ("jwk", "jku", "x5u", "x5c")


class CompactRefused(Exception):
    """A token that is not a verified, strict compact JWS. `rule` says why."""

    def __init__(self, rule: str, detail: str = "") -> None:
        self.rule = rule
        self.detail = detail
        super().__init__(rule)


class KeyNotPublished(CompactRefused):
    """The token names a key that is not in the set: fetching the set again may help."""


@dataclass(frozen=True)
class VerifiedToken:
    """Header and claims of a token whose signature holds."""

    algorithm: str
    header: Mapping[str, object]
    claims: Mapping[str, object] = field(repr=False)


class _Registry(JWSRegistry):
    """joserfc's algorithms, chosen by us: large headers are parsed so that we can say what is wrong."""

    max_header_length = MAX_TOKEN_LENGTH

    def get_alg(self, name: str):  # type: ignore[no-untyped-def] # the library's return type is private
        return self.algorithms[name]


def check_algorithms(algorithms: Sequence[str]) -> None:
    """Only asymmetric signature algorithms may be configured; raises `ValueError`."""
    for algorithm in algorithms:
        if algorithm not in SIGNATURE_ALGORITHMS:
            raise ValueError(f"{algorithm} is not one of {', '.join(SIGNATURE_ALGORITHMS)}")
    if not algorithms:
        raise ValueError("at least one signature algorithm is needed")


def verify_compact(
    raw: str,
    *,
    keys: Keys,
    algorithms: Sequence[str],
    types: Sequence[str],
) -> VerifiedToken:
    """The claims of a token signed by one of `keys` with one of `algorithms`.

    `types` lists the accepted `typ` values in lower case; `""` accepts a header without one.
    """
    check_algorithms(algorithms)
    header_part, payload_part, _ = split_compact(raw)
    header = parse_object(header_part, "header_not_json")
    algorithm = _checked_algorithm(header, algorithms)
    _check_header(header, types)
    key = _choose_key(published_keys(keys), _checked_kid(header), algorithm)
    try:
        deserialize_compact(raw, key, registry=_Registry(strict_check_header=False))
    except (JoseError, ValueError) as error:
        raise CompactRefused("signature_wrong") from error
    return VerifiedToken(algorithm, header, parse_object(payload_part, "claims_not_json"))


def split_compact(raw: str) -> tuple[bytes, bytes, bytes]:
    """The three decoded parts; one spelling only (RFC 7515 §2: no padding, no white space)."""
    if len(raw) > MAX_TOKEN_LENGTH:
        raise CompactRefused("token_too_long")
    if not _COMPACT.fullmatch(raw):
        raise CompactRefused("not_compact")
    header, payload, signature = (decode_part(part) for part in raw.split("."))
    return header, payload, signature


def parse_object(part: bytes, rule: str) -> Mapping[str, object]:
    """A JSON object without doubled names and without numbers JSON does not have."""
    try:
        value = json.loads(part.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise CompactRefused(rule) from error
    if not isinstance(value, dict):
        raise CompactRefused(rule)
    return value


def decode_part(part: str) -> bytes:
    """One base64url part in its only spelling; raises `CompactRefused`."""
    try:
        value = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise CompactRefused("not_compact") from error
    # Spare bits in the last letter would give one signature several spellings.
    if base64.urlsafe_b64encode(value).rstrip(b"=").decode() != part:
        raise CompactRefused("not_compact")
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("doubled member")
    return names


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _checked_algorithm(header: Mapping[str, object], algorithms: Sequence[str]) -> str:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise CompactRefused("algorithm_not_registered")
    return algorithm


def _check_header(header: Mapping[str, object], types: Sequence[str]) -> None:
    if any(name in header for name in _KEYS_IN_HEADER):
        raise CompactRefused("key_in_header")
    if "crit" in header or "b64" in header or "zip" in header:
        raise CompactRefused("crit_refused")
    typ = header.get("typ", "")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") not in types:
        raise CompactRefused("wrong_type")


def _checked_kid(header: Mapping[str, object]) -> str | None:
    if "kid" not in header:
        return None
    kid = header["kid"]
    if not isinstance(kid, str):
        raise CompactRefused("kid_not_text")
    return kid


def _choose_key(keys: Sequence[PublishedKey], kid: str | None, algorithm: str) -> Key:
    """The one key that fits (RFC 7515 §4.1.4); never a second try with another."""
    named = [key for key in keys if kid is None or key.kid == kid]
    fitting = [key for key in named if key.fits(algorithm, SIGNATURE_ALGORITHMS[algorithm])]
    if len(fitting) == 1:
        return fitting[0].key
    if fitting:
        raise CompactRefused("key_ambiguous")
    if named and kid is not None:
        raise CompactRefused("key_does_not_fit")
    raise KeyNotPublished("key_unknown")
