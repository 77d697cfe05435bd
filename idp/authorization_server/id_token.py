"""The ID token's claims (OpenID Connect Core 2). The protocol's own claims can never be set by a source."""

import base64
from typing import Any

from idp.authorization_server.authorization import Authorization
from idp.protocol.claims import RESERVED_CLAIMS


def id_token_claims(
    authorization: Authorization, *, issuer: str, now: int, lifetime: int, access_token_hash: bytes
) -> dict[str, Any]:
    """A nonce only where the code carried one: a refreshed ID token has none (Core 12.2)."""
    claims = {name: value for name, value in authorization.id_token_claims.items() if name not in RESERVED_CLAIMS}
    claims |= {
        "iss": issuer,
        "sub": authorization.sub,
        "aud": authorization.client_id,
        "exp": now + lifetime,
        "iat": now,
        "auth_time": authorization.auth_time,
        "acr": authorization.acr,
        "amr": list(authorization.amr),
        "sid": authorization.session_id,
        "at_hash": base64.urlsafe_b64encode(access_token_hash).rstrip(b"=").decode(),
    }
    if authorization.nonce is not None:
        claims["nonce"] = authorization.nonce
    return claims
