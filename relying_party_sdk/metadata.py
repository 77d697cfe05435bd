"""What a provider publishes about itself (OpenID Connect Discovery §3), checked before anything is believed. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from relying_party_sdk.claims import optional_text, text_list
from relying_party_sdk.errors import ProviderMetadataInvalid

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class ProviderMetadata:
    """The parts of the discovery document a relying party uses."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    answers_with_issuer: bool
    pushed_authorization_request_endpoint: str | None = None
    requires_pushed_requests: bool = False
    registration_endpoint: str | None = None


def discovery_url(issuer: str) -> str:
    """Where an issuer publishes its metadata (Discovery §4)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def check_metadata(
    document: Mapping[str, object], *, issuer: str, algorithm: str, needed: Mapping[str, str] = _NOTHING
) -> ProviderMetadata:
    """The metadata of exactly this issuer; raises `ProviderMetadataInvalid` naming the member at fault.

    `needed` maps a member that lists values to the one the service depends on.
    """
    if document.get("issuer") != issuer:
        raise ProviderMetadataInvalid("`issuer` of the document is not the configured one")
    _check_listed(document, "response_types_supported", "code")
    _check_listed(document, "code_challenge_methods_supported", "S256")
    _check_listed(document, "id_token_signing_alg_values_supported", algorithm)
    for name, value in needed.items():
        _check_listed(document, name, value)
    return ProviderMetadata(
        issuer=issuer,
        authorization_endpoint=_required(document, "authorization_endpoint", issuer),
        token_endpoint=_required(document, "token_endpoint", issuer),
        jwks_uri=_required(document, "jwks_uri", issuer),
        userinfo_endpoint=_optional(document, "userinfo_endpoint", issuer),
        end_session_endpoint=_optional(document, "end_session_endpoint", issuer),
        answers_with_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        pushed_authorization_request_endpoint=_optional(document, "pushed_authorization_request_endpoint", issuer),
        requires_pushed_requests=document.get("require_pushed_authorization_requests") is True,
        registration_endpoint=_optional(document, "registration_endpoint", issuer),
    )


def is_secure_url(url: str) -> bool:
    """HTTPS, or plain HTTP to this very machine; no user part, no fragment."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or not url.isascii() or not url.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether a host name can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_listed(document: Mapping[str, object], name: str, value: str) -> None:
    if name in document and value not in text_list(document, name):
        raise ProviderMetadataInvalid(f"`{name}` does not list {value}")


def _required(document: Mapping[str, object], name: str, issuer: str) -> str:
    url = _optional(document, name, issuer)
    if url is None:
        raise ProviderMetadataInvalid(f"`{name}` is missing")
    return url


def _optional(document: Mapping[str, object], name: str, issuer: str) -> str | None:
    if name not in document:
        return None
    url = optional_text(document, name)
    if url is None or not is_secure_url(url):
        raise ProviderMetadataInvalid(f"`{name}` is not an https URL")
    # A provider reached over TLS must not send us to this machine's own ports in the clear.
    if issuer.startswith("https:") and not url.startswith("https:"):
        raise ProviderMetadataInvalid(f"`{name}` is not an https URL")
    return url
