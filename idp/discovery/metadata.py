"""The discovery document: every member is what the code does, taken from the same constants. Pure."""

from collections.abc import Iterable
from typing import Any

from idp.authorization_server.dpop import ALGORITHMS as DPOP_ALGORITHMS
from idp.discovery.encryption import encryption_metadata
from idp.discovery.mutual_tls import mutual_tls_metadata
from idp.protocol.backchannel import DeliveryMode
from idp.protocol.claims import CLAIMS_SUPPORTED, SCOPES_SUPPORTED
from idp.protocol.client_members import (
    AUTHENTICATION_METHODS,
    CERTIFICATE_METHODS,
    CONFIDENTIAL_METHODS,
    GRANT_TYPES,
    SIGNING_ALGORITHMS,
)
from idp.protocol.levels import ACR_VALUES_SUPPORTED
from idp.protocol.response_modes import ResponseMode
from idp.settings import DynamicRegistration, Settings


def provider_metadata(settings: Settings, detail_types: Iterable[str] = ()) -> dict[str, Any]:
    issuer = settings.issuer
    endpoint_authentication: dict[str, Any] = {}
    for endpoint in ("token", "introspection", "revocation"):
        # What a token stands for is told to those alone who prove who they are (RFC 7662 §2.1).
        methods: tuple[str, ...] = CONFIDENTIAL_METHODS if endpoint == "introspection" else AUTHENTICATION_METHODS
        methods += CERTIFICATE_METHODS if settings.accepts_certificates else ()
        endpoint_authentication[f"{endpoint}_endpoint_auth_methods_supported"] = list(methods)
        endpoint_authentication[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(SIGNING_ALGORITHMS)
    registration = {}
    if settings.dynamic_registration is not DynamicRegistration.OFF:
        registration = {"registration_endpoint": f"{issuer}/register"}
    document = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "device_authorization_endpoint": f"{issuer}/device_authorization",
        "introspection_endpoint": f"{issuer}/introspect",
        "revocation_endpoint": f"{issuer}/revoke",
        "end_session_endpoint": f"{issuer}/logout",
        "backchannel_authentication_endpoint": f"{issuer}/bc-authorize",
        "backchannel_token_delivery_modes_supported": list(DeliveryMode),
        "backchannel_authentication_request_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "backchannel_user_code_parameter_supported": False,
        "subject_changes_endpoint": f"{issuer}/subject-changes",
        **registration,
        "scopes_supported": list(SCOPES_SUPPORTED),
        "response_types_supported": ["code"],
        "response_modes_supported": list(ResponseMode),
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "userinfo_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "authorization_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "introspection_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        # Nothing is offered by an empty list (RFC 8414 §3.2).
        **({"authorization_details_types_supported": offered} if (offered := sorted(detail_types)) else {}),
        **endpoint_authentication,
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS),
        "acr_values_supported": list(ACR_VALUES_SUPPORTED),
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claim_types_supported": ["normal"],
        "claims_supported": list(CLAIMS_SUPPORTED),
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_object_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "request_uri_parameter_supported": settings.request_uri_by_reference,
        "require_request_uri_registration": settings.request_uri_by_reference,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "ui_locales_supported": ["vi", "en"],
    }
    return {**document, **encryption_metadata(), **mutual_tls_metadata(settings, document)}
