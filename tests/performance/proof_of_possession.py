"""A key of the load's own and the DPoP proofs it makes (RFC 9449), for one virtual user."""

import base64
import hashlib
import secrets
import time
from typing import Any

from joserfc.jwk import ECKey
from joserfc.jwt import encode


class ProofOfPossession:
    """`origin` is the provider's address without a path."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._key = ECKey.generate_key("P-256")
        self._public = self._key.as_dict(private=False)

    def proof(self, method: str, path: str, *, access_token: str | None = None) -> str:
        """A whole header line."""
        claims: dict[str, Any] = {"jti": secrets.token_urlsafe(12), "htm": method, "htu": f"{self._origin}{path}"}
        claims["iat"] = int(time.time())
        if access_token is not None:
            digest = hashlib.sha256(access_token.encode()).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        jwk = {name: self._public[name] for name in ("kty", "crv", "x", "y")}
        return f"DPoP: {encode({'typ': 'dpop+jwt', 'alg': 'ES256', 'jwk': jwk}, claims, self._key)}\r\n"
