"""One case: records side by side with what the match found, what was said so far, and what this operator may do."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from starlette.responses import Response

from idp.identity.cases.case import CaseKind, CaseStatus
from idp.operators.looks import LookReason, note_opened
from idp.operators.operator import operator_by_id
from idp.operators.permissions import Permission
from idp.portals.operator.case_file import CaseFile, case_file, records_of, successions_between
from idp.portals.operator.comparison import side_by_side
from idp.portals.operator.desk import HOME, Desk, see
from idp.portals.operator.evidence import Explained, explain
from idp.portals.operator.guard import refuse
from idp.portals.operator.notes import NoteKind, proposed, read_notes
from idp.portals.operator.queue import queue_rows


class Document(StrEnum):
    """What may be asked for; it is brought to the one-stop office, never sent."""

    IDENTITY_CARD = "identity_card"
    BIRTH_CERTIFICATE = "birth_certificate"
    NUMBER_CONTRACT = "number_contract"


class Trouble(StrEnum):
    """Why a form was not carried out; the page says it above everything else."""

    RACED = "raced"
    """Somebody else changed the case meanwhile: what they did is on this page."""
    DECIDED = "decided"
    NO_WORDS = "no_words"
    LOOK_FIRST = "look_first"
    SAME_OPERATOR = "same_operator"
    SAME_PERSON = "same_person"
    PROPOSER_GONE = "proposer_gone"
    CONCERNED = "concerned"
    NOT_ACTIVE = "not_active"
    DIFFERENT_PERSONAL_IDS = "different_personal_ids"
    TWO_OPERATORS = "two_operators"
    LATER_MERGE = "later_merge"
    NOT_POSSIBLE = "not_possible"
    """Anything else that the domain refuses at the moment it would act."""


@dataclass(frozen=True, kw_only=True)
class Offers:
    """Which forms the page shows."""

    merge: bool
    apart: bool
    document: bool
    note: bool
    second: bool
    report: bool
    unlock: bool
    close: bool


async def case_page(desk: Desk) -> Response:
    found = await case_file(desk)
    if found.case.reference != desk.request.path_params["reference"]:
        return see(f"{HOME}/cases/{found.case.reference}")
    if not found.concerned:
        await note_opened(
            desk.services.database,
            found.person_ids,
            operator_id=desk.operator.id,
            session_id=desk.visitor.session_id,
            case_id=found.case.id,
            now=desk.now,
        )
    return await show_case(desk, found)


async def show_case(desk: Desk, found: CaseFile, *, trouble: Trouble | None = None, status: int = 200) -> Response:
    """`desk.form` is shown again where it was not carried out."""
    if found.concerned:
        return await refuse(desk, Permission.SEE_QUEUE, "concerned")
    case, shown = found.case, found.open_until is not None and desk.may(Permission.REVEAL)
    records = await records_of(desk, found.people, first_link=case.link_id)
    decider = None if case.decided_by is None else await operator_by_id(desk.services.database, case.decided_by)
    return desk.page(
        "portals/operator/case",
        status=status,
        case=case,
        url=f"{HOME}/cases/{case.reference}",
        line=queue_rows([case], now=desk.now)[0],
        people=found.people,
        records=records,
        rows=side_by_side(records, superseded=await successions_between(desk, records), shown=shown),
        shown=shown,
        may_look=desk.may(Permission.REVEAL),
        until=None if found.open_until is None else datetime.fromtimestamp(found.open_until, UTC),
        evidence=_evidence(desk, found),
        # Words are free: somebody's name may be among them.
        notes=read_notes(case.note) if shown else (),
        proposal_candidate=_proposed_candidate(found),
        proposer=found.proposer,
        obstacle=found.obstacle,
        decided_by="" if decider is None else decider.label,
        offers=_offers(desk, found),
        reasons=list(LookReason),
        documents=list(Document),
        trouble=trouble,
        words=desk.form.get("words", ""),
    )


def _evidence(desk: Desk, found: CaseFile) -> list[tuple[int, Explained]]:
    """For each candidate with codes on file."""
    kept = found.case.evidence
    return [
        (person.number, explain(kept[person.id], desk.locale)) for person in found.candidates if kept.get(person.id)
    ]


def _proposed_candidate(found: CaseFile) -> int:
    """Which of the people on the page the proposal is about; 0 where it is not about a candidate."""
    note = proposed(read_notes(found.case.note), NoteKind.MERGE)
    return next((one.number for one in found.candidates if note is not None and one.id == note.about), 0)


def _offers(desk: Desk, found: CaseFile) -> Offers:
    case = found.case
    working = case.status in (CaseStatus.OPEN, CaseStatus.DOCUMENT_ASKED)
    doubt = working and case.kind in (CaseKind.PROVE, CaseKind.REVIEW) and bool(found.candidates)
    return Offers(
        merge=doubt and desk.may(Permission.PROPOSE),
        apart=doubt and desk.may(Permission.PROPOSE),
        document=working and desk.may(Permission.NOTE),
        note=case.is_undecided and desk.may(Permission.NOTE),
        second=case.status is CaseStatus.AWAITING_SECOND and desk.may(Permission.SECOND),
        report=working and case.kind is CaseKind.NOT_ME and desk.may(Permission.UNLOCK),
        unlock=working and case.kind is CaseKind.UNLOCK and desk.may(Permission.UNLOCK),
        close=working and case.kind is CaseKind.SUPPORT and desk.may(Permission.UNLOCK),
    )
