"""Compact JWS out: the one call a token endpoint makes. Does not know what the claims mean."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Protocol

from keys.algorithms import SignatureAlgorithm
from keys.signing_key import SigningKey

# Built once: json.dumps with options makes a new encoder for every call.
_encode_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Signer(Protocol):
    """Signs claims with one key. Implementations may hold the key in memory, in an HSM, or remotely."""

    @property
    def kid(self) -> str: ...

    @property
    def alg(self) -> SignatureAlgorithm: ...

    def sign(self, typ: str, claims: Mapping[str, object]) -> str:
        """A compact JWS with the header alg, kid and `typ`, which parts token kinds (RFC 8725 §3.11)."""
        ...


class KeySigner:
    """Signs with one `SigningKey`; keeps the encoded header of each `typ`, of which there are a handful."""

    __slots__ = ("_headers", "_sign", "alg", "kid")

    def __init__(self, key: SigningKey) -> None:
        self.kid = key.kid
        self.alg = key.alg
        self._sign = key.private.sign
        self._headers: dict[str, bytes] = {}

    def sign(self, typ: str, claims: Mapping[str, object]) -> str:
        header = self._headers.get(typ) or self._encode_header(typ)
        signing_input = header + b"." + base64url(_encode_json(claims).encode())
        return (signing_input + b"." + base64url(self._sign(signing_input))).decode("ascii")

    def _encode_header(self, typ: str) -> bytes:
        header = base64url(_encode_json({"alg": self.alg.value, "kid": self.kid, "typ": typ}).encode())
        self._headers[typ] = header
        return header

    def __repr__(self) -> str:
        return f"KeySigner(kid={self.kid!r}, alg={self.alg.value!r})"


def base64url(data: bytes) -> bytes:
    """Unpadded, as JOSE wants it (RFC 7515 §2)."""
    return urlsafe_b64encode(data).rstrip(b"=")
