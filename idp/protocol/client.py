"""A registered service, as the protocol sees it: its RFC 7591 metadata, parsed once and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from idp.protocol.backchannel import BackchannelAuthentication
from idp.protocol.certificate_subjects import CertificateSubject
from idp.protocol.client_members import PUBLIC_METHOD
from idp.protocol.encryption import Encryption
from idp.protocol.levels import LevelOfAssurance
from idp.protocol.profiles import SETTINGS, Profile, ProfileSettings
from idp.protocol.redirect_uris import origin_of


class LegalBasis(StrEnum):
    """Law 91/2025/QH15: a person consents, or a law allows the sharing and the person is informed."""

    CONSENT = "consent"
    LAW = "law"


@dataclass(frozen=True, kw_only=True)
class Client:
    """`sector` is the host that pairwise subjects are computed for (Core 8.1); services of one sector share it."""

    client_id: str
    client_name: Mapping[str, str]
    organisation: Mapping[str, str]
    redirect_uris: tuple[str, ...]
    sector: str
    scope: frozenset[str]
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: frozenset[str] = frozenset({"authorization_code"})
    application_type: str = "web"
    token_endpoint_auth_method: str = "client_secret_basic"
    token_endpoint_auth_signing_alg: str | None = None
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    request_object_signing_alg: str | None = None
    require_signed_request_object: bool = False
    request_uris: tuple[str, ...] = ()
    id_token_signed_response_alg: str = "ES256"
    userinfo_signed_response_alg: str | None = None
    authorization_signed_response_alg: str | None = None
    id_token_encryption: Encryption | None = None
    userinfo_encryption: Encryption | None = None
    authorization_encryption: Encryption | None = None
    request_object_encryption: Encryption | None = None
    introspection_encryption: Encryption | None = None
    access_token_encryption: Encryption | None = None
    backchannel: BackchannelAuthentication | None = None
    backchannel_logout_uri: str | None = None
    initiate_login_uri: str | None = None
    target_link_uri: str | None = None
    security_events_uri: str | None = None
    resource: str | None = None
    access_token_signed_response_alg: str | None = None
    introspection_signed_response_alg: str | None = None
    allowed_resources: frozenset[str] = frozenset()
    authorization_details_types: frozenset[str] = frozenset()
    default_max_age: int | None = None
    require_pushed_authorization_requests: bool = False
    require_pkce: bool = True
    dpop_bound_access_tokens: bool = False
    dpop_nonce_required: bool = False
    tls_client_certificate_bound_access_tokens: bool = False
    certificate_subject: CertificateSubject | None = None
    profile: Profile = Profile.OPENID
    minimum_level: LevelOfAssurance = LevelOfAssurance.LOW
    allowed_sources: frozenset[str] | None = None
    optional_claims: frozenset[str] = frozenset()
    legal_basis: LegalBasis = LegalBasis.CONSENT
    legal_citation: Mapping[str, str] = field(default_factory=dict)
    purpose: Mapping[str, str] = field(default_factory=dict)
    minimum_age: int | None = None
    client_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    logo_hash: str | None = None
    client_secret_hash: bytes | None = None
    disabled: bool = False

    @property
    def rules(self) -> ProfileSettings:
        """What its profile says of it."""
        return SETTINGS[self.profile]

    @property
    def is_public(self) -> bool:
        """It has nothing to prove itself with (RFC 6749 §2.1): whoever names it may be anybody."""
        return self.token_endpoint_auth_method == PUBLIC_METHOD

    @property
    def is_native(self) -> bool:
        return self.application_type == "native"

    @property
    def browser_origins(self) -> frozenset[str]:
        """Where its scripts run: pages of their own are the one kind of client that asks us from a browser."""
        if not self.is_public or self.is_native:
            return frozenset()
        return frozenset(map(origin_of, self.redirect_uris))

    def name_in(self, locale: str) -> str:
        return in_locale(self.client_name, locale) or self.client_id

    def organisation_in(self, locale: str) -> str:
        return in_locale(self.organisation, locale)


def in_locale(texts: Mapping[str, str], locale: str) -> str:
    """A text in the locale asked for, else Vietnamese, else whichever there is, else empty."""
    return texts.get(locale) or texts.get("vi") or next(iter(texts.values()), "")
