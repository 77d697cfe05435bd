"""Authlib's token endpoint as a pure decision over what *load* fetched: one server, no state of its own.

Authlib 1.9 is synchronous, saves before it deletes and reads its hooks from a set; none of that matters here:
nothing it calls does I/O, everything to be written is collected in `IssuedTokens`, and the order of our own
checks is fixed in `grants`. Single use is decided by the statement that saves.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from idp.authorization_server.grants import register_grants
from idp.authorization_server.polled_grants import register_polled_grants
from idp.authorization_server.token_request import IssuedTokens, TokenRequest
from idp.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from idp.protocol.client import Client

# Authlib parses the URI of every request to insist on TLS. Ours was decided when the worker started: plain HTTP is
# for loopback in the sandbox; this stands for "transport checked" and is the cheapest URI there is.
_TRANSPORT = "https://localhost"


def decide_tokens(asked: TokenRequest) -> IssuedTokens:
    """Raises OAuthError. Pure: what it returns is only to be shown once its rows are committed."""
    answer = _server().create_token_response(asked)
    assert isinstance(answer, IssuedTokens)
    return answer


class AuthlibClient(ClientMixin):  # type: ignore[misc]  # Authlib is untyped
    """Our Client in the shape Authlib asks for; it was authenticated before Authlib sees it."""

    def __init__(self, client: Client) -> None:
        self.client_id = client.client_id
        self._client = client

    def get_client_id(self) -> str:
        return self.client_id

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self._client.grant_types


class LoadedRequest(OAuth2Request):  # type: ignore[misc]  # Authlib is untyped
    """The request as Authlib reads it, with what was loaded for it; `issued` is filled by the grant."""

    def __init__(self, asked: TokenRequest) -> None:
        super().__init__("POST", _TRANSPORT, headers={})
        self.asked = asked
        self.issued: IssuedTokens | None = None
        self._form = dict(asked.form)
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def form(self) -> dict[str, str]:
        return self._form


class TokenServer(AuthorizationServer):  # type: ignore[misc]  # Authlib is untyped
    def __init__(self) -> None:
        super().__init__()
        register_grants(self)
        register_polled_grants(self)

    def create_oauth2_request(self, request: TokenRequest) -> LoadedRequest:
        return LoadedRequest(request)

    def authenticate_client(self, request: LoadedRequest, methods: Any, endpoint: str = "token") -> AuthlibClient:
        return AuthlibClient(request.asked.client)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib's signals have no listener: what happened is told by audit events."""

    def save_token(self, token: Any, request: Any) -> None:
        """The rows are in `issued` already; they are committed by the endpoint."""

    def handle_response(self, status: int, body: IssuedTokens, headers: Any) -> IssuedTokens:
        return body

    def handle_error_response(self, request: Any, error: OAuth2Error) -> None:
        raise _ERRORS.get(str(error.error), InvalidRequest)(_DESCRIPTIONS.get(str(error.error), "")) from error


@cache
def _server() -> TokenServer:
    """One for the worker: it holds nothing of any request."""
    return TokenServer()


_ERRORS: Mapping[str, type[OAuthError]] = {
    "invalid_request": InvalidRequest,
    "invalid_client": InvalidClient,
    "invalid_grant": InvalidGrant,
    "invalid_scope": InvalidScope,
    "unauthorized_client": UnauthorizedClient,
    "unsupported_grant_type": UnsupportedGrantType,
}

# Authlib's own sentences name parameters and values; ours say what is wrong and no more.
_DESCRIPTIONS: Mapping[str, str] = {
    "invalid_request": "a parameter is missing or malformed",
    "invalid_grant": "the code or refresh token is not valid for this client, redirect URI and code_verifier",
    "invalid_scope": "the scope exceeds what was granted",
    "unauthorized_client": "this client is not registered for this grant type",
    "unsupported_grant_type": "grant_type must be authorization_code or refresh_token",
}
