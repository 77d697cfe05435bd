"""Sealed values: unreadable and unchangeable outside the service (AES-256-GCM). Knows nothing of what is sealed."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_LENGTH = 12
MAX_SEALED_LENGTH = 8 * 1024


class SealBroken(Exception):
    """The value was not sealed by this service for this purpose, or was changed."""


class Seal:
    """Seals JSON objects for one purpose; a value of one purpose never opens under another."""

    def __init__(self, secret: str | bytes, *, purpose: str) -> None:
        material = secret.encode() if isinstance(secret, str) else secret
        self._purpose = purpose.encode()
        derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"motcua sdk " + self._purpose)
        self._cipher = AESGCM(derive.derive(material))

    def seal(self, value: Mapping[str, object]) -> str:
        """The value as cookie-safe text."""
        nonce = secrets.token_bytes(NONCE_LENGTH)
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        return _encode(nonce + self._cipher.encrypt(nonce, text, self._purpose))

    def open(self, sealed: str) -> Mapping[str, object]:
        """The value again; raises `SealBroken`."""
        if len(sealed) > MAX_SEALED_LENGTH or not sealed.isascii():
            raise SealBroken
        try:
            raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
            text = self._cipher.decrypt(raw[:NONCE_LENGTH], raw[NONCE_LENGTH:], self._purpose)
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise SealBroken from error
        value = json.loads(text)
        if not isinstance(value, dict):
            raise SealBroken
        return value


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
