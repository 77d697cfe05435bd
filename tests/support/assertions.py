"""A client's own key and the assertions it signs with it (private_key_jwt), good ones and bent ones."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class ClientKey:
    """A key whose public half is registered. It makes what a strict library would refuse to make."""

    key: ECKey | RSAKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "client-1"}, private=True))

    def jwks(self, **members: str) -> dict[str, Any]:
        return {"keys": [{**self.key.as_dict(private=False), **members}]}

    def sign(self, claims: Mapping[str, Any] | bytes, **header: Any) -> str:
        """A signature over anything at all; `**header` adds to and replaces the header's members."""
        protected = {"alg": "ES256", "kid": "client-1", "typ": "JWT", **header}
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        return self.sign_raw(json.dumps(protected).encode(), payload, alg=protected["alg"])

    def sign_raw(self, header: bytes, payload: bytes, *, alg: str = "ES256") -> str:
        """The same over a header that need not be an object; what the header says is nobody's business here."""
        signing_input = f"{b64(header)}.{b64(payload)}".encode()
        known = jws.JWSRegistry.algorithms
        signature = known[alg if alg in ("RS256", "PS256") else "ES256"].sign(signing_input, self.key)
        return f"{signing_input.decode()}.{b64(signature)}"


def assertion_claims(client_id: str, audience: str, now: float, **changes: Any) -> dict[str, Any]:
    """The claims of a good assertion; a change to None drops one."""
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": int(now),
        "exp": int(now) + 60,
        "jti": secrets.token_urlsafe(16),
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}
