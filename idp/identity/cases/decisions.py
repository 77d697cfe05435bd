"""Cases changed: every change names the version that was looked at, so that of two operators at once one is too late.

Roles are the caller's to check; that the second operator is another one than the first is checked here as well, in
the statement that decides.
"""

from collections.abc import Sequence
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.person_events import CaseChanged
from idp.identity.cases.case import UNDECIDED, Case, CaseAction, CaseOutcome, CaseStatus, seal_note
from idp.identity.cases.keeping_apart import keep_apart_writes
from idp.identity.person_state import AlsoHeld, joining, standing_person
from idp.storage.database import Database, Insert, Statement, Write
from idp.storage.vault import Vault

_TO_PROPOSE_IN: Final = frozenset({CaseStatus.OPEN, CaseStatus.DOCUMENT_ASKED})


async def propose_action(database: Database, *, case: Case, action: CaseAction, by: str, now: float) -> bool:
    """The first operator's half. False where the case changed meanwhile, or is past proposing."""
    if case.status not in _TO_PROPOSE_IN:
        return False
    gate = Statement(
        "UPDATE linking_case SET status = 'awaiting_second', proposed_action = $1, proposed_by = $2, "
        "version = version + 1 WHERE id = $3 AND version = $4 AND decided_at IS NULL RETURNING id",
        (action.value, by, case.id, case.version),
    )
    return await _committed(database, case, CaseStatus.AWAITING_SECOND, gate, by=by, now=now, action=action)


async def refuse_proposal(database: Database, *, case: Case, by: str, now: float) -> bool:
    """The proposal is off, by a second operator or by the first one; the case is open again."""
    if case.status is not CaseStatus.AWAITING_SECOND:
        return False
    gate = Statement(
        "UPDATE linking_case SET status = 'open', proposed_action = NULL, proposed_by = NULL, "
        "version = version + 1 WHERE id = $1 AND version = $2 AND decided_at IS NULL RETURNING id",
        (case.id, case.version),
    )
    return await _committed(database, case, CaseStatus.OPEN, gate, by=by, now=now, action=case.proposed_action)


async def ask_document(database: Database, *, case: Case, by: str, now: float, also: Sequence[Write] = ()) -> bool:
    """`also`: the notice to the person, in the same transaction."""
    if case.status not in _TO_PROPOSE_IN:
        return False
    gate = Statement(
        "UPDATE linking_case SET status = 'document_asked', version = version + 1 "
        "WHERE id = $1 AND version = $2 AND decided_at IS NULL RETURNING id",
        (case.id, case.version),
    )
    return await _committed(database, case, CaseStatus.DOCUMENT_ASKED, gate, by=by, now=now, also=also)


async def keep_apart(database: Database, *, case: Case, by: str, now: float, also: Sequence[Write] = ()) -> bool:
    """They are two people: the person of the case is never a candidate of those named in it again, nor they of them."""
    # Of whoever was merged since, it is true of the one they are now.
    standing = [await standing_person(database, candidate_id) for candidate_id in case.candidate_ids]
    others = [*case.candidate_ids, *(person.id for person in standing if person is not None)]
    apart = keep_apart_writes(case.person_id, others, case_id=case.id, by=by, now=now)
    # A merge of any two of them that is under way, perhaps out of another case, has to look again.
    apart += [joining(person_id, now=now) for person_id in sorted({case.person_id, *others})]
    return await decide_case(database, case=case, outcome=CaseOutcome.KEPT_APART, by=by, now=now, also=[*apart, *also])


async def decide_case(
    database: Database, *, case: Case, outcome: CaseOutcome, by: str, now: float, also: Sequence[Write] = ()
) -> bool:
    """Once. False where it was decided already, or changed meanwhile. Merges and splits decide theirs themselves."""
    gate = ending_statement(case, status=CaseStatus.DECIDED, outcome=outcome, by=by, now=now)
    return await _committed(database, case, CaseStatus.DECIDED, gate, by=by, now=now, outcome=outcome, also=also)


async def withdraw_case(database: Database, *, case: Case, by: str, now: float) -> bool:
    """By the person it is about."""
    gate = ending_statement(case, status=CaseStatus.WITHDRAWN, outcome=None, by=by, now=now)
    return await _committed(database, case, CaseStatus.WITHDRAWN, gate, by=by, now=now)


async def write_note(database: Database, vault: Vault, *, case: Case, note: str, by: str, now: float) -> bool:
    """Instead of the note before; kept sealed, and in no log."""
    gate = Statement(
        "UPDATE linking_case SET note_sealed = $1, version = version + 1 WHERE id = $2 AND version = $3 RETURNING id",
        (seal_note(vault, note, case_id=case.id), case.id, case.version),
    )
    return await _committed(database, case, case.status, gate, by=by, now=now)


def ending_statement(case: Case, *, status: CaseStatus, outcome: CaseOutcome | None, by: str, now: float) -> Statement:
    """The gate of a decision, or one of the writes of what carries it out."""
    return Statement(
        "UPDATE linking_case SET status = $1, outcome = $2, decided_by = $3, decided_at = $4, "
        "version = version + 1 WHERE id = $5 AND version = $6 AND decided_at IS NULL RETURNING id",
        (status.value, None if outcome is None else outcome.value, by, int(now), case.id, case.version),
    )


def ended_entry(case: Case, *, status: CaseStatus, outcome: CaseOutcome | None, by: str, now: float) -> Insert:
    event = CaseChanged(
        person_id=case.person_id,
        case_id=case.id,
        status=status.value,
        by=by,
        action=None if case.proposed_action is None else case.proposed_action.value,
        outcome=None if outcome is None else outcome.value,
    )
    return audit_entry(event, now_ms=int(now * 1000))


def awaits_second(case: Case | None, action: CaseAction, *, by: str) -> bool:
    """Whether `by` may be the second operator of this action."""
    return (
        case is not None
        and case.status is CaseStatus.AWAITING_SECOND
        and case.proposed_action is action
        and case.proposed_by not in (None, by)
    )


def held_for_second(case: Case, action: CaseAction, *, by: str) -> AlsoHeld:
    """The same, as a condition of the transaction that carries it out."""
    return AlsoHeld(
        table="linking_case",
        id=case.id,
        condition="{row}.version = $1 AND {row}.decided_at IS NULL AND {row}.status = 'awaiting_second' "
        "AND {row}.proposed_action = $2 AND {row}.proposed_by <> $3",
        args=(case.version, action.value, by),
    )


def held_undecided(case: Case) -> AlsoHeld:
    return AlsoHeld(
        table="linking_case",
        id=case.id,
        condition="{row}.version = $1 AND {row}.decided_at IS NULL",
        args=(case.version,),
    )


async def _committed(
    database: Database,
    case: Case,
    status: CaseStatus,
    gate: Statement,
    *,
    by: str,
    now: float,
    action: CaseAction | None = None,
    outcome: CaseOutcome | None = None,
    also: Sequence[Write] = (),
) -> bool:
    if case.status not in UNDECIDED:
        return False
    event = CaseChanged(
        person_id=case.person_id,
        case_id=case.id,
        status=status.value,
        by=by,
        action=None if action is None else action.value,
        outcome=None if outcome is None else outcome.value,
    )
    return await database.commit(audit_entry(event, now_ms=int(now * 1000)), *also, gate=gate) is not None
