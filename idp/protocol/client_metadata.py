"""Reads a service's registration (RFC 7591 names) into a Client, or says everything that is wrong with it."""

from collections.abc import Mapping
from typing import Any

from idp.protocol.backchannel import backchannel_of
from idp.protocol.built_in_clients import BUILT_IN
from idp.protocol.certificate_faults import faults_where_off
from idp.protocol.certificate_subjects import subject_of
from idp.protocol.client import Client, LegalBasis
from idp.protocol.encryption import (
    ACCESS_TOKEN,
    AUTHORIZATION,
    ID_TOKEN,
    INTROSPECTION,
    REQUEST_OBJECT,
    USERINFO,
    encryption_of,
)
from idp.protocol.levels import LevelOfAssurance
from idp.protocol.logo import logo_hash
from idp.protocol.metadata_faults import CHECKS, loopback_faults
from idp.protocol.profiles import SETTINGS, Profile, implied_by, profile_of


class InvalidClientMetadata(Exception):
    """`faults`: one sentence each, naming the member."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def parse_client(
    client_id: str,
    metadata: Mapping[str, Any],
    *,
    sector: str,
    client_secret_hash: bytes | None = None,
    disabled: bool = False,
    is_sandbox: bool = False,
    accepts_certificates: bool = False,
) -> Client:
    """Raises InvalidClientMetadata with every fault found, not the first alone."""
    faults = [fault for check in CHECKS for fault in check(metadata)]
    if client_id in BUILT_IN or sector in BUILT_IN:
        faults.append("client_id, sector: reserved for the provider's own portals")
    if metadata.get("require_pkce") is False and not is_sandbox:
        faults.append("require_pkce: PKCE is required of every service; only a sandbox may try one that cannot do it")
    if not is_sandbox:
        faults += loopback_faults(metadata)
    if not accepts_certificates:
        faults += faults_where_off(metadata)
    if not sector:
        faults.append("sector: missing; it is the host that this service's subject identifiers are computed for")
    if faults:
        raise InvalidClientMetadata(tuple(faults))
    profile = profile_of(metadata) or Profile.OPENID
    metadata = {**metadata, **implied_by(profile, metadata)}
    allowed_sources = metadata.get("allowed_sources")
    return Client(
        client_id=client_id,
        client_name=_texts(metadata, "client_name"),
        organisation=_texts(metadata, "organisation"),
        purpose=_texts(metadata, "purpose"),
        legal_citation=_texts(metadata, "legal_citation"),
        legal_basis=LegalBasis(metadata.get("legal_basis", LegalBasis.CONSENT)),
        redirect_uris=tuple(metadata.get("redirect_uris", ())),
        post_logout_redirect_uris=tuple(metadata.get("post_logout_redirect_uris", ())),
        sector=sector,
        scope=frozenset(str(metadata.get("scope", "openid")).split()) | {"openid"},
        grant_types=frozenset(metadata.get("grant_types", ("authorization_code",))),
        application_type=metadata.get("application_type") or "web",
        token_endpoint_auth_method=metadata.get("token_endpoint_auth_method", "client_secret_basic"),
        token_endpoint_auth_signing_alg=metadata.get("token_endpoint_auth_signing_alg"),
        jwks=metadata.get("jwks"),
        jwks_uri=metadata.get("jwks_uri"),
        request_object_signing_alg=metadata.get("request_object_signing_alg"),
        require_signed_request_object=bool(metadata.get("require_signed_request_object", False)),
        profile=profile,
        dpop_bound_access_tokens=bool(metadata.get("dpop_bound_access_tokens", False)),
        dpop_nonce_required=bool(metadata.get("dpop_nonce_required", SETTINGS[profile].requires_dpop_nonce)),
        tls_client_certificate_bound_access_tokens=bool(
            metadata.get("tls_client_certificate_bound_access_tokens", False)
        ),
        certificate_subject=subject_of(metadata),
        request_uris=tuple(metadata.get("request_uris", ())),
        id_token_signed_response_alg=metadata.get("id_token_signed_response_alg") or "ES256",
        userinfo_signed_response_alg=metadata.get("userinfo_signed_response_alg"),
        authorization_signed_response_alg=metadata.get("authorization_signed_response_alg")
        or SETTINGS[profile].answer_alg,
        id_token_encryption=encryption_of(metadata, ID_TOKEN),
        userinfo_encryption=encryption_of(metadata, USERINFO),
        authorization_encryption=encryption_of(metadata, AUTHORIZATION),
        request_object_encryption=encryption_of(metadata, REQUEST_OBJECT),
        introspection_encryption=encryption_of(metadata, INTROSPECTION),
        access_token_encryption=encryption_of(metadata, ACCESS_TOKEN),
        backchannel=backchannel_of(metadata),
        backchannel_logout_uri=metadata.get("backchannel_logout_uri"),
        security_events_uri=metadata.get("security_events_uri"),
        resource=metadata.get("resource"),
        access_token_signed_response_alg=metadata.get("access_token_signed_response_alg"),
        introspection_signed_response_alg=metadata.get("introspection_signed_response_alg"),
        allowed_resources=frozenset(metadata.get("allowed_resources", ())),
        authorization_details_types=frozenset(metadata.get("authorization_details_types", ())),
        initiate_login_uri=metadata.get("initiate_login_uri"),
        target_link_uri=metadata.get("target_link_uri"),
        default_max_age=metadata.get("default_max_age"),
        require_pushed_authorization_requests=bool(metadata.get("require_pushed_authorization_requests", False)),
        require_pkce=bool(metadata.get("require_pkce", True)),
        minimum_level=LevelOfAssurance[str(metadata.get("minimum_level", "low")).upper()],
        allowed_sources=None if allowed_sources is None else frozenset(allowed_sources),
        optional_claims=frozenset(metadata.get("optional_claims", ())),
        minimum_age=metadata.get("minimum_age"),
        client_uri=metadata.get("client_uri"),
        policy_uri=metadata.get("policy_uri"),
        tos_uri=metadata.get("tos_uri"),
        logo_hash=logo_hash(metadata),
        client_secret_hash=client_secret_hash,
        disabled=disabled,
    )


def _texts(metadata: Mapping[str, Any], name: str) -> dict[str, str]:
    """A human-readable member in each language it is given in; the untagged one is Vietnamese (RFC 7591 §2.2)."""
    found = {"vi": metadata[name]} if metadata.get(name) else {}
    found.update({key.partition("#")[2]: text for key, text in metadata.items() if key.startswith(f"{name}#")})
    return found
