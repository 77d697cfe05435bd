"""The forms that decide: the second operator's word on a merge or split, and what becomes of a report or a lock."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from idp.identity.cases.case import CaseAction, CaseKind, CaseOutcome, CaseStatus
from idp.identity.cases.decisions import decide_case, refuse_proposal
from idp.identity.merging.merge import MergeBasis, MergeContended, MergeRefusal, MergeRefused, merge_people
from idp.identity.merging.split import SplitContended, SplitRefusal, SplitRefused, split_people
from idp.identity.protection.locks import unlock_person
from idp.identity.protection.misuse import undo_not_me
from idp.portals.operator.case_file import CaseFile, case_file
from idp.portals.operator.case_page import Trouble
from idp.portals.operator.case_work import answered, notice_to, trouble_with, written
from idp.portals.operator.desk import Desk
from idp.portals.operator.notes import Note, NoteKind, proposed, read_notes
from idp.portals.telling import telling
from idp.web.i18n import Locale

_CONFIRM = "confirm"
_SAID_AS_IT_IS: Final[Mapping[MergeRefusal | SplitRefusal, Trouble]] = MappingProxyType(
    {
        MergeRefusal.OTHER_CASE: Trouble.RACED,
        SplitRefusal.OTHER_CASE: Trouble.RACED,
        MergeRefusal.NOT_ACTIVE: Trouble.NOT_ACTIVE,
        SplitRefusal.NOT_ACTIVE: Trouble.NOT_ACTIVE,
        MergeRefusal.DIFFERENT_PERSONAL_IDS: Trouble.DIFFERENT_PERSONAL_IDS,
        MergeRefusal.TWO_OPERATORS: Trouble.TWO_OPERATORS,
        SplitRefusal.LATER_MERGE: Trouble.LATER_MERGE,
    }
)


async def second(desk: Desk) -> Response:
    """Confirms, which carries it out, or refuses, which opens the case again; the proposer may only take it back."""
    found = await case_file(desk)
    confirming = desk.form.get("decision") == _CONFIRM
    trouble = trouble_with(desk, found, needs_words=not confirming, needs_look=confirming, working=False)
    if trouble is None and found.case.status is not CaseStatus.AWAITING_SECOND:
        trouble = Trouble.RACED
    if trouble is not None:
        return await answered(desk, found, trouble)
    if not confirming:
        return await _refuse(desk, found)
    if found.obstacle is not None:
        return await answered(desk, found, Trouble(found.obstacle))
    trouble = await _carry_out(desk, found)
    if trouble is None and (await case_file(desk)).case.decided_by != desk.operator.id:
        # A merge that is done already answers as if it had been done now: another second was faster.
        trouble = Trouble.DECIDED
    return await answered(desk, found, trouble)


async def report(desk: Desk) -> Response:
    """A "not me": it was as reported, or its person came and took it back with papers in hand."""
    found = await case_file(desk)
    trouble = trouble_with(desk, found, needs_words=True, needs_look=True)
    if trouble is None and found.case.kind is not CaseKind.NOT_ME:
        trouble = Trouble.NOT_POSSIBLE
    if trouble is not None:
        return await answered(desk, found, trouble)
    case = await written(desk, found.case, NoteKind.DECISION)
    if case is None:
        return await answered(desk, found, Trouble.RACED)
    database, by = desk.services.database, desk.operator.id
    if desk.form.get("decision") == _CONFIRM:
        told = await notice_to(desk, case.person_id, "case_decided")
        done = await decide_case(database, case=case, outcome=CaseOutcome.CONFIRMED, by=by, now=desk.now, also=told)
    else:
        done = await undo_not_me(
            database, desk.services.vault, person_id=case.person_id, case_id=case.id, by=by, now=desk.now
        )
    return await answered(desk, found, None if done else Trouble.RACED)


async def unlock(desk: Desk) -> Response:
    found = await case_file(desk)
    trouble = trouble_with(desk, found, needs_words=True, needs_look=True)
    if trouble is None and found.case.kind is not CaseKind.UNLOCK:
        trouble = Trouble.NOT_POSSIBLE
    if trouble is not None:
        return await answered(desk, found, trouble)
    case = await written(desk, found.case, NoteKind.DECISION)
    done = case is not None and await unlock_person(
        desk.services.database,
        desk.services.vault,
        desk.services.configuration.client,
        person_id=case.person_id,
        by=desk.operator.id,
        case_id=case.id,
        tell=await telling(desk.services, Locale.VI),
        now=desk.now,
    )
    return await answered(desk, found, None if done else Trouble.RACED)


async def close(desk: Desk) -> Response:
    """A request that led to nothing."""
    found = await case_file(desk)
    trouble = trouble_with(desk, found, needs_words=True)
    if trouble is None and found.case.kind not in (CaseKind.SUPPORT, CaseKind.UNLOCK):
        trouble = Trouble.NOT_POSSIBLE
    if trouble is not None:
        return await answered(desk, found, trouble)
    case = await written(desk, found.case, NoteKind.DECISION)
    done = case is not None and await decide_case(
        desk.services.database,
        case=case,
        outcome=CaseOutcome.REFUSED,
        by=desk.operator.id,
        now=desk.now,
        also=await notice_to(desk, case.person_id, "case_decided"),
    )
    return await answered(desk, found, None if done else Trouble.RACED)


async def _refuse(desk: Desk, found: CaseFile) -> Response:
    case = await written(desk, found.case, NoteKind.REFUSAL)
    done = case is not None and await refuse_proposal(
        desk.services.database, case=case, by=desk.operator.id, now=desk.now
    )
    return await answered(desk, found, None if done else Trouble.RACED)


async def _carry_out(desk: Desk, found: CaseFile) -> Trouble | None:
    """What was proposed, exactly: the note must be the proposer's own."""
    action = found.case.proposed_action
    note = proposed(read_notes(found.case.note), NoteKind(action)) if action else None
    if note is None or found.proposer is None or note.by != found.proposer.label:
        return Trouble.NOT_POSSIBLE
    try:
        await (_merge if action is CaseAction.MERGE else _split)(desk, found, note)
    except (MergeRefused, SplitRefused) as refused:
        # The domain looks again, at the moment it acts: somebody was faster, or the people are not what they were.
        # The version it is given is the one of the form, which the second operator had before them.
        return _SAID_AS_IT_IS.get(refused.reason, Trouble.NOT_POSSIBLE)
    except (MergeContended, SplitContended):
        return Trouble.RACED
    return None


async def _merge(desk: Desk, found: CaseFile, note: Note) -> None:
    services = desk.services
    await merge_people(
        services.database,
        services.vault,
        services.configuration.client,
        first_id=found.case.person_id,
        second_id=note.about,
        basis=MergeBasis.OPERATORS,
        case_id=found.case.id,
        case_version=found.case.version,
        by=desk.operator.id,
        tell=await telling(services, Locale.VI),
        now=desk.now,
    )


async def _split(desk: Desk, found: CaseFile, note: Note) -> None:
    services = desk.services
    await split_people(
        services.database,
        services.vault,
        services.configuration.client,
        merge_id=note.about,
        case_id=found.case.id,
        case_version=found.case.version,
        by=desk.operator.id,
        tell=await telling(services, Locale.VI),
        now=desk.now,
    )
