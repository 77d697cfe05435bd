"""`POST /device_authorization` (RFC 8628 §3.1), for devices."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.audit.log import audit_entry
from idp.audit.polled_events import PolledRequestRefused, PolledRequestStored
from idp.authorization_server.authenticated_client import (
    AssertionReplayed,
    ClientRequest,
    commit_for,
    note_refusal,
    read_client_request,
)
from idp.authorization_server.issued import new_value
from idp.authorization_server.json_answers import error_response, json_answer
from idp.authorization_server.polled_requests import PolledKind, insert_polled_request, new_polled_request
from idp.device_authorization.limits import count_request
from idp.device_authorization.pages.endpoints import address_index, page_routes
from idp.device_authorization.request import read_request
from idp.device_authorization.user_code import new_user_code, shown
from idp.errors import OAuthError
from idp.protocol.redirect_uris import with_parameters
from idp.services import Services, services_of

LIFETIME_SECONDS: Final = 600
INTERVAL_SECONDS: Final = 5
_PATH: Final = "/device_authorization"
# Two codes out of three hundred thousand million seldom meet.
_CHOICES: Final = 3


def device_routes() -> list[Route]:
    return [Route(_PATH, ask_elsewhere, methods=["POST"]), *page_routes()]


async def ask_elsewhere(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    sent: ClientRequest | None = None
    try:
        sent = await read_client_request(services, request, endpoint=_PATH, now=int(now), admits_public=True)
        answer = await _stored(services, request, sent, now)
    except OAuthError as error:
        refused = PolledRequestRefused(
            client_id=sent.client.client_id if sent else None,
            kind=PolledKind.DEVICE_CODE.value,
            error=error.error,
            rule=error.error_description or None,
        )
        refusal = await note_refusal(services, sent, error, refused, now=now)
        return error_response(refusal, used_basic="authorization" in request.headers)
    return json_answer(answer)


async def _stored(services: Services, request: Request, sent: ClientRequest, now: float) -> dict[str, Any]:
    """Raises OAuthError."""
    asked = read_request(sent.client, sent.form, resource_servers=services.configuration.resource_servers)
    host = request.client.host if request.client else ""
    if sent.client.is_public:
        await count_request(services, asked.client_id, host, now=int(now))
    # Where a service's own server asks, its network says nothing about the person's.
    network = {"network": address_index(services, host)} if sent.client.is_public else {}
    device_code = new_value()
    told = PolledRequestStored(client_id=asked.client_id, kind=PolledKind.DEVICE_CODE.value)
    event = audit_entry(told, now_ms=int(now * 1000))
    for choice in range(_CHOICES):
        user_code = new_user_code()
        polled = new_polled_request(
            PolledKind.DEVICE_CODE,
            device_code,
            asked,
            lifetime=LIFETIME_SECONDS,
            interval=INTERVAL_SECONDS,
            now=int(now),
            # Shown once more where the person agrees.
            details={"number": shown(user_code), **network},
        )
        stored = insert_polled_request(polled, value=device_code, vault=services.vault, handle=user_code)
        try:
            await commit_for(services, sent, stored, event)
        except AssertionReplayed:
            # Where nothing could have been replayed, it was the code that is taken.
            if sent.used or choice == _CHOICES - 1:
                raise
            continue
        break
    address = f"{services.settings.issuer}/device"
    return {
        "device_code": device_code,
        "user_code": shown(user_code),
        "verification_uri": address,
        "verification_uri_complete": with_parameters(address, {"user_code": shown(user_code)}),
        "expires_in": LIFETIME_SECONDS,
        "interval": INTERVAL_SECONDS,
    }
