"""`POST /subject-changes`. A `sub` that is unknown, another sector's or unchanged is one and the same answer."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import TokenRequestRefused
from idp.audit.log import audit_entry
from idp.audit.person_events import SubjectChangeAsked
from idp.authorization_server.authenticated_client import (
    ClientRequest,
    commit_for,
    note_refusal,
    read_client_request,
)
from idp.authorization_server.json_answers import error_response, json_answer
from idp.errors import InvalidRequest, OAuthError
from idp.identity.merging.retired_subjects import successor_of
from idp.services import services_of


async def subject_changes(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    asked: ClientRequest | None = None
    try:
        asked = await read_client_request(services, request, endpoint="/subject-changes", now=int(now))
        sub = asked.form.get("sub")
        if not sub:
            raise InvalidRequest("sub is missing")
        # The same one look-up whatever comes of it, so that its time says nothing either.
        successor = await successor_of(services.database, sector=asked.client.sector, sub=sub, now=now)
        answer: dict[str, Any] = {"changed": False}
        if successor is not None:
            answer = {"changed": True, "sub": successor.sub, "changed_at": successor.changed_at}
        event = SubjectChangeAsked(client_id=asked.client.client_id, changed=str(answer["changed"]).lower())
        await commit_for(services, asked, audit_entry(event, now_ms=int(now * 1000)))
    except OAuthError as error:
        refused = TokenRequestRefused(client_id=asked.client.client_id if asked else None, error=error.error)
        refusal = await note_refusal(services, asked, error, refused, now=now)
        return error_response(refusal, used_basic="authorization" in request.headers)
    return json_answer(answer)
