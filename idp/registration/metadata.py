"""What a program may register of itself: the standard's members alone, with the standard's defaults. Pure.

What only an operator decides (sector, levels, sources, legal basis, PKCE) cannot be sent: sending it is refused, not
ignored, so that nobody believes it was taken. Members nobody here knows are ignored (RFC 7591 §2).
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from idp.protocol.client_members import CERTIFICATE_MEMBERS, KNOWN, PUBLIC_METHOD
from idp.registration.refusals import InvalidMetadata

_TAKEN: Final = frozenset(
    {
        "redirect_uris",
        "post_logout_redirect_uris",
        "request_uris",
        "client_name",
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "contacts",
        "application_type",
        "subject_type",
        "sector_identifier_uri",
        "grant_types",
        "response_types",
        "scope",
        "jwks",
        "jwks_uri",
        "token_endpoint_auth_method",
        "token_endpoint_auth_signing_alg",
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "authorization_signed_response_alg",
        "request_object_signing_alg",
        "require_signed_request_object",
        "dpop_bound_access_tokens",
        "require_pushed_authorization_requests",
        "default_max_age",
        "require_auth_time",
        "initiate_login_uri",
        "backchannel_logout_uri",
        "backchannel_logout_session_required",
        *CERTIFICATE_MEMBERS,
    }
)
# Ours, and not of a registration: what we give, and what only an operator's command does.
_GIVEN_BY_US: Final = frozenset({"client_id", "client_secret", "disabled"})
# To take one of these for unknown would let somebody believe in a rule, or in an encryption, that nobody applies.
_NOT_FOR_PROGRAMS: Final = (KNOWN - _TAKEN) | _GIVEN_BY_US
# What we set ourselves each time, and what we make of what is sent.
_SET_HERE: Final = frozenset({"registration_access_token_hash", "require_pkce", "logo_png"})
_ANSWERED_AT_THE_URI: Final = ("authorization_code", "refresh_token")
_ANYBODYS: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})
_SCOPE: Final = "openid profile email phone address offline_access"


def registrable(received: object) -> dict[str, Any]:
    """The metadata to register. Raises InvalidMetadata; what is in the members is judged by `parse_client`."""
    if not isinstance(received, dict):
        raise InvalidMetadata("the body must be a JSON object")
    sent = {name: value for name, value in received.items() if value is not None}
    reserved = {_plain(name) for name in sent} & _NOT_FOR_PROGRAMS
    if reserved:
        raise InvalidMetadata(f"{', '.join(sorted(reserved))}: cannot be registered by a program")
    taken = of_programs(sent)
    return {**_defaults(taken), **taken}


def of_programs(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What of it a program may say: that is all it is told again."""
    return {name: value for name, value in metadata.items() if _plain(name) in _TAKEN}


def of_operators(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What of it an operator decided since: it stays whatever the program sends. PKCE is never given up for that."""
    decided = {
        name: value for name, value in metadata.items() if _plain(name) not in _TAKEN and _plain(name) not in _SET_HERE
    }
    return {**decided, "require_pkce": True} if metadata.get("require_pkce") is True else decided


def _plain(name: str) -> str:
    return name.partition("#")[0]


def _defaults(taken: Mapping[str, Any]) -> dict[str, Any]:
    """Those of RFC 7591 §2 and OpenID Connect Registration 2, where ours are others. PKCE is nothing they know of,
    but a client without credentials has nothing else."""
    return {
        "client_name": _host_of_the_first(taken.get("redirect_uris")),
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "id_token_signed_response_alg": "RS256",
        "subject_type": "pairwise",
        "scope": _SCOPE,
        "require_pkce": taken.get("token_endpoint_auth_method") == PUBLIC_METHOD,
    }


def sector_of(metadata: Mapping[str, Any], *, client_id: str, asked_for_pairwise: bool) -> str | None:
    """The host that subjects are computed for (Core 8.1); None where one has to be named and was not.

    That the answers go to a host is what proves it: who is answered anywhere else, or at whatever listens on the
    person's own device, gets a sector of its own, as does who never asked for pairwise subjects and has several
    hosts. Nobody can join that one.
    """
    if is_answered_elsewhere(metadata):
        return client_id
    named = metadata.get("sector_identifier_uri")
    uris = [named] if isinstance(named, str) else metadata.get("redirect_uris")
    hosts = {_host(uri) for uri in uris} if isinstance(uris, list) else set()
    if len(hosts) > 1 and asked_for_pairwise:
        return None
    host = hosts.pop() if len(hosts) == 1 else ""
    return client_id if host in _ANYBODYS else host


def is_answered_elsewhere(metadata: Mapping[str, Any]) -> bool:
    """Whether tokens come to who asks for them, and to no address that was registered (RFC 8628, CIBA)."""
    grant_types = metadata.get("grant_types")
    return not isinstance(grant_types, list) or any(grant not in _ANSWERED_AT_THE_URI for grant in grant_types)


def _host_of_the_first(uris: object) -> str:
    return _host(uris[0]) or "?" if isinstance(uris, list) and uris else "?"


def _host(uri: object) -> str:
    try:
        return urlsplit(uri).hostname or "" if isinstance(uri, str) else ""
    except ValueError:
        return ""
