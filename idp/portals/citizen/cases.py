"""`/me/cases`: what is open about this person, until when, and what they can do. Also where a QR code lands.

Only the person a case is about finds it. Nothing of the records it is compared with is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.errors import PageNotFound
from idp.identity.cases.case import Case, CaseKind, CaseStatus
from idp.identity.cases.decisions import withdraw_case
from idp.identity.cases.search import case_by_id, cases_of_person
from idp.identity.protection.misuse import undo_not_me
from idp.identity.recognition.differences import differences
from idp.portals.citizen.confirmation import Question, ask
from idp.portals.citizen.here import Here, moment
from idp.portals.citizen.proof import require_strong
from idp.portals.guard import read_own_form
from idp.portals.signing_in import sign_in
from idp.portals.visitors import Visitor
from idp.services import Services

_PLACE: Final = "/me/cases"
_OF_A_LOGIN: Final = frozenset({CaseKind.PROVE, CaseKind.REVIEW})


@dataclass(frozen=True, kw_only=True)
class OwnCase:
    reference: str
    title: str
    status: str
    next_step: str
    differing: Sequence[str]
    """One sentence a field, never what either record says."""
    opened: datetime
    due: datetime
    decided: datetime | None
    outcome: str
    url: str
    can_prove: bool
    can_withdraw: bool
    can_undo: bool


async def cases(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    found = await cases_of_person(services.database, services.vault, visitor.person_id)
    return here.page("portals/citizen/cases", cases=[_shown(here, case) for case in found])


async def case_page(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    case = await _own(here)
    prove = f"{_PLACE}/{case.id}/prove"
    return here.page("portals/citizen/case", case=_shown(here, case), prove=prove, csrf=here.token(prove), back=_PLACE)


async def settled_on_the_way(services: Services, request: Request) -> str | None:
    """Whoever comes by the QR code of a login that waits elsewhere proves both ends in this one login.

    The id is all that is known of them yet: it was shown to the person of the case alone, and opens nothing.
    """
    case = await case_by_id(services.database, services.vault, request.path_params["case_id"])
    return case.id if case is not None and _can_prove(case) else None


async def prove_now(services: Services, request: Request, visitor: Visitor) -> Response:
    """A login at both ends, in this browser; the linking step settles the case when it succeeds."""
    here = Here.of(services, request, visitor)
    case = await _own(here)
    place = f"{_PLACE}/{case.id}"
    if request.method == "GET" or not _can_prove(case):
        return here.go(place)
    await read_own_form(services, request, visitor)
    return await sign_in(services, request, visitor.portal, return_to=place, linking=case.id)


async def withdraw(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    case = await _own(here)
    if not _can_withdraw(case):
        return here.go(f"{_PLACE}/{case.id}")
    if request.method == "GET":
        return ask(here, _question(here, case, "case_withdraw"), action=request.url.path)
    await read_own_form(services, request, visitor)
    if not await withdraw_case(services.database, case=case, by="citizen", now=here.now):
        return here.go(f"{_PLACE}/{case.id}")
    return here.go(_PLACE, done="case_withdrawn")


async def undo(services: Services, request: Request, visitor: Visitor) -> Response:
    """ "It was me after all": the frozen source comes back, after a strong login by another one."""
    here = Here.of(services, request, visitor)
    case = await _own(here)
    if not _can_undo(case):
        return here.go(f"{_PLACE}/{case.id}")
    if request.method == "GET":
        return ask(here, _question(here, case, "undo"), action=request.url.path)
    form = await read_own_form(services, request, visitor)
    await require_strong(here, form=form)
    await undo_not_me(
        services.database,
        services.vault,
        person_id=visitor.person_id,
        case_id=case.id,
        by="citizen",
        now=here.now,
    )
    return here.go(f"{_PLACE}/{case.id}", done="undone")


async def _own(here: Here) -> Case:
    """Raises PageNotFound for somebody else's, as for one that never was."""
    case = await case_by_id(here.services.database, here.services.vault, here.request.path_params["case_id"])
    if case is None or case.person_id != here.visitor.person_id:
        raise PageNotFound
    return case


def _shown(here: Here, case: Case) -> OwnCase:
    step = case.kind.value if case.status is CaseStatus.OPEN else case.status.value
    return OwnCase(
        reference=case.reference,
        title=here.say(f"citizen.case.kind.{case.kind.value}"),
        status=here.say(f"citizen.case.status.{case.status.value}"),
        next_step=here.say(f"citizen.case.next.{step}"),
        differing=_differing(here, case),
        opened=moment(case.created_at),
        due=moment(case.due_at),
        decided=None if case.decided_at is None else moment(case.decided_at),
        outcome=here.say(f"citizen.case.outcome.{case.outcome.value}") if case.outcome else "",
        url=f"{_PLACE}/{case.id}",
        can_prove=_can_prove(case),
        can_withdraw=_can_withdraw(case),
        can_undo=_can_undo(case),
    )


def _differing(here: Here, case: Case) -> list[str]:
    if case.kind not in _OF_A_LOGIN or not case.is_undecided:
        return []
    return [
        here.say(f"linking.manner.{manner}", truong=here.say(f"linking.field.{field}"))
        for field, manner in differences(case.evidence.values())
    ]


def _can_prove(case: Case) -> bool:
    """What went to review is for people to look at: another login would prove no more."""
    return case.is_undecided and case.kind is CaseKind.PROVE


def _can_withdraw(case: Case) -> bool:
    """Two operators who are about to join records are not stopped half-way, and a "not me" is undone instead."""
    return case.status in (CaseStatus.OPEN, CaseStatus.DOCUMENT_ASKED) and case.kind in _OF_A_LOGIN


def _can_undo(case: Case) -> bool:
    return case.is_undecided and case.kind is CaseKind.NOT_ME


def _question(here: Here, case: Case, name: str) -> Question:
    return Question(
        title=here.say(f"citizen.{name}.title", ma=case.reference),
        body=here.say(f"citizen.{name}.body"),
        button=here.say(f"citizen.{name}.button"),
        back=f"{_PLACE}/{case.id}",
    )
