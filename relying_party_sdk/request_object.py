"""A signed authorization request (RFC 9101): nobody between service and provider can change what was asked. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from relying_party_sdk.signing import SigningKey

TYPE = "oauth-authz-req+jwt"
LIFETIME = 300
# RFC 9101 §4: numbers are JSON numbers.
_NUMBERS = ("max_age",)


def signed_request(parameters: Mapping[str, str], key: SigningKey, *, issuer: str, now: int) -> Mapping[str, str]:
    """`client_id` and `request`: all parameters in one JWT for this provider and these minutes.

    The times and the single audience are those of FAPI 2.0 Message Signing §5.3.1.
    """
    client_id = parameters["client_id"]
    claims: dict[str, object] = {name: _value(name, value) for name, value in parameters.items()}
    claims |= {
        "iss": client_id,
        "aud": issuer,
        "jti": secrets.token_urlsafe(18),
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
    }
    return {"client_id": client_id, "request": key.sign(claims, typ=TYPE)}


def _value(name: str, value: str) -> str | int:
    return int(value) if name in _NUMBERS else value
