"""What a service's settings mean as secrets: its proof at the token endpoint, and the seal of its logins."""

from __future__ import annotations

from collections.abc import Mapping

from relying_party_sdk.client_authentication import (
    ClientAuthentication,
    ClientAuthenticationMethod,
    SecretInBody,
    SecretInHeader,
    SignedAssertion,
)
from relying_party_sdk.encrypted import Decryption, decryption_keys
from relying_party_sdk.errors import ConfigurationError
from relying_party_sdk.sealing import Seal
from relying_party_sdk.settings import RelyingPartySettings
from relying_party_sdk.signing import SigningKey, public_jwk, read_private_key, signing_key


def client_authentication(settings: RelyingPartySettings) -> ClientAuthentication:
    """The registered method, and no other."""
    if settings.private_key is not None:
        key = signing_key(settings.private_key, settings.token_endpoint_auth_signing_alg)
        return SignedAssertion(settings.client_id, key)
    secret = settings.client_secret or ""
    if settings.token_endpoint_auth_method == ClientAuthenticationMethod.CLIENT_SECRET_POST:
        return SecretInBody(settings.client_id, secret)
    return SecretInHeader(settings.client_id, secret)


def request_key(settings: RelyingPartySettings) -> SigningKey | None:
    """What signs authorization requests, where they are signed."""
    if not settings.signs_requests or settings.private_key is None:
        return None
    return signing_key(settings.private_key, settings.request_object_signing_alg)


def decryption_of(settings: RelyingPartySettings, answer: str) -> Decryption | None:
    """How one kind of answer is opened (`id_token`, `userinfo`, `authorization`), where it is encrypted."""
    algorithm: str | None = getattr(settings, f"{answer}_encrypted_response_alg")
    if algorithm is None or settings.decryption_key is None:
        return None
    content: str = getattr(settings, f"{answer}_encrypted_response_enc")
    return Decryption(decryption_keys(settings.decryption_key), algorithm, content)


def public_jwks(settings: RelyingPartySettings) -> Mapping[str, object]:
    """What the provider may know of the service's keys: which sign, with what, and which it encrypts to."""
    members: list[Mapping[str, object]] = []
    if settings.private_key is not None:
        signing = signing_key(settings.private_key, settings.token_endpoint_auth_signing_alg)
        members.append(public_jwk(signing.key, use="sig", alg=signing.algorithm))
    if settings.decryption_key is not None:
        members += [public_jwk(key, use="enc") for key in decryption_keys(settings.decryption_key)]
    return {"keys": members}


def login_seal(settings: RelyingPartySettings) -> Seal:
    """Seals logins in flight: the same on every worker, without a setting of its own."""
    return Seal(_state_secret(settings), purpose=f"login {settings.issuer} {settings.client_id}")


def _state_secret(settings: RelyingPartySettings) -> str:
    if settings.state_secret is not None:
        return settings.state_secret
    if settings.client_secret is not None:
        return settings.client_secret
    if settings.private_key is None:
        raise ConfigurationError("state_secret is missing")
    private = read_private_key(settings.private_key).as_dict(private=True)
    return str(private["d"])
