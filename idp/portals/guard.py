"""Pages for visitors only: others log in first and come back; so do those whose login is not fresh enough."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from idp.portals.intents import keep_intent
from idp.portals.portal import Portal
from idp.portals.signing_in import sign_in
from idp.portals.visitors import RecentLoginNeeded, Visitor, visitor_of
from idp.services import Services, services_of
from idp.web.csrf import check_csrf, check_same_origin, csrf_token
from idp.web.forms import read_form

Handler = Callable[[Services, Request, Visitor], Awaitable[Response]]
Wish = Callable[[Services, Request], Awaitable[str | None]]


def for_visitors(
    portal: Portal, handler: Handler, *, linking: Wish | None = None
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint. Every path that takes a form also answers GET, so that a login can lead back to it.

    `linking` may name what the login of somebody who is not here yet shall settle on the way.
    """

    async def endpoint(request: Request) -> Response:
        services = services_of(request)
        visitor = await visitor_of(services, request, portal)
        if visitor is None:
            wished = await linking(services, request) if linking else None
            return await sign_in(services, request, portal, return_to=_here(request), linking=wished)
        try:
            return await handler(services, request, visitor)
        except RecentLoginNeeded as needed:
            return await _anew(services, request, visitor, needed)

    return endpoint


def form_token(services: Services, visitor: Visitor, action: str) -> str:
    """For a form of this visitor's that is sent to `action`, a path."""
    return csrf_token(services.csrf_key, browser_id=visitor.session_id, purpose=_purpose(visitor, action))


async def read_own_form(services: Services, request: Request, visitor: Visitor) -> dict[str, str]:
    """A form of ours, for this session and this path. Raises CsrfRefused, CrossSiteRefused, MalformedRequest."""
    form = await read_form(request)
    check_same_origin(request.headers, services.settings.issuer)
    check_csrf(
        services.csrf_key,
        browser_id=visitor.session_id,
        purpose=_purpose(visitor, request.url.path),
        token=form.get("csrf"),
    )
    return form


async def _anew(services: Services, request: Request, visitor: Visitor, needed: RecentLoginNeeded) -> Response:
    return_to = _here(request)
    if needed.form is not None:
        intent_id = await keep_intent(
            services.database,
            services.vault,
            visitor=visitor,
            action=request.url.path,
            form=needed.form,
            now=int(services.clock()),
        )
        return_to = f"{visitor.portal.path}/continue/{intent_id}"
    return await sign_in(
        services,
        request,
        visitor.portal,
        return_to=return_to,
        acr_values=None if needed.level is None else (needed.level.acr,),
        # Not the whole of what is left: the pages in between take their time too.
        max_age=needed.seconds // 2,
    )


def _here(request: Request) -> str:
    path = quote(request.url.path)
    return f"{path}?{request.url.query}" if request.method == "GET" and request.url.query else path


def _purpose(visitor: Visitor, action: str) -> str:
    return f"portal {visitor.portal.client_id} {action}"
