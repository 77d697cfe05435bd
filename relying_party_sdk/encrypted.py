"""Encrypted tokens (RFC 7516) down to the signed token inside: what is only encrypted proves nobody.

Owns size, spelling, header and key choice. The algorithms are those registered, never those of the header.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry, decrypt_compact
from joserfc.jwk import Key

from relying_party_sdk.compact import MAX_TOKEN_LENGTH, CompactRefused, decode_part, parse_object
from relying_party_sdk.errors import ConfigurationError
from relying_party_sdk.signing import PrivateKey, read_private_key

# Public-key algorithms alone, and no RSA padding that leaks; PBES2, `dir` and shared keys never.
KEY_ALGORITHMS: Mapping[str, tuple[str, ...]] = {
    "ECDH-ES": ("EC", "OKP"),
    "ECDH-ES+A128KW": ("EC", "OKP"),
    "ECDH-ES+A256KW": ("EC", "OKP"),
    "RSA-OAEP-256": ("RSA",),
}
CONTENT_ALGORITHMS = ("A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512")
# What a provider uses where a registration names only the key algorithm (Dynamic Client Registration §2).
USUAL_CONTENT_ALGORITHM = "A128CBC-HS256"

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_SETTING = "decryption_key"
_REFUSED_HEADERS = ("zip", "crit", "jwk", "jku", "x5u", "x5c", "p2c", "p2s")


@dataclass(frozen=True)
class Decryption:
    """How one kind of answer is encrypted to us: the registered algorithms and our keys."""

    keys: tuple[Key, ...] = field(repr=False)
    key_algorithm: str
    content_algorithm: str


def is_encrypted(raw: str) -> bool:
    """Whether a token has the five parts of an encrypted one."""
    return raw.count(".") == 4


def decrypted(raw: str, decryption: Decryption) -> str:
    """The text inside, still to be verified as a signed token; raises `CompactRefused`."""
    if len(raw) > MAX_TOKEN_LENGTH:
        raise CompactRefused("token_too_long")
    if not _COMPACT.fullmatch(raw):
        raise CompactRefused("not_encrypted" if raw.count(".") == 2 else "not_compact")
    header = parse_object(decode_part(raw.partition(".")[0]), "header_not_json")
    if (header.get("alg"), header.get("enc")) != (decryption.key_algorithm, decryption.content_algorithm):
        raise CompactRefused("encryption_not_registered")
    if any(name in header for name in _REFUSED_HEADERS):
        raise CompactRefused("encryption_header_refused")
    registry = JWERegistry(
        algorithms=[decryption.key_algorithm, decryption.content_algorithm], strict_check_header=False
    )
    key = _choose_key(decryption.keys, header.get("kid"), KEY_ALGORITHMS[decryption.key_algorithm])
    try:
        text = decrypt_compact(raw, key, registry=registry).plaintext
        return (text or b"").decode("ascii")
    except (JoseError, ValueError) as error:
        raise CompactRefused("decryption_failed") from error


def decryption_keys(given: PrivateKey) -> tuple[Key, ...]:
    """Our private keys: one in any form, or a JWK Set while an old one is still in use."""
    members: object = None
    if isinstance(given, Mapping):
        members = given.get("keys")
    elif isinstance(given, str | bytes) and given.lstrip()[:1] in ("{", b"{"):
        members = _members(given)
    if not isinstance(members, list):
        return (read_private_key(given, setting=_SETTING),)
    return tuple(read_private_key(member, setting=_SETTING) for member in members if isinstance(member, Mapping))


def _members(text: str | bytes) -> object:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"{_SETTING} is neither a PEM private key nor a private JWK") from error
    return value.get("keys") if isinstance(value, dict) else None


def _choose_key(keys: Sequence[Key], kid: object, kinds: Sequence[str]) -> Key:
    fitting = [key for key in keys if key.key_type in kinds]
    named = [key for key in fitting if kid is not None and key.kid == kid]
    if len(named) == 1:
        return named[0]
    unnamed = [key for key in fitting if kid is None or key.kid is None]
    if len(unnamed) != 1:
        raise CompactRefused("decryption_key_unknown")
    return unnamed[0]
