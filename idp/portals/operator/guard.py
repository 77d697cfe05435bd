"""Every page of the desk is entered here, by one path: who, with two factors, not idle, permitted, and recently for
whatever changes something. No page has a check of its own to forget.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.audit.log import audit_entry
from idp.audit.operator_events import OperatorRefused
from idp.operators.operator import Operator, operator_of_person
from idp.operators.permissions import Permission
from idp.portals.guard import form_token, read_own_form
from idp.portals.intents import keep_intent
from idp.portals.operator.desk import HOME, Desk, see
from idp.portals.operator.presence import last_seen, remember_seen, was_here
from idp.portals.portal import OPERATOR
from idp.portals.signing_in import sign_in
from idp.portals.visitors import Visitor, visitor_of
from idp.protocol.factors import uses_two_factors
from idp.services import Services, services_of
from idp.web.headers import page_response
from idp.web.locale import page_locale

IDLE_SECONDS: Final = 900
RECENT_SECONDS: Final = 900
# Decree 69/2024 article 20: the level that is about two different factors.
TWO_FACTORS: Final = ("nd69-02",)

Work = Callable[[Desk], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Door:
    """One address of the desk. `see` and `change` are the permissions of GET and POST.

    An address that only takes forms answers GET with the page above it, so that a login can lead back to it.
    """

    path: str
    see: Permission
    page: Work | None = None
    change: Permission | None = None
    act: Work | None = None

    def route(self) -> Route:
        async def endpoint(request: Request) -> Response:
            return await _enter(self, request)

        return Route(self.path, endpoint, methods=["GET"] if self.act is None else ["GET", "POST"])


async def _enter(door: Door, request: Request) -> Response:
    services = services_of(request)
    visitor = await visitor_of(services, request, OPERATOR)
    if visitor is None:
        return await _arrive(services, request)
    operator = await operator_of_person(services.database, visitor.person_id)
    if operator is None or not operator.is_at_work:
        return await _no_operator(services, request, visitor, operator)
    if not uses_two_factors(visitor.amr):
        return await sign_in(services, request, OPERATOR, return_to=_here(request), acr_values=TWO_FACTORS)
    if "sms" in visitor.amr:
        return _app_only(services, request, visitor)
    return await _work(door, request, services, visitor, operator)


async def _arrive(services: Services, request: Request) -> Response:
    """A browser that was at the desk before gives both factors at once. Any other may be a citizen's: one login says
    who it is, and nobody has to find a second factor only to be told that this page is not for them.
    """
    wanted = TWO_FACTORS if was_here(services, request) else None
    return await sign_in(services, request, OPERATOR, return_to=_here(request), acr_values=wanted)


async def _work(door: Door, request: Request, services: Services, visitor: Visitor, operator: Operator) -> Response:
    posted = request.method == "POST"
    now = int(services.clock())
    desk = Desk(
        services=services,
        request=request,
        visitor=visitor,
        operator=operator,
        locale=page_locale(request, services.cookies),
        now=now,
        form=await read_own_form(services, request, visitor) if posted else {},
    )
    present = max(visitor.auth_time, last_seen(services, request, visitor))
    if now - present > IDLE_SECONDS or (posted and now - visitor.auth_time > RECENT_SECONDS):
        return await _anew(desk)
    permission = door.change if posted else door.see
    if permission is None or not operator.may(permission):
        return await refuse(desk, permission or door.see, "not_permitted")
    response = await _answer(door, desk)
    remember_seen(services, response, visitor, now=now)
    return response


async def _answer(door: Door, desk: Desk) -> Response:
    work = door.act if desk.request.method == "POST" else door.page
    if work is None:
        return see(quote(desk.request.url.path.rpartition("/")[0]))
    return await work(desk)


async def _anew(desk: Desk) -> Response:
    """Both factors again, then back here; what was typed is kept and offered once more."""
    return_to = _here(desk.request)
    if desk.form:
        intent_id = await keep_intent(
            desk.services.database,
            desk.services.vault,
            visitor=desk.visitor,
            action=desk.request.url.path,
            form=desk.form,
            now=desk.now,
        )
        return_to = f"{HOME}/continue/{intent_id}"
    return await sign_in(
        desk.services,
        desk.request,
        OPERATOR,
        return_to=return_to,
        acr_values=TWO_FACTORS,
        # Not the whole of what is left: the pages in between take their time too.
        max_age=RECENT_SECONDS // 2,
    )


async def refuse(desk: Desk, permission: Permission, reason: str) -> Response:
    """The page of what this operator may not do; the attempt is in the log."""
    event = OperatorRefused(operator=desk.operator.id, permission=permission, reason=reason)
    await desk.services.database.commit(audit_entry(event, now_ms=desk.now * 1000))
    return desk.page("portals/operator/not_permitted", status=403, reason=reason)


async def _no_operator(services: Services, request: Request, visitor: Visitor, operator: Operator | None) -> Response:
    reason = "no_operator" if operator is None else "not_at_work"
    event = OperatorRefused(
        person_id=visitor.person_id,
        operator=None if operator is None else operator.id,
        permission=Permission.ENTER,
        reason=reason,
    )
    await services.database.commit(audit_entry(event, now_ms=int(services.clock() * 1000)))
    html = services.pages.render(
        "portals/operator/no_operator",
        locale=page_locale(request, services.cookies),
        path=request.url.path if request.method == "GET" else HOME,
        enrol=f"{HOME}/enrol",
    )
    return page_response(html, status=403)


def _app_only(services: Services, request: Request, visitor: Visitor) -> Response:
    """Two factors, but one of them a message: whoever takes a number over must not get to the desk with it."""
    leave = f"{HOME}/sign-out"
    html = services.pages.render(
        "portals/operator/app_only",
        locale=page_locale(request, services.cookies),
        path=request.url.path if request.method == "GET" else HOME,
        action=leave,
        csrf=form_token(services, visitor, leave),
    )
    return page_response(html, status=403)


def _here(request: Request) -> str:
    path = quote(request.url.path)
    return f"{path}?{request.url.query}" if request.method == "GET" and request.url.query else path
