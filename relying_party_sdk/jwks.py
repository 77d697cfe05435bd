"""A provider's published keys, read leniently, used strictly: what cannot serve us is left out, never trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet, OctKey

MAX_KEYS = 64
MIN_RSA_BITS = 2048


@dataclass(frozen=True)
class PublishedKey:
    """One public signing key with the limits its publisher put on it."""

    kid: str | None
    key: Key
    use: str | None
    algorithm: str | None

    def fits(self, algorithm: str, key_type: str) -> bool:
        """Whether this key may verify a signature made with `algorithm` (RFC 7517 §4.2, §4.4)."""
        if self.key.key_type != key_type or self.use not in (None, "sig"):
            return False
        return self.algorithm in (None, algorithm)


# A set as fetched, as joserfc holds it, or as read once by `published_keys`.
Keys = KeySet | Mapping[str, object] | Sequence[PublishedKey]


def published_keys(keys: Keys) -> Sequence[PublishedKey]:
    """The usable keys of a set; unknown kinds, symmetric and weak ones are skipped (RFC 7517 §5)."""
    if isinstance(keys, KeySet):
        members: object = [key.as_dict(private=False) for key in keys if not isinstance(key, OctKey)]
    elif isinstance(keys, Mapping):
        members = keys.get("keys")
    else:
        return keys
    if not isinstance(members, list):
        return ()
    read = (_read(member) for member in members[:MAX_KEYS] if isinstance(member, dict))
    return tuple(key for key in read if key is not None)


def _read(member: dict[str, object]) -> PublishedKey | None:
    public = _public_members(member)
    if public.get("kty") not in ("EC", "RSA", "OKP"):
        return None
    if public["kty"] == "RSA" and len(public.get("n", "")) * 6 < MIN_RSA_BITS:
        return None
    try:
        key = JWKRegistry.import_key(public)
        key.get_op_key("verify")
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return PublishedKey(_text(member.get("kid")), key, _text(member.get("use")), _text(member.get("alg")))


def _public_members(member: dict[str, object]) -> dict[str, str | list[str]]:
    names = ("kty", "crv", "x", "y", "n", "e")
    return {name: value for name in names if isinstance(value := member.get(name), str)}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
