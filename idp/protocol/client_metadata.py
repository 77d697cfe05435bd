"""Reads a service's registration (RFC 7591 names) into a Client, or says everything that is wrong with it."""

from collections.abc import Mapping
from typing import Any

from idp.protocol.built_in_clients import BUILT_IN
from idp.protocol.claims import CLAIMS_SUPPORTED, SCOPES_SUPPORTED
from idp.protocol.client import Client, LegalBasis
from idp.protocol.levels import LevelOfAssurance
from idp.protocol.metadata_types import key_fault, type_faults
from idp.protocol.profiles import SETTINGS, Profile, profile_faults, profile_of
from idp.protocol.redirect_uris import fault_of

SIGNING_ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
AUTHENTICATION_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")
GRANT_TYPES = ("authorization_code", "refresh_token")

_URI_LISTS = ("redirect_uris", "post_logout_redirect_uris", "request_uris")
_ASKED_AT = ("jwks_uri", "sector_identifier_uri", "initiate_login_uri")
# Where the provider itself sends something: logout tokens, security events.
_TOLD_AT = ("backchannel_logout_uri", "security_events_uri")
_TEXTS = ("client_name", "organisation", "purpose", "legal_citation")
_KNOWN = frozenset(
    {
        *_URI_LISTS,
        *_TEXTS,
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
        "request_object_signing_alg",
        "require_signed_request_object",
        "dpop_bound_access_tokens",
        "authorization_signed_response_alg",
        "profile",
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "backchannel_logout_uri",
        "security_events_uri",
        "default_max_age",
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
        # Kept, and shown to nobody yet.
        "logo_uri",
        "policy_uri",
        "tos_uri",
        # Every service here is a web server; the member is known because registrations name it.
        "application_type",
        # Set by `idp.registration` alone: who may change a registration that a program made (RFC 7592).
        "registration_access_token_hash",
    }
)


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
) -> Client:
    """Raises InvalidClientMetadata with every fault found, not the first alone."""
    faults = [
        *_unknown_members(metadata),
        *type_faults(metadata),
        *_uri_faults(metadata),
        *_choice_faults(metadata),
        *_key_faults(metadata),
    ]
    if client_id in BUILT_IN or sector in BUILT_IN:
        faults.append("client_id, sector: reserved for the provider's own portals")
    faults += profile_faults(metadata)
    if metadata.get("require_pkce") is False and not is_sandbox:
        faults.append("require_pkce: PKCE is required of every service; only a sandbox may try one that cannot do it")
    if not sector:
        faults.append("sector: missing; it is the host that this service's subject identifiers are computed for")
    if not metadata.get("client_name"):
        faults.append("client_name: missing; it is what citizens read")
    if metadata.get("legal_basis") == LegalBasis.LAW and not metadata.get("legal_citation"):
        faults.append("legal_citation: a service whose legal basis is law must cite it")
    if faults:
        raise InvalidClientMetadata(tuple(faults))
    profile = profile_of(metadata) or Profile.OPENID
    metadata = {**metadata, **SETTINGS[profile].implied}
    allowed_sources = metadata.get("allowed_sources")
    return Client(
        client_id=client_id,
        client_name=_texts(metadata, "client_name"),
        organisation=_texts(metadata, "organisation"),
        purpose=_texts(metadata, "purpose"),
        legal_citation=_texts(metadata, "legal_citation"),
        legal_basis=LegalBasis(metadata.get("legal_basis", LegalBasis.CONSENT)),
        redirect_uris=tuple(metadata["redirect_uris"]),
        post_logout_redirect_uris=tuple(metadata.get("post_logout_redirect_uris", ())),
        sector=sector,
        scope=frozenset(str(metadata.get("scope", "openid")).split()) | {"openid"},
        grant_types=frozenset(metadata.get("grant_types", ("authorization_code",))),
        token_endpoint_auth_method=metadata.get("token_endpoint_auth_method", "client_secret_basic"),
        token_endpoint_auth_signing_alg=metadata.get("token_endpoint_auth_signing_alg"),
        jwks=metadata.get("jwks"),
        jwks_uri=metadata.get("jwks_uri"),
        request_object_signing_alg=metadata.get("request_object_signing_alg"),
        require_signed_request_object=bool(metadata.get("require_signed_request_object", False)),
        profile=profile,
        dpop_bound_access_tokens=bool(metadata.get("dpop_bound_access_tokens", False)),
        request_uris=tuple(metadata.get("request_uris", ())),
        id_token_signed_response_alg=metadata.get("id_token_signed_response_alg") or "ES256",
        userinfo_signed_response_alg=metadata.get("userinfo_signed_response_alg"),
        authorization_signed_response_alg=metadata.get("authorization_signed_response_alg")
        or SETTINGS[profile].answer_alg,
        backchannel_logout_uri=metadata.get("backchannel_logout_uri"),
        security_events_uri=metadata.get("security_events_uri"),
        initiate_login_uri=metadata.get("initiate_login_uri"),
        default_max_age=metadata.get("default_max_age"),
        require_pushed_authorization_requests=bool(metadata.get("require_pushed_authorization_requests", False)),
        require_pkce=bool(metadata.get("require_pkce", True)),
        minimum_level=LevelOfAssurance[str(metadata.get("minimum_level", "low")).upper()],
        allowed_sources=None if allowed_sources is None else frozenset(allowed_sources),
        optional_claims=frozenset(metadata.get("optional_claims", ())),
        minimum_age=metadata.get("minimum_age"),
        client_uri=metadata.get("client_uri"),
        client_secret_hash=client_secret_hash,
        disabled=disabled,
    )


