"""What a service has to say about itself, in the words of its registration, checked at once.

A wrong setting stops the start with advice (`settings_checks`); names and values as text are read by `settings_text`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypedDict, TypeVar
from urllib.parse import urlsplit

from relying_party_sdk.client_authentication import ClientAuthenticationMethod
from relying_party_sdk.dpop import ALGORITHM as DPOP_ALGORITHM
from relying_party_sdk.encrypted import USUAL_CONTENT_ALGORITHM
from relying_party_sdk.errors import ConfigurationError
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.profiles import PROFILES, ProfileRules, SecurityProfile
from relying_party_sdk.response_mode import ResponseMode
from relying_party_sdk.signing import PrivateKey

E = TypeVar("E", bound=StrEnum)

MIN_SECRET_LENGTH = 16


class Registration(TypedDict, total=False):
    """What `RelyingParty` takes by keyword, in the words of the registration; all may be left out."""

    client_secret: str | None
    private_key: PrivateKey | None
    profile: SecurityProfile | str
    token_endpoint_auth_method: ClientAuthenticationMethod | str | None
    token_endpoint_auth_signing_alg: str | None
    level: LevelOfAssurance | str
    scopes: Sequence[str]
    post_logout_redirect_uri: str | None
    response_mode: ResponseMode | str
    request_uri: str | None
    id_token_signed_response_alg: str
    userinfo_signed_response_alg: str | None
    require_pushed_authorization_requests: bool
    dpop_bound_access_tokens: bool
    request_object_signing_alg: str | None
    authorization_signed_response_alg: str | None
    decryption_key: PrivateKey | None
    id_token_encrypted_response_alg: str | None
    id_token_encrypted_response_enc: str
    userinfo_encrypted_response_alg: str | None
    userinfo_encrypted_response_enc: str
    authorization_encrypted_response_alg: str | None
    authorization_encrypted_response_enc: str
    state_secret: str | None


@dataclass(frozen=True)
class RelyingPartySettings:
    """One registered service. Secrets stay out of `repr`."""

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret: str | None = field(default=None, repr=False)
    private_key: PrivateKey | None = field(default=None, repr=False)
    profile: SecurityProfile = SecurityProfile.OPENID
    token_endpoint_auth_method: ClientAuthenticationMethod | None = None
    token_endpoint_auth_signing_alg: str | None = None
    level: LevelOfAssurance = LevelOfAssurance.LOW
    scopes: tuple[str, ...] = ("openid", "identity")
    post_logout_redirect_uri: str | None = None
    response_mode: ResponseMode = ResponseMode.QUERY
    request_uri: str | None = None
    id_token_signed_response_alg: str = "ES256"
    userinfo_signed_response_alg: str | None = None
    require_pushed_authorization_requests: bool = False
    dpop_bound_access_tokens: bool = False
    request_object_signing_alg: str | None = None
    authorization_signed_response_alg: str | None = None
    decryption_key: PrivateKey | None = field(default=None, repr=False)
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str = USUAL_CONTENT_ALGORITHM
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str = USUAL_CONTENT_ALGORITHM
    authorization_encrypted_response_alg: str | None = None
    authorization_encrypted_response_enc: str = USUAL_CONTENT_ALGORITHM
    state_secret: str | None = field(default=None, repr=False)

    @property
    def rules(self) -> ProfileRules:
        """What the profile switches on."""
        return PROFILES[self.profile]

    @property
    def pushes_requests(self) -> bool:
        """Whether authorization requests go over the back channel (RFC 9126)."""
        return self.rules.pushed_requests or self.require_pushed_authorization_requests

    @property
    def binds_tokens(self) -> bool:
        """Whether tokens are bound to a key (RFC 9449)."""
        return self.rules.dpop or self.dpop_bound_access_tokens

    @property
    def signs_requests(self) -> bool:
        """Whether authorization requests are signed (RFC 9101)."""
        return self.rules.signed_requests or self.request_object_signing_alg is not None

    @property
    def response_algorithm(self) -> str | None:
        """What signs the answers of the authorization endpoint (JARM), or `None` where they are plain."""
        if self.authorization_signed_response_alg is not None:
            return self.authorization_signed_response_alg
        return self.id_token_signed_response_alg if self.rules.signed_responses else None

    @property
    def needed_of_provider(self) -> dict[str, str]:
        """Members of the discovery document that have to list these values, where they list any."""
        needed = {"id_token_signing_alg_values_supported": self.id_token_signed_response_alg}
        if self.binds_tokens:
            needed["dpop_signing_alg_values_supported"] = DPOP_ALGORITHM
        if self.response_algorithm is not None:
            needed["authorization_signing_alg_values_supported"] = self.response_algorithm
        return needed

    @property
    def secure_cookies(self) -> bool:
        """False only for a service on plain HTTP, which `check_settings` allows on loopback alone."""
        return urlsplit(self.redirect_uri).scheme == "https"

    @property
    def origin(self) -> str:
        """Scheme, host and port of the service itself."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"


def settings_of(issuer: str, client_id: str, redirect_uri: str, registered: Registration) -> RelyingPartySettings:
    """The settings with every member of a closed set known; raises `ConfigurationError`, checks nothing else yet."""
    values: dict[str, Any] = dict(registered)
    for name, kind in _CLOSED_SETS.items():
        if values.get(name) is not None:
            values[name] = known(kind, values[name])
    if "scopes" in values:
        values["scopes"] = tuple(values["scopes"])
    return RelyingPartySettings(issuer, client_id, redirect_uri, **values)


def known(kind: type[E], value: str) -> E:
    """A member of a closed set by its value; raises `ConfigurationError` naming the choices."""
    try:
        return kind(value)
    except ValueError as error:
        raise ConfigurationError(f"{value} is not one of {', '.join(member.value for member in kind)}") from error


_CLOSED_SETS: Mapping[str, type[StrEnum]] = {
    "profile": SecurityProfile,
    "token_endpoint_auth_method": ClientAuthenticationMethod,
    "level": LevelOfAssurance,
    "response_mode": ResponseMode,
}
