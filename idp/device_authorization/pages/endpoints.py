"""`/device`: type the code, or compare it (RFC 8628 §3.3). `POST` answers the question, and nothing is begun before.

Looking a code up changes nothing, so its page has an address, survives a reload, and can be read in the other language.
Only who is here looks one up: another site's picture, frame or link fills in the field at most, and no site can use up
the guesses of the networks its visitors come from.
The form of the answer holds a token bound to this browser and to this very request: it can be neither sent from
elsewhere nor used for guessing.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.audit.device_events import DeviceRequestNotFound
from idp.audit.log import audit_entry
from idp.audit.polled_events import PolledRequestDenied
from idp.authorization_server.polled_decisions import Decided, begin_decision, decided
from idp.authorization_server.polled_requests import (
    PolledKind,
    PolledRequest,
    denying,
    find_by_handle,
    find_polled_request,
)
from idp.device_authorization.limits import may_be_opened, reserve_guess
from idp.device_authorization.user_code import canonical, shown
from idp.errors import SessionExpired
from idp.protocol.client import Client
from idp.services import Services, services_of
from idp.web.addresses import network_of
from idp.web.csrf import check_csrf, check_same_origin, csrf_token
from idp.web.fetch_site import is_sent_by_another_site
from idp.web.forms import read_form, read_query
from idp.web.headers import page_response
from idp.web.locale import page_locale
from idp.web.views import ServiceView

_PATH = "/device"
_AS_LONG_AS_BROWSERS_KEEP = 400 * 86_400
_LONGEST_ECHO = 16


@dataclass(frozen=True)
class _Waiting:
    """A device that waits, and the code that somebody typed for it."""

    polled: PolledRequest
    client: Client
    code: str


def page_routes() -> list[Route]:
    return [
        Route(_PATH, device_page, methods=["GET"]),
        Route(_PATH, answer_device, methods=["POST"]),
    ]


def address_index(services: Services, host: str) -> str:
    """The network of an address, for comparing and for nothing else: it cannot be turned back into one."""
    return services.vault.blind_index("device_network", network_of(host)).hex()


async def device_page(request: Request) -> Response:
    """The field, or what stands behind the code that was typed in it. One sentence for every code that is no good."""
    services, now = services_of(request), services_of(request).clock()
    typed = read_query(request).get("user_code", "")
    if not typed or is_sent_by_another_site(request.headers):
        return _field(services, request, typed=typed)
    waiting = await _waiting(services, request, typed, now=now)
    if waiting is None:
        return _field(services, request, typed=typed, wrong=True)
    return _question(services, request, waiting)


async def answer_device(request: Request) -> Response:
    """Begins an ordinary login, or ends the request for good."""
    services, now = services_of(request), services_of(request).clock()
    form = await read_form(request)
    request_id = form.get("request", "")
    check_same_origin(request.headers, services.settings.issuer)
    check_csrf(
        services.csrf_key,
        browser_id=services.browser_id(request),
        purpose=_purpose(request_id),
        token=form.get("csrf"),
    )
    polled = await find_polled_request(services.database, services.vault, request_id, now=int(now))
    if polled is None or polled.kind is not PolledKind.DEVICE_CODE:
        raise SessionExpired(private_detail="device_request_over", way_on=_PATH)
    if form.get("decision") == "refuse":
        return await _refuse(services, polled, now)
    lifetime = max(1, polled.expires_at - int(now))
    if not await may_be_opened(services, polled.id, lifetime=lifetime, now=int(now)):
        raise SessionExpired(private_detail="device_request_opened_too_often", way_on=_PATH)
    return await begin_decision(services, request, polled, now)


async def _waiting(services: Services, request: Request, typed: str, *, now: float) -> _Waiting | None:
    """Raises TooManyTries. The count of a right code is given back; a service that is gone is an unknown code."""
    host = request.client.host if request.client else ""
    given_back = await reserve_guess(services, host, now=int(now))
    code = canonical(typed)
    polled = None
    if code is not None:
        polled = await find_by_handle(services.database, services.vault, PolledKind.DEVICE_CODE, code, now=int(now))
    client = None if polled is None else await services.configuration.client(polled.client_id)
    if code is None or polled is None or client is None or client.disabled:
        await services.database.commit(audit_entry(DeviceRequestNotFound(), now_ms=int(now * 1000)))
        return None
    await services.database.commit(*given_back)
    return _Waiting(polled, client, code)


async def _refuse(services: Services, polled: PolledRequest, now: float) -> Response:
    """Somebody holds a code that is not theirs: whoever it belongs to hears no, and it is worth nothing any more."""
    event = PolledRequestDenied(client_id=polled.client_id, kind=polled.kind.value, reason="refused")
    entry = audit_entry(event, now_ms=int(now * 1000))
    if await services.database.commit(entry, gate=denying(polled.id, now=int(now))) is None:
        raise SessionExpired(private_detail="device_request_over", way_on=_PATH)
    return decided(Decided.REFUSED)


def _field(services: Services, request: Request, *, typed: str = "", wrong: bool = False) -> Response:
    page = services.pages.render(
        "device_authorization/code",
        locale=page_locale(request, services.cookies),
        path=_PATH,
        typed=typed[:_LONGEST_ECHO],
        wrong=wrong,
    )
    return page_response(page, status=400 if wrong else 200)


def _question(services: Services, request: Request, waiting: _Waiting) -> Response:
    polled, code = waiting.polled, shown(waiting.code)
    locale = page_locale(request, services.cookies, ui_locales=polled.request.ui_locales)
    known = services.browser_id(request)
    browser_id = known or secrets.token_urlsafe(32)
    page = services.pages.render(
        "device_authorization/compare",
        locale=locale,
        path=f"{_PATH}?user_code={code}",
        service=ServiceView.of(waiting.client, locale),
        user_code=code,
        asked_at=datetime.fromtimestamp(polled.created_at, UTC),
        other_network=_is_other_network(services, request, polled),
        action=_PATH,
        request_id=polled.id,
        csrf=csrf_token(services.csrf_key, browser_id=browser_id, purpose=_purpose(polled.id)),
    )
    response = page_response(page)
    if known is None:
        cookies = services.cookies
        kept = cookies.set(cookies.browser, browser_id, max_age=_AS_LONG_AS_BROWSERS_KEEP)
        response.headers.append("set-cookie", kept)
    return response


def _is_other_network(services: Services, request: Request, polled: PolledRequest) -> bool:
    """Known only where the device asked by itself. The same network is never told: a whole town may share one."""
    asked_from = polled.details.get("network")
    if not isinstance(asked_from, str):
        return False
    host = request.client.host if request.client else ""
    return not hmac.compare_digest(asked_from, address_index(services, host))


def _purpose(request_id: str) -> str:
    return f"device {request_id}"
