"""How a service proves who it is on the back channel: exactly one method, the registered one. Pure."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote_plus

from relying_party_sdk.signing import SigningKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFETIME = 60


class ClientAuthenticationMethod(StrEnum):
    """`token_endpoint_auth_method` of the registration (OpenID Connect Core §9)."""

    CLIENT_SECRET_BASIC = "client_secret_basic"
    CLIENT_SECRET_POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"


@dataclass(frozen=True)
class ClientProof:
    """What one request carries to prove the client."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)


class SecretInHeader:
    """client_secret_basic."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        # RFC 6749 §2.3.1: both are form-urlencoded before they are joined by the colon.
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()
        self._headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}

    def prove(self, *, audience: str, now: int) -> ClientProof:
        return ClientProof(headers=self._headers)


class SecretInBody:
    """client_secret_post."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._parameters = {"client_id": client_id, "client_secret": client_secret}

    def prove(self, *, audience: str, now: int) -> ClientProof:
        return ClientProof(parameters=self._parameters)


class SignedAssertion:
    """private_key_jwt (RFC 7523 §3); the audience is the issuer, a single string (FAPI 2.0 §5.3.3.1)."""

    def __init__(self, client_id: str, key: SigningKey) -> None:
        self._client_id = client_id
        self._key = key

    def prove(self, *, audience: str, now: int) -> ClientProof:
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": audience,
            "jti": secrets.token_urlsafe(24),
            "iat": now,
            "exp": now + ASSERTION_LIFETIME,
        }
        return ClientProof(
            parameters={
                "client_id": self._client_id,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self._key.sign(claims, typ="JWT"),
            }
        )


ClientAuthentication = SecretInHeader | SecretInBody | SignedAssertion
