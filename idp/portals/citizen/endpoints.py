"""Every address of a person's own space. A path that takes a form also answers GET: a login leads back to it."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.identity.links import ImpossibleTransition
from idp.identity.person_state import Contended, NotActive
from idp.portals.citizen import (
    asked,
    cases,
    history,
    identifiers,
    link_actions,
    overview,
    own_data,
    privacy,
    protection,
    second_factor,
    sources,
)
from idp.portals.guard import Handler, for_visitors
from idp.portals.portal import CITIZEN
from idp.portals.visitors import Visitor
from idp.services import Services

_LINK, _CONSENT, _CASE = "/sources/{link_id}", "/privacy/{consent_id}", "/cases/{case_id}"


def citizen_routes() -> list[Route]:
    return [
        _page("", overview.overview),
        _page("/sources", sources.sources),
        _form("/sources/add", sources.add_source),
        _page("/sources/added", sources.added),
        _form("/sources/blocks", sources.change_blocks),
        _form(f"{_LINK}/freeze", link_actions.freeze),
        _form(f"{_LINK}/unfreeze", link_actions.unfreeze),
        _form(f"{_LINK}/unlink", link_actions.unlink),
        _page("/identifiers", identifiers.identifiers),
        _page("/history", history.history),
        _form("/history/{record_id}/not-me", protection.not_my_login),
        _page("/privacy", privacy.privacy),
        _page(f"{_CONSENT}/receipt", privacy.receipt_page),
        _page(f"{_CONSENT}/receipt.jwt", privacy.receipt_token),
        _form(f"{_CONSENT}/withdraw", privacy.withdraw),
        _page("/protection", protection.protection),
        _form("/not-me", protection.not_me_at_all),
        _form("/lock", protection.lock),
        _form("/second-factor", second_factor.enrol),
        _form("/second-factor/remove", second_factor.remove_factor),
        _form("/export", own_data.export),
        _form("/close", own_data.close),
        _page("/asked", asked.asked),
        _form("/asked/{request_id}", asked.decide),
        _form("/asked/blocks/{client_id:path}", asked.allow),
        _page("/cases", cases.cases),
        Route(
            f"{CITIZEN.path}{_CASE}",
            for_visitors(CITIZEN, cases.case_page, linking=cases.settled_on_the_way),
            methods=["GET"],
        ),
        _form(f"{_CASE}/prove", cases.prove_now),
        _form(f"{_CASE}/withdraw", cases.withdraw),
        _form(f"{_CASE}/undo", cases.undo),
    ]


def _page(path: str, handler: Handler) -> Route:
    return Route(f"{CITIZEN.path}{path}", for_visitors(CITIZEN, handler), methods=["GET"])


def _form(path: str, handler: Handler) -> Route:
    return Route(f"{CITIZEN.path}{path}", for_visitors(CITIZEN, _settled(handler)), methods=["GET", "POST"])


def _settled(handler: Handler) -> Handler:
    """What another tab, another worker or an operator did in the same moment is looked at again, not reported."""

    async def settled(services: Services, request: Request, visitor: Visitor) -> Response:
        try:
            return await handler(services, request, visitor)
        except (Contended, ImpossibleTransition, NotActive):
            return RedirectResponse(CITIZEN.path, status_code=303)

    return settled
