"""Encryption at rest, blind indexes and the hashes under which bearer values are kept. Knows no table.

Every use has its own key, derived from a master key (HKDF, RFC 5869); the first master key is the active one,
older ones still open what they sealed. A sealed value is bound to its row: moved elsewhere it does not open.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORMAT = b"\x01"
_NONCE = 12
_KEY = 32
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}\Z")


class CannotUnseal(Exception):
    """The bytes are not ours, were changed, belong to another row, or their master key is not configured."""


def token_hash(kind: str, value: str) -> bytes:
    """Under what a bearer value is stored. Unkeyed: the values are random and long, guessing finds nothing."""
    return hashlib.sha256(f"{kind}\0{value}".encode()).digest()


@dataclass
class _Ring:
    """The keys derived from one master key, each made at its first use."""

    key_id: str
    master: bytes = field(repr=False)
    derived: dict[str, bytes] = field(default_factory=dict, repr=False)
    ciphers: dict[str, AESGCM] = field(default_factory=dict, repr=False)

    def derive(self, purpose: str) -> bytes:
        key = self.derived.get(purpose)
        if key is None:
            hkdf = HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=f"motcua:{purpose}".encode())
            key = self.derived[purpose] = hkdf.derive(self.master)
        return key

    def cipher(self, table: str) -> AESGCM:
        # One key a table: random nonces stay far from their limit of 2^32 messages a key for longer.
        cipher = self.ciphers.get(table)
        if cipher is None:
            cipher = self.ciphers[table] = AESGCM(self.derive(f"seal:{table}"))
        return cipher


class Vault:
    """Holds the master keys; hides them in `repr`. The first of `master_keys` is the active one."""

    def __init__(self, master_keys: Sequence[tuple[str, bytes]]) -> None:
        if not master_keys:
            raise ValueError("a master key is needed")
        if len({key_id for key_id, _ in master_keys}) != len(master_keys):
            raise ValueError("two master keys have the same id")
        for key_id, master in master_keys:
            if not _KEY_ID.match(key_id):
                raise ValueError("a master key id is 1 to 32 letters, digits, dots, dashes or underscores")
            if len(master) < _KEY:
                raise ValueError(f"the master key {key_id!r} is shorter than {_KEY} bytes")
        self._rings = {key_id.encode(): _Ring(key_id, bytes(master)) for key_id, master in master_keys}
        self._active = next(iter(self._rings.values()))
        active = self._active.key_id.encode()
        self._prefix = _FORMAT + bytes([len(active)]) + active

    def __repr__(self) -> str:
        return f"Vault(active={self._active.key_id!r}, keys={len(self._rings)})"

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The active one first."""
        return tuple(ring.key_id for ring in self._rings.values())

    def key_id_of(self, sealed: bytes) -> str | None:
        """Under which master key a value says it was sealed; None for what is no sealed value of ours."""
        if len(sealed) < 2 or sealed[:1] != _FORMAT:
            return None
        ring = self._rings.get(sealed[2 : 2 + sealed[1]])
        return ring.key_id if ring else None

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, from the active master key."""
        return self._active.derive(f"purpose:{purpose}")

    def derive_all(self, purpose: str) -> tuple[bytes, ...]:
        """The same from every master key, the active one first: for values that outlive a rotation."""
        return tuple(ring.derive(f"purpose:{purpose}") for ring in self._rings.values())

    def seal(self, plaintext: bytes, *, row: str) -> bytes:
        """Encrypts for one place, named `table|column|row id`."""
        nonce = os.urandom(_NONCE)
        cipher = self._active.cipher(row.partition("|")[0])
        return self._prefix + nonce + cipher.encrypt(nonce, plaintext, row.encode())

    def unseal(self, sealed: bytes, *, row: str) -> bytes:
        """The plaintext sealed for `row`. Raises CannotUnseal."""
        if len(sealed) < 2 or sealed[:1] != _FORMAT:
            raise CannotUnseal("not a sealed value")
        start = 2 + sealed[1]
        ring = self._rings.get(sealed[2:start])
        if ring is None:
            raise CannotUnseal("sealed with a master key that is not configured")
        body = start + _NONCE
        cipher = ring.cipher(row.partition("|")[0])
        try:
            return cipher.decrypt(sealed[start:body], sealed[body:], row.encode())
        except (InvalidTag, ValueError):
            raise CannotUnseal("changed, or moved from another row") from None

    def is_active(self, sealed: bytes) -> bool:
        """Whether `sealed` was made with the active master key, so that it need not be sealed anew."""
        return sealed.startswith(self._prefix)

    def blind_index(self, kind: str, value: str) -> bytes:
        """A keyed hash to look `value` up by, without storing it. `value` is already canonical."""
        return _index(self._active, kind, value)

    def blind_indexes(self, kind: str, value: str) -> tuple[bytes, ...]:
        """Under every master key, the active one first: what to look for while a rotation is under way."""
        return tuple(_index(ring, kind, value) for ring in self._rings.values())

    @staticmethod
    def token_hash(kind: str, value: str) -> bytes:
        return token_hash(kind, value)


def _index(ring: _Ring, kind: str, value: str) -> bytes:
    return hmac.digest(ring.derive(f"index:{kind}"), value.encode(), "sha256")
