"""How a service proves who it is at the token endpoint: exactly one method, the registered one. Pure."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote_plus

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from relying_party_sdk.errors import ConfigurationError

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFETIME = 60

PrivateKey = str | bytes | Mapping[str, object] | Key


class ClientAuthenticationMethod(StrEnum):
    """`token_endpoint_auth_method` of the registration (OpenID Connect Core §9)."""

    CLIENT_SECRET_BASIC = "client_secret_basic"
    CLIENT_SECRET_POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"


@dataclass(frozen=True)
class ClientProof:
    """What one request to the token endpoint carries to prove the client."""

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
    """private_key_jwt (RFC 7523 §3); the audience is the issuer, a single string."""

    def __init__(self, client_id: str, private_key: PrivateKey, algorithm: str | None = None) -> None:
        self._client_id = client_id
        self._key = read_private_key(private_key)
        self._algorithm = algorithm or _usual_algorithm(self._key)
        kid = self._key.kid
        self._header = {"alg": self._algorithm, "typ": "JWT"} | ({"kid": kid} if kid else {})

    def prove(self, *, audience: str, now: int) -> ClientProof:
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": audience,
            "jti": secrets.token_urlsafe(24),
            "iat": now,
            "exp": now + ASSERTION_LIFETIME,
        }
        signing_input = f"{_part(self._header)}.{_part(claims)}"
        signature = JWSRegistry.algorithms[self._algorithm].sign(signing_input.encode(), self._key)
        return ClientProof(
            parameters={
                "client_id": self._client_id,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": f"{signing_input}.{_encoded(signature)}",
            }
        )


ClientAuthentication = SecretInHeader | SecretInBody | SignedAssertion


def read_private_key(private_key: PrivateKey) -> Key:
    """A private signing key from PEM text, a JWK or a joserfc key; raises `ConfigurationError`."""
    try:
        key = _imported(private_key)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ConfigurationError("private_key is neither a PEM private key nor a private JWK") from error
    if isinstance(key, OctKey) or not key.is_private:
        raise ConfigurationError("private_key must be an EC, RSA or Ed25519 private key")
    return key


def _imported(private_key: PrivateKey) -> Key:
    if isinstance(private_key, OctKey | ECKey | RSAKey | OKPKey):
        return private_key
    if isinstance(private_key, Mapping):
        return JWKRegistry.import_key(_jwk(private_key))
    text = private_key.decode() if isinstance(private_key, bytes) else private_key
    if text.lstrip().startswith("{"):
        return JWKRegistry.import_key(_jwk(json.loads(text)))
    for kind in (ECKey, RSAKey, OKPKey):
        try:
            return kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
    raise ValueError("not a key")


def _jwk(members: Mapping[str, object]) -> dict[str, str | list[str]]:
    wanted = ("kty", "crv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi", "kid", "alg")
    return {name: value for name in wanted if isinstance(value := members.get(name), str)}


def _usual_algorithm(key: Key) -> str:
    named = key.get("alg")
    if isinstance(named, str):
        return named
    if isinstance(key, ECKey):
        return {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}.get(key.curve_name, "ES256")
    return "PS256" if isinstance(key, RSAKey) else "EdDSA"


def _part(value: Mapping[str, object]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
