"""A signed authorization request (RFC 9101): nobody between service and provider can change what was asked. Pure."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from relying_party_sdk.signing import SigningKey, encoded

TYPE = "oauth-authz-req+jwt"
LIFETIME = 300
# RFC 9101 §4: numbers are JSON numbers.
_NUMBERS = ("max_age",)


def signed_request(parameters: Mapping[str, str], key: SigningKey, *, issuer: str, now: int) -> Mapping[str, str]:
    """`client_id` and `request`: all parameters in one JWT for this provider and these minutes.

    The times and the single audience are those of FAPI 2.0 Message Signing §5.3.1.
    """
    client_id = parameters["client_id"]
    claims = _claims(parameters) | {
        "iss": client_id,
        "aud": issuer,
        "jti": secrets.token_urlsafe(18),
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
    }
    return {"client_id": client_id, "request": key.sign(claims, typ=TYPE)}


def unsigned_request(parameters: Mapping[str, str], *, issuer: str) -> str:
    """The request object of a service that signs none (OpenID Connect Core §6.1): only for fetching from the service's
    own address, where TLS says whose it is. It says no more than the same parameters in a URL."""
    header = {"alg": "none"}
    claims = _claims(parameters) | {"iss": parameters["client_id"], "aud": issuer}
    return f"{_part(header)}.{_part(claims)}."


def _claims(parameters: Mapping[str, str]) -> dict[str, object]:
    return {name: _value(name, value) for name, value in parameters.items()}


def _part(value: Mapping[str, object]) -> str:
    return encoded(json.dumps(value, separators=(",", ":")).encode())


def _value(name: str, value: str) -> str | int:
    return int(value) if name in _NUMBERS else value
