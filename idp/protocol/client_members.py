"""The members of a service's registration (RFC 7591 names), and the values those with a choice may have."""

from typing import Final

SIGNING_ALGORITHMS: Final = ("ES256", "RS256", "PS256", "EdDSA")
# JWE (RFC 7518 §4.1, §5.1): the client's public key, wrapped or agreed upon; nothing symmetric, no RSA1_5.
KEY_MANAGEMENT: Final = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
CONTENT_ENCRYPTION: Final = ("A256GCM", "A128GCM", "A128CBC-HS256")
ENCRYPTION_MEMBERS: Final = (
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "access_token_encrypted_response_alg",
    "access_token_encrypted_response_enc",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
)
SECRET_METHODS: Final = ("client_secret_basic", "client_secret_post")
# A public client, which cannot keep a secret, authenticates by nothing (RFC 7591 §2).
PUBLIC_METHOD: Final = "none"
CONFIDENTIAL_METHODS: Final = (*SECRET_METHODS, "private_key_jwt")
AUTHENTICATION_METHODS: Final = (*CONFIDENTIAL_METHODS, PUBLIC_METHOD)
# RFC 8705: by the certificate of the connection; only where the proxy tells it.
CERTIFICATE_METHODS: Final = ("tls_client_auth", "self_signed_tls_client_auth")
CERTIFICATE_SUBJECTS: Final = (
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)
CERTIFICATE_MEMBERS: Final = (*CERTIFICATE_SUBJECTS, "tls_client_certificate_bound_access_tokens")
CIBA: Final = "urn:openid:params:grant-type:ciba"
DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES: Final = ("authorization_code", "refresh_token", CIBA, DEVICE_CODE)
PUBLIC_GRANT_TYPES: Final = frozenset({"authorization_code", "refresh_token", DEVICE_CODE})
APPLICATION_TYPES: Final = ("web", "native")
# CIBA Core 4.
BACKCHANNEL_MEMBERS: Final = (
    "backchannel_token_delivery_mode",
    "backchannel_client_notification_endpoint",
    "backchannel_authentication_request_signing_alg",
    "backchannel_user_code_parameter",
)

URI_LISTS: Final = ("redirect_uris", "post_logout_redirect_uris", "request_uris")
ASKED_AT: Final = ("jwks_uri", "sector_identifier_uri", "initiate_login_uri")
# Where the provider itself sends something: logout tokens, security events.
TOLD_AT: Final = ("backchannel_logout_uri", "security_events_uri")
TEXTS: Final = ("client_name", "organisation", "purpose", "legal_citation")
KNOWN: Final = frozenset(
    {
        *URI_LISTS,
        *TEXTS,
        *CERTIFICATE_MEMBERS,
        *ENCRYPTION_MEMBERS,
        *BACKCHANNEL_MEMBERS,
        "client_id",
        "client_uri",
        "grant_types",
        "response_types",
        "scope",
        "sector",
        "token_endpoint_auth_method",
        "token_endpoint_auth_signing_alg",
        "jwks",
        "jwks_uri",
        "sector_identifier_uri",
        "initiate_login_uri",
        # Ours: what the service opens after a login that began on our list (OpenID Connect Core 4).
        "target_link_uri",
        "request_object_signing_alg",
        "require_signed_request_object",
        "dpop_bound_access_tokens",
        # Ours: every proof must carry a nonce that we gave (RFC 9449 §8).
        "dpop_nonce_required",
        "authorization_signed_response_alg",
        "profile",
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "backchannel_logout_uri",
        "security_events_uri",
        "default_max_age",
        # Of a resource server: its name (RFC 8707), and how its tokens and answers are made (RFC 9068, RFC 9701).
        "resource",
        "access_token_signed_response_alg",
        "introspection_signed_response_alg",
        # Of a service: where its tokens may be used, and what it may ask for there (RFC 9396 §10).
        "allowed_resources",
        "authorization_details_types",
        # These two ask for what every answer holds anyway: `auth_time` and `sid`.
        "require_auth_time",
        "backchannel_logout_session_required",
        "require_pushed_authorization_requests",
        # Ours: false lets a client that cannot do PKCE go without; it stays bound by it where it uses it.
        "require_pkce",
        "minimum_level",
        "allowed_sources",
        "optional_claims",
        "legal_basis",
        "minimum_age",
        "subject_type",
        "contacts",
        # Shown where a citizen decides.
        "logo_uri",
        "policy_uri",
        "tos_uri",
        # Set by us alone: what we made of the logo when the service was registered.
        "logo_png",
        # `native`: on a device of its own, where only the system knows which loopback port is free (RFC 8252 §7.3).
        "application_type",
        # Set by `idp.registration` alone: who may change a registration that a program made (RFC 7592).
        "registration_access_token_hash",
    }
)
