"""`POST /introspect`. A token that is not alive, or neither the asker's nor for it, is `{"active": false}`: no more."""

from dataclasses import replace
from typing import Any, Final

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
from idp.authorization_server.encrypted_answers import recipient_of
from idp.authorization_server.issued import (
    Found,
    Kind,
    find_access_token,
    find_refresh_token,
    find_resource_token,
)
from idp.authorization_server.json_answers import error_response, json_answer
from idp.authorization_server.standing import as_granted_now
from idp.errors import InvalidRequest, OAuthError
from idp.introspection.answer import NOTHING, answer, may_ask
from idp.introspection.signed_answer import MEDIA_TYPE, algorithm_for, signed_answer
from idp.protocol.client import Client
from idp.services import Services, services_of


async def introspect(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    asked: ClientRequest | None = None
    try:
        asked = await read_client_request(services, request, endpoint="/introspect", now=int(now))
        token = asked.form.get("token")
        if not token:
            raise InvalidRequest("token is missing")
        asker, issuer = asked.client, services.settings.issuer
        alg = algorithm_for(asker, request.headers.getlist("accept"))
        wanted = None if alg is None else asker.introspection_encryption
        recipient = await recipient_of(services, asker, wanted, now=int(now))
        kind, found = await _find(services, asker, token, hint=asked.form.get("token_type_hint"))
        if found is not None and not may_ask(asker, found.authorization):
            found = None
        standing = None if found is None else await _standing(services, asker, found, now=int(now))
        told: dict[str, Any] = dict(NOTHING)
        if found is not None and standing is not None:
            told = answer(asker, standing, found, kind, issuer)
        event = TokenIntrospected(
            client_id=asked.client.client_id,
            grant_id=found.authorization.grant_id if found else None,
            active=str(told["active"]).lower(),
        )
        await commit_for(services, asked, audit_entry(event, now_ms=int(now * 1000)))
    except OAuthError as error:
        refused = TokenRequestRefused(client_id=asked.client.client_id if asked else None, error=error.error)
        refusal = await note_refusal(services, asked, error, refused, now=now)
        return error_response(refusal, used_basic="authorization" in request.headers)
    if alg is None:
        return json_answer(told)
    signed = signed_answer(told, asker, alg=alg, issuer=issuer, now=int(now), sign=services.sign)
    if recipient is not None:
        signed = recipient.encrypted(signed)
    return Response(signed, media_type=MEDIA_TYPE, headers={"cache-control": "no-store"})


async def _standing(services: Services, asker: Client, found: Found, *, now: int) -> Authorization | None:
    """What of it counts today. A resource server's question is also about the service that uses the token."""
    authorization = found.authorization
    if not found.is_usable(now):
        return None
    owner = asker
    if authorization.client_id != asker.client_id:
        known = await services.configuration.client(authorization.client_id)
        if known is None or known.disabled:
            return None
        owner = known
    audience, servers = authorization.audience, services.configuration.resource_servers
    if audience is not None and servers.open_to(owner, audience) is None:
        return None
    standing = as_granted_now(authorization, owner, services.configuration.is_switched_off)
    if standing is None or audience is None or audience != asker.resource:
        return standing
    # A resource server is narrowed like a service is, and what it may see less of, it may see less of at once.
    return replace(standing, scope=" ".join(scope for scope in standing.scope.split() if scope in asker.scope))


async def _find(services: Services, asker: Client, token: str, *, hint: str | None) -> tuple[Kind, Found | None]:
    """The hint only says where to look first (RFC 7662 §2.1)."""
    kinds = [Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN]
    if asker.allowed_resources:
        kinds.append(Kind.RESOURCE_TOKEN)
    if hint == "refresh_token":
        kinds.reverse()
    if asker.resource is not None:
        kinds = [Kind.RESOURCE_TOKEN, *kinds]
    for kind in dict.fromkeys(kinds):
        found = await _FINDERS[kind](services.database, services.vault, token)
        if found is not None:
            return kind, found
    return Kind.ACCESS_TOKEN, None


_FINDERS: Final = {
    Kind.ACCESS_TOKEN: find_access_token,
    Kind.REFRESH_TOKEN: find_refresh_token,
    Kind.RESOURCE_TOKEN: find_resource_token,
}
