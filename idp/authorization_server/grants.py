"""The two grants, on Authlib's: redeeming a code (RFC 6749 §4.1.3, RFC 7636) and refreshing (§6)."""

import hashlib
from typing import Any

from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from idp.authorization_server.authorization import Authorization
from idp.authorization_server.id_token import id_token_claims
from idp.authorization_server.token_request import IssuedTokens, issue_tokens
from idp.errors import InvalidRequest


class RedeemableCode:
    """An authorization in the shape Authlib reads a code in."""

    code_challenge_method = "S256"

    def __init__(self, authorization: Authorization) -> None:
        self.authorization = authorization
        self.code_challenge = authorization.code_challenge

    def get_redirect_uri(self) -> str | None:
        return self.authorization.redirect_uri

    def get_scope(self) -> str:
        return self.authorization.scope


class UsableRefreshToken:
    """The same for a refresh token."""

    def __init__(self, authorization: Authorization) -> None:
        self.authorization = authorization

    def check_client(self, client: Any) -> bool:
        return bool(client.get_client_id() == self.authorization.client_id)

    def get_scope(self) -> str:
        return self.authorization.scope


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib is untyped
    def generate_token(self, user: Authorization, scope: str, **options: Any) -> dict[str, Any]:
        return generated_token(self, user, scope, may_refresh=bool(options.get("include_refresh_token")))

    def query_authorization_code(self, code: str, client: Any) -> RedeemableCode | None:
        """The code as loaded, if it may still be redeemed by this very client."""
        found = self.request.asked.found
        if found is None or not found.is_usable(self.request.asked.now):
            return None
        if found.authorization.client_id != client.get_client_id():
            return None
        return RedeemableCode(found.authorization)

    def delete_authorization_code(self, authorization_code: RedeemableCode) -> None:
        """Consumed by the gate of the transaction that saves the tokens."""

    def authenticate_user(self, authorization_code: RedeemableCode) -> Authorization:
        return authorization_code.authorization

    def create_token_response(self) -> Any:
        return with_id_token(self, super().create_token_response())


class RotatingRefreshGrant(RefreshTokenGrant):  # type: ignore[misc]  # Authlib is untyped
    INCLUDE_NEW_REFRESH_TOKEN = True

    def generate_token(self, user: Authorization, scope: str, **options: Any) -> dict[str, Any]:
        return generated_token(self, user, scope, may_refresh=True)

    def authenticate_refresh_token(self, refresh_token: str) -> UsableRefreshToken | None:
        found = self.request.asked.found
        if found is None or not found.is_usable(self.request.asked.now):
            return None
        bound_to, sender = found.authorization.refresh_sender, self.request.asked.sender
        if bound_to is not None and (sender is None or sender.text != bound_to):
            return None
        return UsableRefreshToken(found.authorization)

    def authenticate_user(self, refresh_token: UsableRefreshToken) -> Authorization:
        return refresh_token.authorization

    def revoke_old_credential(self, refresh_token: UsableRefreshToken) -> None:
        """Consumed by the gate of the transaction that saves the new one."""

    def create_token_response(self) -> Any:
        return with_id_token(self, super().create_token_response())


class MandatoryCodeChallenge(CodeChallenge):  # type: ignore[misc]  # Authlib is untyped
    """S256 for every client that is not registered without it; Authlib demands it of public clients alone."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        verifier, challenge = grant.request.form.get("code_verifier"), grant.request.authorization_code.code_challenge
        if not verifier and not challenge and not grant.request.asked.client.require_pkce:
            return
        if not verifier or not challenge:
            raise InvalidRequest("code_verifier is missing")
        super().validate_code_verifier(grant, result)


def register_grants(server: Any) -> None:
    server.register_grant(CodeGrant, [MandatoryCodeChallenge(required=True)])
    server.register_grant(RotatingRefreshGrant)


def generated_token(grant: Any, held: Authorization, scope: str, *, may_refresh: bool) -> dict[str, Any]:
    """Authlib's generator hook knows no request (a `cnf` could not reach it either), so the grants make their own."""
    tokens = issue_tokens(grant.request.asked, held, scope=scope, may_refresh=may_refresh)
    grant.request.issued = tokens
    return tokens.response


def with_id_token(grant: Any, answer: tuple[int, dict[str, Any], Any]) -> tuple[int, IssuedTokens, Any]:
    """Adds the ID token, signed with the algorithm the client is registered for."""
    status, response, headers = answer
    asked = grant.request.asked
    claims = id_token_claims(
        grant.request.user,
        issuer=asked.issuer,
        now=asked.now,
        lifetime=asked.lifetimes.id_token,
        access_token_hash=half_hash(response["access_token"], asked.client.id_token_signed_response_alg),
    )
    response["id_token"] = asked.sign_id_token(asked.client, claims)
    return status, grant.request.issued, headers


def half_hash(value: str, alg: str) -> bytes:
    """The left half of the hash that belongs to the algorithm: `at_hash` (Core 3.1.3.6); SHA-512 for Ed25519."""
    digest = hashlib.sha512 if alg == "EdDSA" else hashlib.sha256
    full = digest(value.encode()).digest()
    return full[: len(full) // 2]
