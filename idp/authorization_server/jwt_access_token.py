"""Access tokens as JWTs (RFC 9068), for resource servers registered so: what they say. Pure; signs nothing.

They are kept as rows like opaque ones, so that one can be revoked and introspected; who only verifies the signature
learns of a revocation when the token ends, and so it ends soon. `sub` is the resource server's own.
"""

import secrets
from typing import Any, Final

from idp.authorization_server.authorization import Authorization
from idp.authorization_server.sender_constraint import SenderConstraint, cnf_of

TYP: Final = "at+jwt"
LONGEST_LIFETIME_SECONDS: Final = 600


def access_token_claims(
    authorization: Authorization, *, issuer: str, sender: SenderConstraint | None, now: int, expires_at: int
) -> dict[str, Any]:
    """Of an authorization for one audience (§2.2). Nothing about the person but the identifier they have there."""
    details = authorization.authorization_details
    return {
        "iss": issuer,
        "aud": authorization.audience,
        "sub": authorization.audience_sub,
        "client_id": authorization.client_id,
        "iat": now,
        "exp": expires_at,
        "jti": secrets.token_urlsafe(16),
        "scope": authorization.scope,
        "auth_time": authorization.auth_time,
        "acr": authorization.acr,
        "amr": list(authorization.amr),
        **({"authorization_details": list(details)} if details else {}),
        **cnf_of(sender),
    }
