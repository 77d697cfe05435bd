"""What every portal answers the same way: the callback, signing out, and going on after a fresh login."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.portals.guard import for_visitors, form_token, read_own_form
from idp.portals.intents import kept_intent
from idp.portals.portal import Portal
from idp.portals.signing_in import finish_sign_in
from idp.portals.visitors import Visitor
from idp.services import Services, services_of
from idp.sessions.ending import end_session
from idp.web.headers import page_response
from idp.web.locale import page_locale


def sign_in_routes(portal: Portal) -> list[Route]:
    async def callback(request: Request) -> Response:
        return await finish_sign_in(services_of(request), request, portal)

    return [
        Route(portal.callback, callback, methods=["GET"]),
        Route(f"{portal.path}/sign-out", for_visitors(portal, _sign_out), methods=["GET", "POST"]),
        Route(f"{portal.path}/continue/{{intent_id}}", for_visitors(portal, _go_on), methods=["GET"]),
    ]


async def _sign_out(services: Services, request: Request, visitor: Visitor) -> Response:
    """Ends the whole session, with every service of it: whoever leaves here leaves nothing open behind them."""
    if request.method == "GET":
        return RedirectResponse(visitor.portal.path, status_code=303)
    await read_own_form(services, request, visitor)
    await end_session(
        services.database,
        services.vault,
        services.configuration.client,
        session_id=visitor.session_id,
        reason="person",
        now=services.clock(),
    )
    services.outbox_poke()
    response = RedirectResponse("/", status_code=303)
    for name in (services.cookies.portal(visitor.portal.cookie), services.cookies.session):
        response.headers.append("set-cookie", services.cookies.delete(name))
    return response


async def _go_on(services: Services, request: Request, visitor: Visitor) -> Response:
    """Shows that the login was done and offers to send the interrupted form: no GET changes anything by itself."""
    intent = await kept_intent(
        services.database,
        services.vault,
        visitor=visitor,
        intent_id=request.path_params["intent_id"],
        now=int(services.clock()),
    )
    if intent is None:
        return RedirectResponse(visitor.portal.path, status_code=303)
    html = services.pages.render(
        "portals/go_on",
        locale=page_locale(request, services.cookies),
        path=request.url.path,
        action=intent.action,
        csrf=form_token(services, visitor, intent.action),
        hidden=intent.form,
        back=visitor.portal.path,
    )
    return page_response(html)
