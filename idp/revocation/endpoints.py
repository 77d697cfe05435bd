"""`POST /revoke`. A refresh token takes its whole grant with it (RFC 7009 §2.1)."""

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import TokenRequestRefused, TokenRevoked
from idp.audit.log import audit_entry
from idp.authorization_server.authenticated_client import (
    ClientRequest,
    commit_for,
    note_refusal,
    read_client_request,
)
from idp.authorization_server.issued import (
    find_access_token,
    find_refresh_token,
    find_resource_token,
    revoke_access_token,
    revoke_grant,
)
from idp.authorization_server.json_answers import error_response
from idp.errors import InvalidRequest, OAuthError
from idp.services import Services, services_of


async def revoke(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    asked: ClientRequest | None = None
    try:
        asked = await read_client_request(services, request, endpoint="/revoke", now=int(now), admits_public=True)
        if not asked.form.get("token"):
            raise InvalidRequest("token is missing")
        if asked.used:
            # On its own: it stays used where there is nothing to revoke.
            await commit_for(services, asked)
        await _revoke(services, asked, now)
    except OAuthError as error:
        refused = TokenRequestRefused(client_id=asked.client.client_id if asked else None, error=error.error)
        refusal = await note_refusal(services, asked, error, refused, now=now)
        return error_response(refusal, used_basic="authorization" in request.headers)
    return Response(status_code=200, headers={"cache-control": "no-store"})


async def _revoke(services: Services, asked: ClientRequest, now: float) -> None:
    """An unknown token and somebody else's are left alone, without a word (RFC 7009 §2.2)."""
    value = asked.form["token"]
    refresh = await find_refresh_token(services.database, services.vault, value)
    found = (
        refresh
        or await find_access_token(services.database, services.vault, value)
        or await find_resource_token(services.database, services.vault, value)
    )
    if found is None or found.authorization.client_id != asked.client.client_id:
        return
    authorization = found.authorization
    gate = revoke_grant(authorization.grant_id, now=int(now)) if refresh else revoke_access_token(value, now=int(now))
    event = TokenRevoked(
        client_id=authorization.client_id,
        person_id=authorization.person_id,
        grant_id=authorization.grant_id,
        token_kind="refresh_token" if refresh else "access_token",
    )
    await services.database.commit(audit_entry(event, now_ms=int(now * 1000)), gate=gate)
