"""Every address of a person's own space. A path that takes a form also answers GET: a login leads back to it."""

from starlette.routing import Route

from idp.portals.citizen import (
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

_LINK, _CONSENT, _CASE = "/sources/{link_id}", "/privacy/{consent_id}", "/cases/{case_id}"


def citizen_routes() -> list[Route]:
    return [
        _page("", overview.overview),
        _page("/sources", sources.sources),
        _form("/sources/add", sources.add_source),
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
        _page("/cases", cases.cases),
        _page(_CASE, cases.case_page),
        _form(f"{_CASE}/prove", cases.prove_now),
        _form(f"{_CASE}/withdraw", cases.withdraw_case),
        _form(f"{_CASE}/undo", cases.undo),
    ]


def _page(path: str, handler: Handler) -> Route:
    return Route(f"{CITIZEN.path}{path}", for_visitors(CITIZEN, handler), methods=["GET"])


def _form(path: str, handler: Handler) -> Route:
    return Route(f"{CITIZEN.path}{path}", for_visitors(CITIZEN, handler), methods=["GET", "POST"])
