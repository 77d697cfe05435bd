"""What an authorization request must fulfil, one rule a function, in the order they are applied.

When these run, the client is known and the redirect URI is registered: every refusal here goes back to the
service. What cannot be answered there (unknown client, foreign redirect URI) never reaches this file.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from idp.errors import (
    InvalidRequest,
    InvalidScope,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
    UnsupportedResponseType,
)
from idp.protocol.authorization_details import InvalidAuthorizationDetails, details_fault
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.claims import CLAIMS_BY_SCOPE, SCOPES_SUPPORTED, allowed_claims, is_essential, requested_values
from idp.protocol.client import Client
from idp.protocol.levels import level_of
from idp.protocol.resource_servers import NO_RESOURCE_SERVERS, InvalidTarget, ResourceServers
from idp.protocol.resource_uris import MOST_RESOURCES
from idp.protocol.response_modes import mode_of

_SHA256 = re.compile(r"[A-Za-z0-9_-]{43}")
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_DISPLAYS = frozenset({"page", "popup", "touch", "wap"})
_LONGEST = {
    "state": 2048,
    "nonce": 512,
    "login_hint": 256,
    "id_token_hint": 16384,
    "acr_values": 512,
    "scope": 1024,
    "ui_locales": 256,
    "claims": 8192,
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request with the client it names and whether it came through PAR; `raw` are its parameters as sent."""

    request: AuthorizationRequest
    client: Client
    raw: dict[str, str]
    pushed: bool
    signed: bool = False
    resource_servers: ResourceServers = NO_RESOURCE_SERVERS


def check_request_object(asked: Asked) -> None:
    """They were opened before, into what they hold; what is left of them stands where they are not taken."""
    if "request" in asked.raw:
        raise RequestNotSupported("a request object is not supported here")
    if "request_uri" in asked.raw:
        raise RequestUriNotSupported("only request URIs from the pushed authorization request endpoint")
    if "registration" in asked.raw:
        raise RegistrationNotSupported("the registration parameter is not supported")


def check_signed(asked: Asked) -> None:
    """A client registered for it must sign its requests (RFC 9101 §10.5)."""
    if asked.client.require_signed_request_object and not asked.signed:
        raise InvalidRequest("this client must sign its requests")


def check_pushed(asked: Asked) -> None:
    """A client registered for it must push its requests (RFC 9126 §6)."""
    if asked.client.require_pushed_authorization_requests and not asked.pushed:
        raise InvalidRequest("this client must use pushed authorization requests")


def check_response_type(asked: Asked) -> None:
    """Code flow only (RFC 9700 §2.1.2)."""
    if asked.request.response_type is None:
        raise InvalidRequest("response_type is missing")
    if asked.request.response_type != "code":
        raise UnsupportedResponseType("response_type must be code")
    if "authorization_code" not in asked.client.grant_types:
        raise UnauthorizedClient("this client is not registered for the authorization code grant")


def check_response_mode(asked: Asked) -> None:
    """One of those offered; a fragment would put answers in reach of scripts (Multiple Response Types 2.1)."""
    mode, client = mode_of(asked.request.response_mode), asked.client
    if mode is None:
        raise InvalidRequest("response_mode is not supported")
    if mode.is_signed and client.authorization_signed_response_alg is None:
        raise InvalidRequest("this client is not registered for signed answers")
    if not mode.is_signed and client.rules.answers_are_signed:
        raise InvalidRequest("this client is answered in a JWT: response_mode must be jwt")


def check_lengths(asked: Asked) -> None:
    """What we echo or store has a bound; state and nonce beyond it are refused, never cut."""
    for name, longest in _LONGEST.items():
        if len(asked.raw.get(name, "")) > longest:
            raise InvalidRequest(f"{name} is longer than {longest} characters")


def check_scope(asked: Asked) -> None:
    """`openid`, and nothing the client is not registered for (RFC 6749 §3.3); unknown scopes are ignored."""
    scopes = set(asked.request.scopes)
    if "openid" not in scopes:
        raise InvalidScope("scope must contain openid")
    if (scopes & set(SCOPES_SUPPORTED)) - asked.client.scope - {"openid"}:
        raise InvalidScope("scope asks for more than this client is registered for")