def _texts(metadata: Mapping[str, Any], name: str) -> dict[str, str]:
    """A human-readable member in each language it is given in; the untagged one is Vietnamese (RFC 7591 §2.2)."""
    found = {"vi": metadata[name]} if metadata.get(name) else {}
    found.update({key.partition("#")[2]: text for key, text in metadata.items() if key.startswith(f"{name}#")})
    return found


def _unknown_members(metadata: Mapping[str, Any]) -> list[str]:
    unknown = sorted(name for name in metadata if name.partition("#")[0] not in _KNOWN)
    return [f"{name}: not a known member" for name in unknown]


def _uri_faults(metadata: Mapping[str, Any]) -> list[str]:
    faults = []
    for name in _URI_LISTS:
        uris = metadata.get(name, [])
        if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
            faults.append(f"{name}: must be a list of URIs")
            continue
        # A request's address may carry its hash as a fragment (OpenID Connect Core 6.2); no other may have one.
        judged = [(uri, uri.partition("#")[0] if name == "request_uris" else uri) for uri in uris]
        faults += [f"{name}: {uri[:80]} {fault}" for uri, address in judged if (fault := fault_of(address))]
    if not metadata.get("redirect_uris"):
        faults.append("redirect_uris: missing; at least one is needed")
    for name in (*_TOLD_AT, *_ASKED_AT):
        uri = metadata.get(name)
        if uri is not None and (not isinstance(uri, str) or fault_of(uri)):
            faults.append(f"{name}: must be an https:// address")
    if str(metadata.get("initiate_login_uri") or "https:").partition(":")[0] != "https":
        # Anybody's link may send a browser there (OpenID Connect Core 4): TLS, even on loopback.
        faults.append("initiate_login_uri: must begin with https://")
    return faults


def _choice_faults(metadata: Mapping[str, Any]) -> list[str]:
    faults = []
    for name, choices in (
        ("id_token_signed_response_alg", SIGNING_ALGORITHMS),
        ("userinfo_signed_response_alg", SIGNING_ALGORITHMS),
        ("token_endpoint_auth_signing_alg", SIGNING_ALGORITHMS),
        ("request_object_signing_alg", SIGNING_ALGORITHMS),
        ("authorization_signed_response_alg", SIGNING_ALGORITHMS),
        ("token_endpoint_auth_method", AUTHENTICATION_METHODS),
        ("legal_basis", tuple(LegalBasis)),
        ("minimum_level", tuple(level.name.lower() for level in LevelOfAssurance)),
        ("subject_type", ("pairwise",)),
        ("application_type", ("web",)),
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


def _key_faults(metadata: Mapping[str, Any]) -> list[str]:
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
