"""What a code, an access token and a refresh token stand for: one login of one person at one service.

The value travels sealed from one to the next, so that a token request needs no look-up beside its own code.
It holds the claims that were released, never more of the identity than those.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import orjson


@dataclass(frozen=True, kw_only=True, repr=False)
class Authorization:
    """Bound to client, redirect URI, PKCE challenge, nonce and perhaps a key; all but the client are dropped once
    the code is redeemed."""

    client_id: str
    grant_id: str
    person_id: str
    session_id: str
    source_id: str
    sub: str
    scope: str
    acr: str
    amr: tuple[str, ...]
    auth_time: int
    userinfo_claims: Mapping[str, Any]
    id_token_claims: Mapping[str, Any]
    nonce: str | None = None
    redirect_uri: str | None = None
    code_challenge: str | None = None
    dpop_jkt: str | None = None
    resource: tuple[str, ...] | None = None
    authorization_details: tuple[Mapping[str, Any], ...] | None = None
    audience: str | None = None
    audience_sub: str | None = None
    """Of an access token for a resource server: which one, and its own `sub` of the person."""

    refresh_sender: str | None = None
    """Of a refresh token: who alone may use it, as `SenderConstraint.text` says it."""

    def __repr__(self) -> str:
        return f"Authorization(client_id={self.client_id!r}, grant_id={self.grant_id!r})"

    @property
    def is_offline(self) -> bool:
        return "offline_access" in self.scope.split()

    @property
    def reaches_resources(self) -> bool:
        """Whether access tokens for resource servers can be made of it (RFC 8707, RFC 9396)."""
        return self.resource is not None or self.authorization_details is not None

    def redeemed(self) -> Self:
        return replace(self, nonce=None, redirect_uri=None, code_challenge=None, dpop_jkt=None, refresh_sender=None)

    def bound_to(self, refresh_sender: str | None) -> Self:
        """As a refresh token keeps it."""
        return self if refresh_sender is None else replace(self, refresh_sender=refresh_sender)

    def narrowed(self, scope: str, allowed: Collection[str]) -> Self:
        """To another scope, and to those of its claims that are in `allowed`."""
        return replace(
            self,
            scope=scope,
            userinfo_claims={name: value for name, value in self.userinfo_claims.items() if name in allowed},
            id_token_claims={name: value for name, value in self.id_token_claims.items() if name in allowed},
        )

    def to_bytes(self) -> bytes:
        return orjson.dumps({name: value for name, value in vars(self).items() if value is not None})

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        values = orjson.loads(stored)
        for name in _TUPLES & values.keys():
            values[name] = tuple(values[name])
        # A field of a newer or older release is left out, so that both can run side by side during an upgrade.
        return cls(**{name: value for name, value in values.items() if name in _FIELDS})


_TUPLES = frozenset({"amr", "resource", "authorization_details"})
_FIELDS = frozenset(own.name for own in fields(Authorization))
