"""Authlib's token endpoint as a pure decision: one server object a request, over what *load* fetched.

Authlib 1.9 is synchronous, saves before it deletes and reads its hooks from a set; none of that matters here:
nothing it calls does I/O, everything to be written is collected in `IssuedTokens`, and the order of our own
checks is fixed in `grants`. Single use is decided later, by the statement that saves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.errors import OAuth2Error
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from idp.authorization_server import issued
from idp.authorization_server.authorization import Authorization
from idp.authorization_server.grants import register_grants
from idp.authorization_server.issued import Found, Kind
from idp.errors import (
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from idp.protocol.claims import requested_claims
from idp.protocol.client import Client
from idp.storage.database import Insert
from idp.storage.vault import Vault

# Authlib parses the URI of every request to insist on TLS. Ours was decided when the worker started: plain HTTP is
# for loopback in the sandbox; this stands for "transport checked" and is the cheapest URI there is.
_TRANSPORT = "https://localhost"


class SignIdToken(Protocol):
    def __call__(self, client: Client, claims: Mapping[str, Any]) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Lifetimes:
    access_token: int
    id_token: int
    refresh_token: int


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """Everything a token decision needs; `found` is the code or refresh token the form names, if it exists."""

    client: Client
    form: Mapping[str, str]
    found: Found | None
    issuer: str
    now: int
    lifetimes: Lifetimes
    vault: Vault
    sign_id_token: SignIdToken


@dataclass
class IssuedTokens:
    """The answer, and the rows that must be committed before anybody may see it."""

    authorization: Authorization
    response: dict[str, Any]
    inserts: list[Insert] = field(default_factory=list)


class AuthlibClient(ClientMixin):  # type: ignore[misc]  # Authlib is untyped
    """Our Client in the shape Authlib asks for; it was authenticated before Authlib sees it."""

    def __init__(self, client: Client) -> None:
        self.client_id = client.client_id
        self._client = client

    def get_client_id(self) -> str:
        return self.client_id

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self._client.grant_types


class _Request(OAuth2Request):  # type: ignore[misc]  # Authlib is untyped
    def __init__(self, form: Mapping[str, str]) -> None:
        super().__init__("POST", _TRANSPORT, headers={})
        self._form = dict(form)
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def form(self) -> dict[str, str]:
        return self._form


class TokenServer(AuthorizationServer):  # type: ignore[misc]  # Authlib is untyped
    """Lives for one decision."""

    def __init__(self, asked: TokenRequest) -> None:
        super().__init__()
        self.asked = asked
        self.client = AuthlibClient(asked.client)
        self.issued: IssuedTokens | None = None
        register_grants(self)

    def create_oauth2_request(self, request: Any) -> _Request:
        return _Request(self.asked.form)

    def authenticate_client(self, request: Any, methods: Any, endpoint: str = "token") -> AuthlibClient:
        return self.client

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib's signals have no listener: what happened is told by audit events."""

    def save_token(self, token: Any, request: Any) -> None:
        """The rows are in `issued` already; they are committed by the endpoint."""

    def generate_token(
        self,
        grant_type: str,
        client: AuthlibClient,
        user: Authorization | None = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        """`user` is what the code or refresh token stands for; a narrower `scope` narrows the claims with it."""
        assert user is not None
        asked = self.asked
        authorization = user.redeemed() if scope in {None, user.scope} else _narrowed(user.redeemed(), scope or "")
        access_token = issued.new_value()
        response: dict[str, Any] = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": asked.lifetimes.access_token,
            "scope": authorization.scope,
        }
        tokens = IssuedTokens(authorization, response)
        tokens.inserts.append(
            issued.insert_artefact(
                Kind.ACCESS_TOKEN,
                access_token,
                authorization,
                expires_at=asked.now + asked.lifetimes.access_token,
                vault=asked.vault,
            )
        )
        if include_refresh_token and user.is_offline:
            response["refresh_token"] = refresh_token = issued.new_value()
            tokens.inserts.append(
                issued.insert_refresh_token(
                    refresh_token,
                    # A narrower access token does not narrow the refresh token (RFC 6749 §6).
                    user.redeemed(),
                    issued_at=asked.now,
                    expires_at=self._family_ends_at(grant_type),
                    vault=asked.vault,
                )
            )
        self.issued = tokens
        return response

    def _family_ends_at(self, grant_type: str) -> int:
        """A rotated refresh token inherits the end of its family: rotation never prolongs it (RFC 9700 §4.14.2)."""
        if grant_type == "refresh_token" and self.asked.found is not None:
            return self.asked.found.expires_at
        return self.asked.now + self.asked.lifetimes.refresh_token

    def handle_response(self, status: int, body: Any, headers: Any) -> IssuedTokens:
        assert self.issued is not None
        return self.issued

    def handle_error_response(self, request: Any, error: OAuth2Error) -> None:
        raise _ERRORS.get(str(error.error), InvalidRequest)(_DESCRIPTIONS.get(str(error.error), "")) from error


def decide_tokens(asked: TokenRequest) -> IssuedTokens:
    """Raises OAuthError. Pure: what it returns is only to be shown once its rows are committed."""
    answer = TokenServer(asked).create_token_response(None)
    assert isinstance(answer, IssuedTokens)
    return answer


def _narrowed(authorization: Authorization, scope: str) -> Authorization:
    allowed = requested_claims(scope.split(), None)
    kept = {claim: value for claim, value in authorization.userinfo_claims.items() if claim in allowed}
    return authorization.narrowed(scope, kept)


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
