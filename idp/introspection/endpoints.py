"""`POST /introspect`. Anything that is not alive and the asker's own is `{"active": false}`, and nothing more."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import TokenIntrospected, TokenRequestRefused
from idp.audit.log import audit_entry
from idp.authorization_server.authenticated_client import (
    ClientRequest,
    commit_for,
    note_refusal,
    read_client_request,
)
from idp.authorization_server.authorization import Authorization
from idp.authorization_server.issued import Found, Kind, find_access_token, find_refresh_token
from idp.authorization_server.json_answers import error_response, json_answer
from idp.authorization_server.sender_constraint import cnf_of, token_type_of
from idp.authorization_server.standing import as_granted_now
from idp.errors import InvalidRequest, OAuthError
from idp.services import Services, services_of


async def introspect(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    asked: ClientRequest | None = None
    try:
        asked = await read_client_request(services, request, endpoint="/introspect", now=int(now))
        token = asked.form.get("token")
        if not token:
            raise InvalidRequest("token is missing")
        kind, found = await _find(services, token, hint=asked.form.get("token_type_hint"))
        own = found is not None and found.authorization.client_id == asked.client.client_id
        standing = None
        if found is not None and own and found.is_usable(int(now)):
            standing = as_granted_now(found.authorization, asked.client, services.configuration.is_switched_off)
        answer: dict[str, Any] = {"active": False}
        if found is not None and standing is not None:
            answer = _answer(standing, found, kind, services.settings.issuer)
        event = TokenIntrospected(
            client_id=asked.client.client_id,
            grant_id=found.authorization.grant_id if found and own else None,
            active=str(answer["active"]).lower(),
        )
        await commit_for(services, asked, audit_entry(event, now_ms=int(now * 1000)))
    except OAuthError as error:
        refused = TokenRequestRefused(client_id=asked.client.client_id if asked else None, error=error.error)
        refusal = await note_refusal(services, asked, error, refused, now=now)
        return error_response(refusal, used_basic="authorization" in request.headers)
    return json_answer(answer)


async def _find(services: Services, token: str, *, hint: str | None) -> tuple[Kind, Found | None]:
    """The hint only says where to look first (RFC 7662 §2.1)."""
    kinds = [Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN]
    for kind in reversed(kinds) if hint == "refresh_token" else kinds:
        if kind is Kind.ACCESS_TOKEN:
            found = await find_access_token(services.database, services.vault, token)
        else:
            found = await find_refresh_token(services.database, services.vault, token)
        if found is not None:
            return kind, found
    return Kind.ACCESS_TOKEN, None


def _answer(authorization: Authorization, found: Found, kind: Kind, issuer: str) -> dict[str, Any]:
    return {
        "active": True,
        "iss": issuer,
        "client_id": authorization.client_id,
        "sub": authorization.sub,
        "scope": authorization.scope,
        "token_type": token_type_of(found.sender) if kind is Kind.ACCESS_TOKEN else "refresh_token",
        "exp": found.expires_at,
        "acr": authorization.acr,
        "amr": list(authorization.amr),
        "auth_time": authorization.auth_time,
        **cnf_of(found.sender),
    }
