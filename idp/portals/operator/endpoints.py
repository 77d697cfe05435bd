"""Every address of the operators' desk with what it takes to open it, in one table."""

from typing import Final

from starlette.routing import Route

from idp.operators.permissions import Permission
from idp.portals.guard import for_visitors
from idp.portals.operator import case_decisions, case_work, people_work
from idp.portals.operator.case_page import case_page
from idp.portals.operator.desk import HOME
from idp.portals.operator.enrolment import ENROL, app_page, code_page
from idp.portals.operator.guard import Door, Work
from idp.portals.operator.key_work import KEYS_PAGE, keys_page, propose_change, second_change
from idp.portals.operator.people import look, person_page
from idp.portals.operator.queue import queue_page
from idp.portals.operator.search import search, search_page
from idp.portals.operator.staff import change_staff, staff_page
from idp.portals.portal import OPERATOR

_CASE: Final = f"{HOME}/cases/{{reference}}"
_PERSON: Final = f"{HOME}/people/{{person_id}}"


def _form(path: str, permission: Permission, act: Work) -> Door:
    """An address below a page that only takes its form; whoever may not send it is not led back through it either."""
    return Door(path=path, see=permission, change=permission, act=act)


DOORS: Final = (
    Door(path=HOME, see=Permission.ENTER, page=queue_page),
    Door(path=f"{HOME}/search", see=Permission.SEARCH, page=search_page, change=Permission.SEARCH, act=search),
    Door(path=_CASE, see=Permission.SEE_QUEUE, page=case_page),
    _form(f"{_CASE}/look", Permission.REVEAL, case_work.look),
    _form(f"{_CASE}/note", Permission.NOTE, case_work.note),
    _form(f"{_CASE}/document", Permission.NOTE, case_work.document),
    _form(f"{_CASE}/merge", Permission.PROPOSE, case_work.merge),
    _form(f"{_CASE}/apart", Permission.PROPOSE, case_work.apart),
    _form(f"{_CASE}/second", Permission.SECOND, case_decisions.second),
    _form(f"{_CASE}/report", Permission.UNLOCK, case_decisions.report),
    _form(f"{_CASE}/unlock", Permission.UNLOCK, case_decisions.unlock),
    _form(f"{_CASE}/close", Permission.UNLOCK, case_decisions.close),
    Door(path=_PERSON, see=Permission.REVEAL, page=person_page),
    _form(f"{_PERSON}/look", Permission.REVEAL, look),
    _form(f"{_PERSON}/unlock", Permission.UNLOCK, people_work.unlock),
    _form(f"{_PERSON}/unfreeze", Permission.UNLOCK, people_work.unfreeze),
    _form(f"{_PERSON}/second-factor", Permission.UNLOCK, people_work.reset_second_factor),
    _form(f"{_PERSON}/split", Permission.SPLIT, people_work.split),
    Door(path=KEYS_PAGE, see=Permission.CHANGE_KEYS, page=keys_page),
    _form(f"{KEYS_PAGE}/propose", Permission.CHANGE_KEYS, propose_change),
    _form(f"{KEYS_PAGE}/second", Permission.CHANGE_KEYS, second_change),
    Door(
        path=f"{HOME}/operators",
        see=Permission.MANAGE_OPERATORS,
        page=staff_page,
        change=Permission.MANAGE_OPERATORS,
        act=change_staff,
    ),
)


def operator_routes() -> list[Route]:
    """The enrolment is for who is no operator yet; everything else is behind a door."""
    return [
        Route(ENROL, for_visitors(OPERATOR, code_page), methods=["GET", "POST"]),
        Route(f"{ENROL}/{{enrolment_id}}", for_visitors(OPERATOR, app_page), methods=["GET", "POST"]),
        *(door.route() for door in DOORS),
    ]
