"""`POST /bc-authorize` (CIBA Core 7): authenticate the client, read what it asks, keep it, have the person told."""

import secrets
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.log import audit_entry
from idp.audit.polled_events import PolledRequestRefused, PolledRequestStored
from idp.authorization_server.authenticated_client import ClientRequest, commit_for, note_refusal, read_client_request
from idp.authorization_server.issued import new_value
from idp.authorization_server.json_answers import error_response, json_answer
from idp.authorization_server.ping_messages import AUTH_REQ_ID, NOTIFICATION_TOKEN
from idp.authorization_server.polled_decisions import ended_beside
from idp.authorization_server.polled_requests import (
    PolledKind,
    PolledRequest,
    insert_polled_request,
    new_polled_request,
)
from idp.backchannel_authentication.addressee import Addressee, addressee_of
from idp.backchannel_authentication.limits import counted
from idp.backchannel_authentication.request import RULES, Asked
from idp.backchannel_authentication.signed_request import parameters_of
from idp.backchannel_authentication.telling import to_be_told
from idp.errors import OAuthError
from idp.protocol.backchannel import DeliveryMode
from idp.services import Services, services_of

INTERVAL_SECONDS: Final = 5
_PATH: Final = "/bc-authorize"


async def authenticate_elsewhere(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    sent: ClientRequest | None = None
    try:
        sent = await read_client_request(services, request, endpoint=_PATH, now=int(now))
        auth_req_id = new_value()
        polled, addressee = await _read(services, sent, auth_req_id, now)
        beside = await ended_beside(services, polled, people=addressee.also, now=int(now))
        event = PolledRequestStored(client_id=polled.client_id, kind=polled.kind.value)
        await commit_for(
            services,
            sent,
            insert_polled_request(polled, value=auth_req_id, vault=services.vault),
            *beside,
            to_be_told(polled, vault=services.vault, now=int(now)),
            audit_entry(event, now_ms=int(now * 1000)),
        )
    except OAuthError as error:
        refused = PolledRequestRefused(
            client_id=sent.client.client_id if sent else None,
            kind=PolledKind.CIBA.value,
            error=error.error,
            rule=error.error_description or None,
        )
        refusal = await note_refusal(services, sent, error, refused, now=now)
        return error_response(refusal, used_basic="authorization" in request.headers)
    services.outbox_poke()
    return json_answer(
        {
            "auth_req_id": auth_req_id,
            "expires_in": polled.expires_at - polled.created_at,
            "interval": polled.poll_interval,
            # Ours: the service shows it beside what it asks; the person compares it with what we show them.
            "matching_number": polled.number,
        }
    )


async def _read(
    services: Services, sent: ClientRequest, auth_req_id: str, now: float
) -> tuple[PolledRequest, Addressee]:
    """Raises OAuthError."""
    parameters, signed = await parameters_of(services, sent.client, sent.form, now=int(now))
    asked = Asked(client=sent.client, parameters=parameters, signed=signed)
    for rule in RULES:
        rule(asked)
    addressee = await addressee_of(services, asked, now=now)
    addressee = await counted(services, sent.client, addressee, now=int(now))
    polled = new_polled_request(
        PolledKind.CIBA,
        auth_req_id,
        asked.to_decide(),
        lifetime=asked.expiry(services.settings.backchannel_request_lifetime),
        interval=INTERVAL_SECONDS,
        now=int(now),
        person_id=addressee.person_id,
        details=_details(asked, auth_req_id),
    )
    return polled, addressee


def _details(asked: Asked, auth_req_id: str) -> dict[str, Any]:
    details: dict[str, Any] = {"number": str(10 + secrets.randbelow(90)), "message": asked.message}
    if asked.registration.delivery_mode is DeliveryMode.PING:
        details[AUTH_REQ_ID] = auth_req_id
        details[NOTIFICATION_TOKEN] = asked.parameters["client_notification_token"]
    return details
