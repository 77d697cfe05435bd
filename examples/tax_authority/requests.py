"""What may ask for a login: the one registered client, and the rules of an authorization request."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SCOPES = ("openid", "identity", "email")


@dataclass(frozen=True, kw_only=True)
class RegisteredClient:
    """The client this authority serves; the secret is random and at least 256 bit."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]
    name: str = "Một cửa"


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    client_id: str
    redirect_uri: str
    scope: frozenset[str]
    state: str | None
    nonce: str
    code_challenge: str


class Refused(Exception):
    """`error` is an OAuth code. `redirectable` is false until client and redirect URI are known to be right."""

    def __init__(self, error: str, description: str, *, redirectable: bool = True) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.redirectable = redirectable


def check_client(parameters: Mapping[str, str], client: RegisteredClient) -> None:
    """No answer goes to an address that is not registered, byte for byte (RFC 9700 §2.1)."""
    if parameters.get("client_id") != client.client_id:
        raise Refused("invalid_request", "unknown client_id", redirectable=False)
    if parameters.get("redirect_uri") not in client.redirect_uris:
        raise Refused("invalid_request", "redirect_uri is not registered", redirectable=False)


def parse_authorization_request(parameters: Mapping[str, str]) -> AuthorizationRequest:
    """The rest of the rules, once `check_client` passed. Raises Refused."""
    if "request" in parameters or "request_uri" in parameters:
        raise Refused("request_not_supported", "request objects are not supported")
    if parameters.get("response_type") != "code":
        raise Refused("unsupported_response_type", "response_type must be code")
    if parameters.get("response_mode", "query") != "query":
        raise Refused("invalid_request", "response_mode must be query")
    scope = frozenset(parameters.get("scope", "").split())
    if "openid" not in scope:
        raise Refused("invalid_scope", "scope must contain openid")
    if not parameters.get("nonce"):
        raise Refused("invalid_request", "nonce is required")
    if parameters.get("code_challenge_method") != "S256":
        raise Refused("invalid_request", "code_challenge_method must be S256")
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", parameters.get("code_challenge", "")):
        raise Refused("invalid_request", "code_challenge is not an S256 challenge")
    if "none" in parameters.get("prompt", "").split():
        raise Refused("login_required", "this authority keeps no session")
    return AuthorizationRequest(
        client_id=parameters["client_id"],
        redirect_uri=parameters["redirect_uri"],
        scope=scope & frozenset(SCOPES),
        state=parameters.get("state"),
        nonce=parameters["nonce"],
        code_challenge=parameters["code_challenge"],
    )
