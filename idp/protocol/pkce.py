"""Proof Key for Code Exchange (RFC 7636): S256, the only method there is here."""

import base64
import hashlib


def s256(code_verifier: str) -> str:
    """The challenge that belongs to a verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(code_verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
