"""Proof of possession (RFC 9449), the side of the client: one key a login, one proof a request. Pure.

A key of its own for every login needs no place to keep it, works on every worker, and lets no two data
providers recognise a citizen by it. It travels with the tokens it makes useful, in the sealed session.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from relying_party_sdk.signing import SigningKey, encoded

ALGORITHM = "ES256"
# RFC 9449 §8.1 with RFC 6749 appendix A: printable, without quote and backslash.
_NONCE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,512}")
_SCALAR_LENGTH = 32


@dataclass(frozen=True)
class DpopKey:
    """A P-256 key; `secret` is its private number, to keep beside the tokens bound to it."""

    secret: str = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """A new key."""
        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        return cls(encoded(number.to_bytes(_SCALAR_LENGTH, "big")))

    def __post_init__(self) -> None:
        if not 0 < self._number() < 2**256:
            raise ValueError("not a P-256 key")

    @property
    def thumbprint(self) -> str:
        """`dpop_jkt` (RFC 9449 §10, RFC 7638)."""
        return self._signing_key.key.thumbprint()

    def proof(
        self, method: str, url: str, *, now: int, nonce: str | None = None, access_token: str | None = None
    ) -> str:
        """The `DPoP` header of one request (RFC 9449 §4.2); beside an access token it names that token."""
        claims: dict[str, object] = {
            "jti": secrets.token_urlsafe(18),
            "htm": method,
            "htu": _without_query(url),
            "iat": now,
        }
        if nonce is not None:
            claims["nonce"] = nonce
        if access_token is not None:
            claims["ath"] = encoded(hashlib.sha256(access_token.encode("ascii")).digest())
        return self._signing_key.sign(claims, typ="dpop+jwt", jwk=self._public)

    @cached_property
    def _signing_key(self) -> SigningKey:
        point = ec.derive_private_key(self._number(), ec.SECP256R1()).public_key().public_numbers()
        x, y = (encoded(part.to_bytes(_SCALAR_LENGTH, "big")) for part in (point.x, point.y))
        return SigningKey(ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y, "d": self.secret}), ALGORITHM)

    @cached_property
    def _public(self) -> dict[str, object]:
        members = self._signing_key.key.as_dict(private=False)
        return {name: members[name] for name in ("kty", "crv", "x", "y")}

    def _number(self) -> int:
        try:
            raw = base64.b64decode(self.secret + "=" * (-len(self.secret) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError("not a P-256 key") from error
        return int.from_bytes(raw, "big") if len(raw) == _SCALAR_LENGTH else 0


def usable_nonce(value: str | None) -> str | None:
    """A nonce as a server may give it, or `None`."""
    return value if value is not None and _NONCE.fullmatch(value) else None


def _without_query(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "", ""))
