"""One seal as a value: what it states, its place in the chain, and what is kept of it elsewhere."""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Protocol

from idp.storage.database import Insert, Row

TYP = "audit-seal+jwt"
LEAF_HINT = 8


class Signer(Protocol):
    """Signs the claims of a seal; `kid` names the key for as long as anybody may want to check."""

    @property
    def kid(self) -> str: ...

    def sign(self, typ: str, claims: dict[str, object]) -> str: ...


@dataclass(frozen=True)
class SealHead:
    """The newest seal in short, to be kept outside the database: who cuts the log off cannot change it there."""

    number: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Seal:
    """Entries recorded from the seal before until `until_ms`, that moment excluded."""

    number: int
    until_ms: int
    entries: int
    root: bytes
    leaves: bytes
    previous: bytes
    signature: str
    kid: str

    @classmethod
    def from_row(cls, row: Row) -> "Seal":
        return cls(
            number=_number(row["number"]),
            until_ms=_number(row["until_ms"]),
            entries=_number(row["entries"]),
            root=_bytes(row["root"]),
            leaves=_bytes(row["leaves"]),
            previous=_bytes(row["previous"]),
            signature=str(row["signature"]),
            kid=str(row["kid"]),
        )

    def claims(self) -> dict[str, object]:
        """What is signed."""
        return seal_claims(self.number, self.until_ms, self.entries, self.root, self.previous)

    def digest(self) -> bytes:
        """What the next seal keeps as `previous`. The signature is not part of it: its bytes may vary."""
        return hashlib.sha256(json.dumps(self.claims(), separators=(",", ":"), sort_keys=True).encode()).digest()

    def head(self) -> SealHead:
        return SealHead(self.number, self.digest().hex())

    def insert(self) -> Insert:
        return Insert(
            "audit_seal",
            {
                "number": self.number,
                "until_ms": self.until_ms,
                "entries": self.entries,
                "root": self.root,
                "leaves": self.leaves,
                "previous": self.previous,
                "signature": self.signature,
                "kid": self.kid,
            },
        )


def seal_claims(number: int, until_ms: int, entries: int, root: bytes, previous: bytes) -> dict[str, object]:
    return {
        "number": number,
        "until_ms": until_ms,
        "entries": entries,
        "root": base64.urlsafe_b64encode(root).decode().rstrip("="),
        "previous": base64.urlsafe_b64encode(previous).decode().rstrip("="),
    }


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
