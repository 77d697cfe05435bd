"""Signs the fake provider's tokens, rightly or, on request, wrongly."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry


class Signer:
    """One signing key of a provider."""

    def __init__(self, algorithm: str = "ES256", kid: str = "khoa-1", key: Key | None = None) -> None:
        self.algorithm = algorithm
        self.kid = kid
        self.key = key if key is not None else generate_key(algorithm)

    def public_jwk(self) -> dict[str, object]:
        """The key as a provider publishes it."""
        public = {**self.key.as_dict(private=False)}
        return {**public, "kid": self.kid, "use": "sig", "alg": self.algorithm}

    def sign(self, claims: Mapping[str, object], *, typ: object = "JWT", **header: object) -> str:
        """A compact JWS; further keywords add to or replace the header, `None` leaves a member out."""
        wanted = {"alg": self.algorithm, "kid": self.kid, "typ": typ} | header
        protected = {name: value for name, value in wanted.items() if value is not None}
        signing_input = f"{part(protected)}.{part(claims)}"
        signature = JWSRegistry.algorithms[self.algorithm].sign(signing_input.encode(), self.key)
        return f"{signing_input}.{encoded(signature)}"


def generate_key(algorithm: str) -> Key:
    """A new key for an algorithm."""
    if algorithm.startswith("ES"):
        return ECKey.generate_key({"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm])
    if algorithm in ("EdDSA", "Ed25519"):
        return OKPKey.generate_key("Ed25519")
    return RSAKey.generate_key(2048)


def unsigned(claims: Mapping[str, object]) -> str:
    """A token that says `alg: none` and brings a signature all the same, so that its form is right."""
    return f"{part({'alg': 'none'})}.{part(claims)}.{encoded(b'none')}"


def access_token_hash(access_token: str, algorithm: str) -> str:
    """`at_hash` (OpenID Connect Core §3.1.3.6)."""
    size = "512" if algorithm.startswith("Ed") else algorithm[-3:]
    digest = hashlib.new(f"sha{size}", access_token.encode()).digest()
    return encoded(digest[: len(digest) // 2])


def part(value: Mapping[str, object]) -> str:
    return encoded(json.dumps(value, separators=(",", ":")).encode())


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