def check_code_challenge(asked: Asked) -> None:
    """PKCE is mandatory unless the client is registered without it, and always S256 (RFC 7636 §4.3; our profile)."""
    unused = asked.request.code_challenge is None and asked.request.code_challenge_method is None
    if unused and not asked.client.require_pkce:
        return
    if asked.request.code_challenge is None:
        raise InvalidRequest("code_challenge is missing")
    if asked.request.code_challenge_method != "S256":
        raise InvalidRequest("code_challenge_method must be S256")
    if not _SHA256.fullmatch(asked.request.code_challenge):
        raise InvalidRequest("code_challenge must be 43 characters of base64url")


def check_dpop_jkt(asked: Asked) -> None:
    """The thumbprint that the code will be bound to is a SHA-256 one (RFC 9449 §10)."""
    if asked.request.dpop_jkt is not None and not _SHA256.fullmatch(asked.request.dpop_jkt):
        raise InvalidRequest("dpop_jkt must be 43 characters of base64url")


def check_prompt(asked: Asked) -> None:
    """`none` is exclusive, and only the four values of Core 3.1.2.1 exist."""
    prompts = asked.request.prompts
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequest("prompt none cannot be combined")
    if prompts - _PROMPTS:
        raise InvalidRequest("prompt has a value that is not supported")


def check_max_age(asked: Asked) -> None:
    """A number of seconds, zero or more (Core 3.1.2.1)."""
    raw = asked.raw.get("max_age")
    if raw is not None and not (raw.isascii() and raw.isdigit() and len(raw) <= 10):
        raise InvalidRequest("max_age must be a number of seconds")


def check_display(asked: Asked) -> None:
    """Our page suits every display; a value nobody defined is a mistake worth telling (Core 3.1.2.1)."""
    if asked.request.display is not None and asked.request.display not in _DISPLAYS:
        raise InvalidRequest("display has a value that is not supported")


def check_claims(asked: Asked) -> None:
    """A claim asked for by name must belong to a scope the client is registered for (our profile of Core 5.5)."""
    if "claims" in asked.raw and asked.request.claims is None:
        raise InvalidRequest("claims must be a JSON object")
    if asked.request.claims is None:
        return
    known = {claim for claims in CLAIMS_BY_SCOPE.values() for claim in claims}
    for member in ("userinfo", "id_token"):
        named = set(asked.request.claims.get(member, {})) & known
        if named - allowed_claims(asked.client.scope):
            raise InvalidScope("claims asks for more than this client is registered for")


def check_resource(asked: Asked) -> None:
    """Each names a resource server that is open to the client, or our own UserInfo endpoint (RFC 8707 §2)."""
    named = asked.request.resource or ()
    if len(named) > MOST_RESOURCES:
        raise InvalidTarget("resource is given too often")
    for resource in named:
        if resource == asked.resource_servers.userinfo:
            continue
        if asked.resource_servers.open_to(asked.client, resource) is None:
            raise InvalidTarget("resource is not one that this client may ask for")


def check_authorization_details(asked: Asked) -> None:
    """Types that are offered to the client, and nothing their descriptions do not know (RFC 9396 §5)."""
    if "authorization_details" not in asked.raw:
        return
    details = asked.request.authorization_details
    if details is None:
        raise InvalidAuthorizationDetails("authorization_details must be a short JSON array of objects")
    fault = details_fault(details, asked.resource_servers.types_for(asked.client))
    if fault is not None:
        raise InvalidAuthorizationDetails(f"authorization_details {fault}")


def check_essential_acr(asked: Asked) -> None:
    """Essential values of which we know none cannot be met, whoever logs in (Core 5.5.1.1)."""
    claims = asked.request.claims
    values = requested_values(claims, "acr")
    if values and is_essential(claims, "acr") and not any(level_of(value) for value in values):
        raise UnmetAuthenticationRequirements("none of the acr values is known here")


RULES: tuple[Callable[[Asked], None], ...] = (
    check_request_object,
    check_signed,
    check_pushed,
    check_response_type,
    check_response_mode,
    check_lengths,
    check_scope,
    check_code_challenge,
    check_dpop_jkt,
    check_prompt,
    check_max_age,
    check_display,
    check_claims,
    check_resource,
    check_authorization_details,
    check_essential_acr,
)
