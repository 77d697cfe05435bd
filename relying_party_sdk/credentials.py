"""What a service's settings mean as secrets: its proof at the token endpoint, and the seal of its logins."""

from __future__ import annotations

from relying_party_sdk.client_authentication import (
    ClientAuthentication,
    ClientAuthenticationMethod,
    SecretInBody,
    SecretInHeader,
    SignedAssertion,
    read_private_key,
)
from relying_party_sdk.errors import ConfigurationError
from relying_party_sdk.sealing import Seal
from relying_party_sdk.settings import RelyingPartySettings


def client_authentication(settings: RelyingPartySettings) -> ClientAuthentication:
    """The registered method, and no other."""
    if settings.private_key is not None:
        return SignedAssertion(settings.client_id, settings.private_key)
    secret = settings.client_secret or ""
    if settings.token_endpoint_auth_method == ClientAuthenticationMethod.CLIENT_SECRET_POST:
        return SecretInBody(settings.client_id, secret)
    return SecretInHeader(settings.client_id, secret)


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
