"""What a token decision is given and what it gives back, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from idp.authorization_server import issued
from idp.authorization_server.audience import Audience
from idp.authorization_server.authorization import Authorization
from idp.authorization_server.issued import Found
from idp.authorization_server.jwt_access_token import LONGEST_LIFETIME_SECONDS
from idp.authorization_server.sender_constraint import SenderConstraint, token_type_of
from idp.protocol.claims import requested_claims
from idp.protocol.client import Client
from idp.protocol.resource_servers import NO_RESOURCE_SERVERS, ResourceServers
from idp.storage.database import Insert
from idp.storage.vault import Vault


class SignIdToken(Protocol):
    def __call__(self, client: Client, claims: Mapping[str, Any]) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Lifetimes:
    access_token: int
    id_token: int
    refresh_token: int


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """Everything a token decision needs; `found` is the code or refresh token the form names, if it exists.

    `access_token` is the value whose row was written when the code was redeemed; None for a refresh.
    """

    client: Client
    form: Mapping[str, str]
    found: Found | None
    issuer: str
    now: int
    lifetimes: Lifetimes
    vault: Vault
    sign_id_token: SignIdToken
    access_token: str | None = None
    sender: SenderConstraint | None = None
    """What the access token is bound to; None for a bearer token."""
    audience: Audience | None = None
    """Whom the access token is for; None for our own UserInfo endpoint."""
    resource_servers: ResourceServers = NO_RESOURCE_SERVERS

    @property
    def access_token_lifetime(self) -> int:
        longest = self.lifetimes.access_token
        return longest if self.audience is None else min(longest, LONGEST_LIFETIME_SECONDS)


@dataclass
class IssuedTokens:
    """The answer, and the rows that must be committed before anybody may see it."""

    authorization: Authorization
    response: dict[str, Any]
    inserts: list[Insert] = field(default_factory=list)


def issue_tokens(asked: TokenRequest, held: Authorization, *, scope: str | None, may_refresh: bool) -> IssuedTokens:
    """`held` is what the code or refresh token stands for; a narrower `scope` narrows the claims with it."""
    full = held.redeemed()
    authorization = full if scope in {None, full.scope} else _narrowed(full, scope or "")
    ends_at = asked.now + asked.access_token_lifetime
    access_token = asked.access_token
    if asked.audience is not None:
        authorization = asked.audience.of(authorization)
        access_token = asked.audience.token(
            authorization, issuer=asked.issuer, sender=asked.sender, now=asked.now, expires_at=ends_at
        )
    access_token = access_token or issued.new_value()
    response: dict[str, Any] = {
        "access_token": access_token,
        "token_type": token_type_of(asked.sender),
        "expires_in": asked.access_token_lifetime,
        "scope": authorization.scope,
    }
    if asked.audience is not None and asked.audience.details:
        response["authorization_details"] = list(asked.audience.details)
    tokens = IssuedTokens(authorization, response)
    if asked.access_token is None:
        tokens.inserts.append(
            issued.insert_access_token(
                access_token, authorization, expires_at=ends_at, vault=asked.vault, sender=asked.sender
            )
        )
    if may_refresh and full.is_offline and (asked.client.rules.rotates_refresh_tokens or not _is_refresh(asked)):
        response["refresh_token"] = refresh_token = issued.new_value()
        # A narrower access token does not narrow the refresh token (RFC 6749 §6).
        kept = _lasting(asked, full).bound_to(_sender_of_refresh(asked))
        tokens.inserts.append(
            issued.insert_refresh_token(
                refresh_token, kept, issued_at=asked.now, expires_at=_family_ends_at(asked), vault=asked.vault
            )
        )
    return tokens


def _lasting(asked: TokenRequest, full: Authorization) -> Authorization:
    """Without what was allowed once: that is in the first access token, and in no later one."""
    if full.authorization_details is None:
        return full
    kept = asked.resource_servers.lasting(full.authorization_details)
    return replace(full, authorization_details=kept or None)


def _sender_of_refresh(asked: TokenRequest) -> str | None:
    """A client that proves nothing else gets a refresh token that only its sender can use (RFC 9449 §5, RFC 8705 §4);
    that of any other client is bound to its authentication."""
    return asked.sender.text if asked.sender is not None and asked.client.is_public else None


def _family_ends_at(asked: TokenRequest) -> int:
    """A rotated refresh token inherits the end of its family: rotation never prolongs it (RFC 9700 §4.14.2)."""
    if _is_refresh(asked) and asked.found is not None:
        return asked.found.expires_at
    return asked.now + asked.lifetimes.refresh_token


def _is_refresh(asked: TokenRequest) -> bool:
    return asked.form.get("grant_type") == "refresh_token"


def _narrowed(authorization: Authorization, scope: str) -> Authorization:
    return authorization.narrowed(scope, frozenset(requested_claims(scope.split(), None)))
