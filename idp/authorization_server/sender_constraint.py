"""What a token is worth nothing without: a key that signs proofs, or a client certificate. Pure.

One value for both, so that no path to a token or past one knows only the first: how it is kept, what the token's
answer calls it (`token_type`) and what introspection tells of it (`cnf`).
"""

import base64
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

_DIGEST_BYTES: Final = 32
# A thumbprint alone is that of a key; the prefix tells a certificate's from it.
_CERTIFICATE_PREFIX: Final = b"\x01"


class Confirmation(StrEnum):
    """The names of RFC 9449 §6.1 and RFC 8705 §3.1."""

    KEY = "jkt"
    CERTIFICATE = "x5t#S256"


@dataclass(frozen=True)
class SenderConstraint:
    """`digest` is the SHA-256 of a key (RFC 7638) or of a certificate in DER."""

    confirmation: Confirmation
    digest: bytes

    @classmethod
    def of_key(cls, jkt: str) -> Self:
        """By the key's thumbprint in base64url."""
        return cls(Confirmation.KEY, base64.urlsafe_b64decode(jkt + "=" * (-len(jkt) % 4)))

    @classmethod
    def of_certificate(cls, der: bytes) -> Self:
        return cls(Confirmation.CERTIFICATE, hashlib.sha256(der).digest())

    @classmethod
    def from_stored(cls, stored: bytes) -> Self:
        if len(stored) == _DIGEST_BYTES:
            return cls(Confirmation.KEY, stored)
        if len(stored) == 1 + _DIGEST_BYTES and stored.startswith(_CERTIFICATE_PREFIX):
            return cls(Confirmation.CERTIFICATE, stored[1:])
        # Of a newer release: a token that we do not know how to check is not a bearer token.
        raise ValueError("not a sender constraint")

    @property
    def stored(self) -> bytes:
        """As the row of a token keeps it; what it says never depends on the release that wrote it."""
        return self.digest if self.confirmation is Confirmation.KEY else _CERTIFICATE_PREFIX + self.digest

    @property
    def text(self) -> str:
        """As the sealed payload of a refresh token keeps it."""
        return base64.urlsafe_b64encode(self.stored).rstrip(b"=").decode()

    @property
    def token_type(self) -> str:
        """RFC 9449 §5; a token bound to a certificate is still sent as Bearer (RFC 8705 §3)."""
        return "DPoP" if self.confirmation is Confirmation.KEY else "Bearer"

    @property
    def cnf(self) -> dict[str, str]:
        """The confirmation claim (RFC 7800)."""
        return {self.confirmation.value: base64.urlsafe_b64encode(self.digest).rstrip(b"=").decode()}


def stored_or_none(sender: SenderConstraint | None) -> bytes | None:
    return None if sender is None else sender.stored


def token_type_of(sender: SenderConstraint | None) -> str:
    return "Bearer" if sender is None else sender.token_type


def cnf_of(sender: SenderConstraint | None) -> dict[str, dict[str, str]]:
    """The member `cnf` of an introspection answer or a token; empty for a bearer token."""
    return {} if sender is None else {"cnf": sender.cnf}
