"""What is wrong with a registration, one sentence each, naming the member. Each `check_*` looks at one thing."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from idp.protocol.backchannel import check_backchannel
from idp.protocol.certificate_faults import check_certificates
from idp.protocol.claims import CLAIMS_SUPPORTED, SCOPES_SUPPORTED
from idp.protocol.client import LegalBasis
from idp.protocol.client_members import (
    APPLICATION_TYPES,
    ASKED_AT,
    AUTHENTICATION_METHODS,
    CERTIFICATE_METHODS,
    GRANT_TYPES,
    KNOWN,
    PUBLIC_GRANT_TYPES,
    PUBLIC_METHOD,
    SIGNING_ALGORITHMS,
    TOLD_AT,
    URI_LISTS,
)
from idp.protocol.encryption import check_encryption
from idp.protocol.levels import LevelOfAssurance
from idp.protocol.metadata_types import key_fault, type_faults
from idp.protocol.profiles import profile_faults
from idp.protocol.redirect_uris import fault_of, is_loopback
from idp.protocol.resource_uris import resource_fault


def check_members(metadata: Mapping[str, Any]) -> list[str]:
    unknown = sorted(name for name in metadata if name.partition("#")[0] not in KNOWN)
    return [f"{name}: not a known member" for name in unknown]


def check_uris(metadata: Mapping[str, Any]) -> list[str]:
    faults = []
    for name in URI_LISTS:
        uris = metadata.get(name, [])
        if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
            faults.append(f"{name}: must be a list of URIs")
            continue
        # A request's address may carry its hash as a fragment (OpenID Connect Core 6.2); no other may have one.
        judged = [(uri, uri.partition("#")[0] if name == "request_uris" else uri) for uri in uris]
        faults += [f"{name}: {uri[:80]} {fault}" for uri, address in judged if (fault := fault_of(address))]
    if not metadata.get("redirect_uris") and not metadata.get("resource") and _is_answered_in_a_browser(metadata):
        faults.append("redirect_uris: missing; at least one is needed")
    for name in (*TOLD_AT, *ASKED_AT):
        uri = metadata.get(name)
        if uri is not None and (not isinstance(uri, str) or fault_of(uri)):
            faults.append(f"{name}: must be an https:// address")
    if str(metadata.get("initiate_login_uri") or "https:").partition(":")[0] != "https":
        # Anybody's link may send a browser there (OpenID Connect Core 4): TLS, even on loopback.
        faults.append("initiate_login_uri: must begin with https://")
    return faults


def _is_answered_in_a_browser(metadata: Mapping[str, Any]) -> bool:
    grant_types = metadata.get("grant_types", ("authorization_code",))
    return not isinstance(grant_types, list) or "authorization_code" in grant_types


def check_choices(metadata: Mapping[str, Any]) -> list[str]:
    faults = []
    for name, choices in (
        ("id_token_signed_response_alg", SIGNING_ALGORITHMS),
        ("userinfo_signed_response_alg", SIGNING_ALGORITHMS),
        ("token_endpoint_auth_signing_alg", SIGNING_ALGORITHMS),
        ("request_object_signing_alg", SIGNING_ALGORITHMS),
        ("authorization_signed_response_alg", SIGNING_ALGORITHMS),
        ("access_token_signed_response_alg", SIGNING_ALGORITHMS),
        ("introspection_signed_response_alg", SIGNING_ALGORITHMS),
        ("token_endpoint_auth_method", (*AUTHENTICATION_METHODS, *CERTIFICATE_METHODS)),
        ("legal_basis", tuple(LegalBasis)),
        ("minimum_level", tuple(level.name.lower() for level in LevelOfAssurance)),
        ("subject_type", ("pairwise",)),
        ("application_type", APPLICATION_TYPES),
    ):
        value = metadata.get(name)
        if value is not None and value not in choices:
            faults.append(f"{name}: must be one of {', '.join(choices)}")
    for name, known in (
        ("grant_types", GRANT_TYPES),
        ("response_types", ("code",)),
        ("optional_claims", CLAIMS_SUPPORTED),
    ):
        values = metadata.get(name, [])
        if not isinstance(values, list) or any(value not in known for value in values):
            faults.append(f"{name}: must be a list of {', '.join(known)}")
    scopes = metadata.get("scope", "openid")
    if not isinstance(scopes, str) or set(scopes.split()) - set(SCOPES_SUPPORTED):
        faults.append(f"scope: must be words among {' '.join(SCOPES_SUPPORTED)}")
    return faults


def check_keys(metadata: Mapping[str, Any]) -> list[str]:
    jwks, by_reference = metadata.get("jwks"), metadata.get("jwks_uri") is not None
    if jwks is not None and by_reference:
        # Two lists could say two things (RFC 7591 §2).
        return ["jwks: cannot be given beside jwks_uri"]
    if jwks is None:
        if not by_reference and metadata.get("token_endpoint_auth_method") == "private_key_jwt":
            return ["jwks: missing; private_key_jwt needs the client's public keys, or their jwks_uri"]
        return []
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list) or not keys:
        return ["jwks: must be an object with a non-empty list of keys"]
    return [f"jwks: {fault}" for fault in dict.fromkeys(key_fault(key) for key in keys) if fault]


def check_public(metadata: Mapping[str, Any]) -> list[str]:
    """A client without credentials is held by what remains: PKCE, and the browser it is answered in (RFC 9700 §2.1)."""
    if metadata.get("token_endpoint_auth_method") != PUBLIC_METHOD:
        return []
    faults = []
    if metadata.get("require_pkce") is False:
        faults.append("require_pkce: must be true for a public client")
    grant_types = metadata.get("grant_types", [])
    if isinstance(grant_types, list) and any(
        name in GRANT_TYPES and name not in PUBLIC_GRANT_TYPES for name in grant_types
    ):
        faults.append(f"grant_types: a public client may have only {', '.join(sorted(PUBLIC_GRANT_TYPES))}")
    return faults


def check_resources(metadata: Mapping[str, Any]) -> list[str]:
    """A resource server is named by a URI (RFC 8707 §2); a service lists those where its tokens may be used."""
    faults = []
    own = metadata.get("resource")
    if own is not None and (not isinstance(own, str) or resource_fault(own)):
        faults.append("resource: must be an absolute https:// or urn: URI without a fragment")
    if own is None and metadata.get("access_token_signed_response_alg") is not None:
        faults.append("access_token_signed_response_alg: is for a resource server, which has a resource")
    allowed = metadata.get("allowed_resources", [])
    if not isinstance(allowed, list) or any(not isinstance(uri, str) or resource_fault(uri) for uri in allowed):
        faults.append("allowed_resources: must be a list of absolute https:// or urn: URIs without a fragment")
    return faults


def check_texts(metadata: Mapping[str, Any]) -> list[str]:
    """What citizens read must be there."""
    faults = []
    if not metadata.get("client_name"):
        faults.append("client_name: missing; it is what citizens read")
    if metadata.get("legal_basis") == LegalBasis.LAW and not metadata.get("legal_citation"):
        faults.append("legal_citation: a service whose legal basis is law must cite it")
    return faults


def loopback_faults(metadata: Mapping[str, Any]) -> list[str]:
    """Of an installation for real people: whatever runs on their machine would get their codes, unless a program of
    theirs is meant to (RFC 8252 §7.3)."""
    if metadata.get("application_type") == "native":
        return []
    return [
        f"{name}: leads to a loopback address; only a native client may, outside the sandbox"
        for name in ("redirect_uris", "post_logout_redirect_uris")
        if isinstance(uris := metadata.get(name, []), list)
        and any(isinstance(uri, str) and fault_of(uri) is None and is_loopback(uri) for uri in uris)
    ]


CHECKS: Final[tuple[Callable[[Mapping[str, Any]], list[str]], ...]] = (
    check_members,
    type_faults,
    check_uris,
    check_choices,
    check_keys,
    check_encryption,
    check_public,
    check_certificates,
    check_backchannel,
    profile_faults,
    check_resources,
    check_texts,
)
