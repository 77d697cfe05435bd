"""The resource server that one access token is for, and what of an authorization it gets to see. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from idp.authorization_server.authorization import Authorization
from idp.authorization_server.encrypted_answers import Recipient
from idp.authorization_server.jwt_access_token import TYP, access_token_claims
from idp.authorization_server.sender_constraint import SenderConstraint
from idp.errors import InvalidScope
from idp.protocol.authorization_details import Detail
from idp.protocol.client import Client

Sign = Callable[[str, str, Mapping[str, Any]], str]


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Of one access token: the resource server, what may be done there, and how the person is called there."""

    server: Client
    resource: str
    sub: str
    details: tuple[Detail, ...]
    sign: Sign
    recipient: Recipient | None = None
    """Whose key the token is encrypted with: then the service that carries it cannot read this `sub` in it."""

    def of(self, authorization: Authorization) -> Authorization:
        """The part of it that this resource server gets to see: its own scopes, its own details, its own `sub`.

        Raises InvalidScope where nothing is left: a token without a scope cannot be told from one with all of them.
        """
        scope = " ".join(scope for scope in authorization.scope.split() if scope in self.server.scope)
        if not scope:
            raise InvalidScope("the scope holds nothing for this resource")
        return replace(
            authorization,
            scope=scope,
            resource=None,
            authorization_details=self.details or None,
            audience=self.resource,
            audience_sub=self.sub,
            userinfo_claims={},
            id_token_claims={},
        )

    def token(
        self, narrow: Authorization, *, issuer: str, sender: SenderConstraint | None, now: int, expires_at: int
    ) -> str | None:
        """A JWT, where the resource server is registered for one; None where the value says nothing."""
        alg = self.server.access_token_signed_response_alg
        if alg is None:
            return None
        claims = access_token_claims(narrow, issuer=issuer, sender=sender, now=now, expires_at=expires_at)
        signed = self.sign(alg, TYP, claims)
        return signed if self.recipient is None else self.recipient.encrypted(signed)
