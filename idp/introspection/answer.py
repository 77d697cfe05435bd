"""What is told of a token, and to whom (RFC 7662 §2.2): the client it was issued to, and the resource server it is for.

Each hears its own identifier of the person; a resource server hears of its own scopes and details alone, because the
token holds no others. Pure.
"""

from typing import Any, Final

from idp.authorization_server.authorization import Authorization
from idp.authorization_server.issued import Found, Kind
from idp.authorization_server.sender_constraint import cnf_of, token_type_of
from idp.protocol.client import Client

NOTHING: Final = {"active": False}


def may_ask(asker: Client, authorization: Authorization) -> bool:
    """Everybody else's token is nothing to it."""
    return authorization.client_id == asker.client_id or _is_audience(asker, authorization)


def answer(asker: Client, authorization: Authorization, found: Found, kind: Kind, issuer: str) -> dict[str, Any]:
    """Of a token that is alive, as it stands now."""
    details = authorization.authorization_details if authorization.audience else None
    return {
        "active": True,
        "iss": issuer,
        "client_id": authorization.client_id,
        "sub": authorization.audience_sub if _is_audience(asker, authorization) else authorization.sub,
        "scope": authorization.scope,
        "token_type": "refresh_token" if kind is Kind.REFRESH_TOKEN else token_type_of(found.sender),
        "exp": found.expires_at,
        "acr": authorization.acr,
        "amr": list(authorization.amr),
        "auth_time": authorization.auth_time,
        **({"aud": authorization.audience} if authorization.audience else {}),
        **({"authorization_details": list(details)} if details else {}),
        **cnf_of(found.sender),
    }


def _is_audience(asker: Client, authorization: Authorization) -> bool:
    return authorization.audience is not None and authorization.audience == asker.resource
