"""A service's own signatures: assertions, request objects and proofs in compact form (RFC 7515). Knows no claim."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from relying_party_sdk.compact import SIGNATURE_ALGORITHMS
from relying_party_sdk.errors import ConfigurationError

PrivateKey = str | bytes | Mapping[str, object] | Key

_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


@dataclass(frozen=True)
class SigningKey:
    """A private key and the one algorithm it signs with."""

    key: Key = field(repr=False)
    algorithm: str

    def sign(self, claims: Mapping[str, object], *, typ: str, **header: object) -> str:
        """A compact JWS; the key's `kid` is named where it has one."""
        kid = self.key.kid
        protected = {"alg": self.algorithm, "typ": typ} | ({"kid": kid} if kid else {}) | header
        signing_input = f"{_part(protected)}.{_part(claims)}"
        signature = JWSRegistry.algorithms[self.algorithm].sign(signing_input.encode(), self.key)
        return f"{signing_input}.{encoded(signature)}"


def signing_key(private_key: PrivateKey, algorithm: str | None = None) -> SigningKey:
    """The key with the algorithm registered for it, else its usual one; raises `ConfigurationError`."""
    key = read_private_key(private_key)
    chosen = algorithm or usual_algorithm(key)
    if SIGNATURE_ALGORITHMS.get(chosen) != key.key_type:
        raise ConfigurationError(f"private_key cannot sign with {chosen}")
    if isinstance(key, ECKey) and key.curve_name != _CURVES[chosen]:
        raise ConfigurationError(f"private_key cannot sign with {chosen}")
    return SigningKey(key, chosen)


def read_private_key(private_key: PrivateKey, *, setting: str = "private_key") -> Key:
    """A private key from PEM text, a JWK or a joserfc key; raises `ConfigurationError`, which names the setting."""
    try:
        key = _imported(private_key)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ConfigurationError(f"{setting} is neither a PEM private key nor a private JWK") from error
    if isinstance(key, OctKey) or not key.is_private:
        raise ConfigurationError(f"{setting} must be an EC, RSA or OKP private key")
    return key


def usual_algorithm(key: Key) -> str:
    """What a key signs with where nothing else was registered: its own `alg`, else by its kind."""
    named = key.get("alg")
    if isinstance(named, str) and named in SIGNATURE_ALGORITHMS:
        return named
    if isinstance(key, ECKey):
        return {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}.get(key.curve_name, "ES256")
    return "PS256" if isinstance(key, RSAKey) else "EdDSA"


def public_jwk(key: Key, **members: str) -> Mapping[str, object]:
    """The public half of a key as others may have it: nothing but what a public key is made of, and `members`."""
    told = key.as_dict(private=False)
    return {name: told[name] for name in ("kty", "crv", "x", "y", "n", "e", "kid") if name in told} | members


def encoded(value: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _part(value: Mapping[str, object]) -> str:
    return encoded(json.dumps(value, separators=(",", ":")).encode())


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
