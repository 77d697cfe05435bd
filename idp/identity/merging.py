"""Two people who are one become one person, in one transaction; everything that moves is written down.

Who may merge, and with which proof, the caller has checked; that the two may be merged at all is checked here.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.person_events import PeopleMerged
from idp.identity.case_decisions import awaits_second, ended_entry, ending_statement, held_for_second, held_undecided
from idp.identity.case_search import case_by_id
from idp.identity.cases import Case, CaseAction, CaseOutcome, CaseStatus
from idp.identity.channels import Channel, channels_of_person
from idp.identity.happenings import Happening, TellHappening, tell_nobody_of
from idp.identity.holdings import Holdings, holdings_of
from idp.identity.keeping_apart import kept_apart_from, no_longer_apart
from idp.identity.merge_plan import MergePlan, plan_merge
from idp.identity.merge_settling import settle_merge
from idp.identity.merge_words import MergeBasis, MergeContended, MergeRefusal, MergeRefused, MergeResult
from idp.identity.merge_writes import answering_links, moving_writes
from idp.identity.person_state import AlsoHeld, PersonState, holding_both, standing_person
from idp.identity.retired_subjects import retiring_writes
from idp.identity.session_endings import Endings, endings_of, revoke_every_grant
from idp.identity.supersessions import successions_of
from idp.identity.survivor import differing_numbers, survivor_of, why_not_one
from idp.sessions.ending import FindClient
from idp.storage.database import Database, Insert, IntegrityConflict, Statement, Write
from idp.storage.vault import Vault

__all__ = ["MergeBasis", "MergeContended", "MergeRefusal", "MergeRefused", "MergeResult", "merge_people"]

_LOOKS: Final = 5


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What the caller asked for, unchanged from look to look."""

    basis: MergeBasis
    case_id: str | None
    by: str
    keep_session: str | None
    tell: TellHappening
    now: float


@dataclass(frozen=True, kw_only=True)
class _Read:
    """Both people as they stand, the case, and what was found out about them."""

    survivor: Holdings
    absorbed: Holdings
    case: Case | None
    channels: tuple[Channel, ...]


async def merge_people(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    first_id: str,
    second_id: str,
    basis: MergeBasis,
    case_id: str | None,
    by: str,
    keep_session: str | None = None,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> MergeResult:
    """Raises MergeRefused, MergeContended, StorageUnavailable. Asked again, it answers as the first time.

    `case_id`: decided in the same transaction; operators need one. `keep_session`: the one session of the absorbed
    person that goes on, as the survivor's; its grants end like all others.
    """
    asked = _Asked(basis=basis, case_id=case_id, by=by, keep_session=keep_session, tell=tell, now=now)
    for _ in range(_LOOKS):
        one, other = await standing_person(database, first_id), await standing_person(database, second_id)
        if one is None or other is None:
            raise MergeRefused(MergeRefusal.NOT_ACTIVE)
        if one.id == other.id:
            return await _earlier_merge(database, first_id, second_id)
        survivor, absorbed = survivor_of(one, other)
        read = await _read(database, vault, survivor, absorbed, asked, named=(first_id, second_id))
        merge_id = secrets.token_urlsafe(16)
        try:
            done = await _commit(database, vault, find_client, read, asked, merge_id=merge_id)
        except IntegrityConflict:
            # A login gave the survivor a `sub` or a consent that the plan did not know of.
            continue
        if done:
            await settle_merge(database, absorbed_id=absorbed.id, now=now)
            return MergeResult(merge_id=merge_id, survivor_id=survivor.id, absorbed_id=absorbed.id)
    raise MergeContended


async def _earlier_merge(database: Database, first_id: str, second_id: str) -> MergeResult:
    """The one that made them one, for a caller who did not hear of its success."""
    row = await database.fetch_row(
        "SELECT id, survivor_id, absorbed_id FROM person_merge WHERE undone_at IS NULL "
        "AND absorbed_id IN ($1, $2) ORDER BY merged_at DESC, id LIMIT 1",
        first_id,
        second_id,
    )
    if first_id == second_id or row is None:
        raise MergeRefused(MergeRefusal.SAME_PERSON)
    return MergeResult(
        merge_id=str(row["id"]), survivor_id=str(row["survivor_id"]), absorbed_id=str(row["absorbed_id"])
    )


async def _read(
    database: Database,
    vault: Vault,
    survivor: PersonState,
    absorbed: PersonState,
    asked: _Asked,
    *,
    named: tuple[str, str],
) -> _Read:
    """Raises MergeRefused. `named`: the two as the caller names them, perhaps by an id from before another merge."""
    if not (survivor.is_active and absorbed.is_active):
        raise MergeRefused(MergeRefusal.NOT_ACTIVE)
    case = None if asked.case_id is None else await case_by_id(database, vault, asked.case_id)
    _check_case(case, asked, (survivor.id, absorbed.id), named)
    operators_decide = asked.basis is MergeBasis.OPERATORS
    if not operators_decide and absorbed.id in await kept_apart_from(database, survivor.id):
        raise MergeRefused(MergeRefusal.KEPT_APART)
    stays, goes = await holdings_of(database, vault, survivor), await holdings_of(database, vault, absorbed)
    if stays.operators and goes.operators:
        raise MergeRefused(MergeRefusal.TWO_OPERATORS)
    superseded: list[tuple[str, str]] = []
    for one, other in differing_numbers(stays.links, goes.links):
        superseded += await successions_of(database, vault, one, other)
    refusal = why_not_one(stays.links, goes.links, basis=asked.basis, case=case, superseded=superseded)
    if refusal is not None:
        raise MergeRefused(refusal)
    channels = (
        *await channels_of_person(database, vault, survivor.id),
        *await channels_of_person(database, vault, absorbed.id),
    )
    return _Read(survivor=stays, absorbed=goes, case=case, channels=tuple(dict.fromkeys(channels)))


def _check_case(case: Case | None, asked: _Asked, *pairs: tuple[str, str]) -> None:
    if asked.case_id is not None and (case is None or not case.is_undecided):
        raise MergeRefused(MergeRefusal.OTHER_CASE)
    if case is not None and not any(case.concerns(*pair) for pair in pairs):
        raise MergeRefused(MergeRefusal.OTHER_CASE)
    if asked.basis is MergeBasis.OPERATORS and not awaits_second(case, CaseAction.MERGE, by=asked.by):
        raise MergeRefused(MergeRefusal.NO_SECOND_OPERATOR)


async def _commit(
    database: Database, vault: Vault, find_client: FindClient, read: _Read, asked: _Asked, *, merge_id: str
) -> bool:
    survivor, absorbed, now = read.survivor.person, read.absorbed.person, asked.now
    endings = await endings_of(
        database,
        vault,
        find_client,
        person_id=absorbed.id,
        reason="people_merged",
        now=now,
        spared={asked.keep_session},
    )
    kept = await _session_of(database, asked.keep_session, absorbed.id)
    plan = plan_merge(read.survivor, read.absorbed, case=read.case, keep_session=kept)
    retiring = await retiring_writes(
        database,
        vault,
        find_client,
        merge_id=merge_id,
        replaced={
            sector: (read.absorbed.subjects[sector], read.survivor.subjects[sector]) for sector in plan.moved.retired
        },
        now=now,
    )
    gate = holding_both(database.dialect, survivor, absorbed, *_held(read.case, asked))
    happening = Happening(kind="people_merged", person_id=survivor.id, channels=read.channels, now=now)
    done = await database.commit(
        *_person_writes(survivor, absorbed, now=now),
        *moving_writes(plan.moved, survivor_id=survivor.id, absorbed_id=absorbed.id, now=now),
        *_answering(plan, survivor.id, absorbed.id, asked),
        *_ending_writes(endings, absorbed.id, now=now),
        *retiring,
        *_record(plan, survivor.id, absorbed.id, asked, merge_id=merge_id),
        no_longer_apart(survivor.id, absorbed.id),
        *asked.tell(happening),
        gate=gate,
    )
    return done is not None


def _held(case: Case | None, asked: _Asked) -> list[AlsoHeld]:
    if case is None:
        return []
    if asked.basis is MergeBasis.OPERATORS:
        return [held_for_second(case, CaseAction.MERGE, by=asked.by)]
    return [held_undecided(case)]


def _person_writes(survivor: PersonState, absorbed: PersonState, *, now: float) -> list[Write]:
    return [
        Statement(
            "UPDATE person SET status = 'merged', merged_into = $1, status_changed_at = $2 WHERE id = $3",
            (survivor.id, absorbed.next_stamp(now), absorbed.id),
        ),
        Statement("UPDATE person SET status_changed_at = $1 WHERE id = $2", (survivor.next_stamp(now), survivor.id)),
    ]


def _answering(plan: MergePlan, survivor_id: str, absorbed_id: str, asked: _Asked) -> list[Write]:
    """The links that were in doubt, and the cases that asked."""
    by, now, moved = asked.by, asked.now, plan.moved
    proven = asked.basis is MergeBasis.PROOF_AT_BOTH_ENDS
    decided, outcome = CaseStatus.DECIDED, CaseOutcome.PROVEN if proven else CaseOutcome.MERGED
    writes = [
        *answering_links(moved.links, from_person=absorbed_id, to_person=survivor_id, by=by, now=now),
        *answering_links(moved.confirmed, from_person=survivor_id, to_person=survivor_id, by=by, now=now),
    ]
    for case in plan.answered:
        writes += [
            ending_statement(case, status=decided, outcome=outcome, by=by, now=now),
            ended_entry(case, status=decided, outcome=outcome, by=by, now=now),
        ]
    return writes


def _ending_writes(endings: Endings, absorbed_id: str, *, now: float) -> list[Write]:
    return [*endings.writes, revoke_every_grant(absorbed_id, now=now)]


def _record(plan: MergePlan, survivor_id: str, absorbed_id: str, asked: _Asked, *, merge_id: str) -> list[Write]:
    row = Insert(
        "person_merge",
        {
            "id": merge_id,
            "survivor_id": survivor_id,
            "absorbed_id": absorbed_id,
            "case_id": asked.case_id,
            "basis": asked.basis.value,
            "moved": plan.moved.to_json(),
            "merged_at": int(asked.now),
            "merged_by": asked.by,
        },
    )
    entries = [
        audit_entry(
            PeopleMerged(
                person_id=person_id,
                merge_id=merge_id,
                survivor_id=survivor_id,
                absorbed_id=absorbed_id,
                basis=asked.basis.value,
                by=asked.by,
                case_id=asked.case_id,
                links=len(plan.moved.links),
                retired_subjects=len(plan.moved.retired),
            ),
            now_ms=int(asked.now * 1000),
        )
        for person_id in (survivor_id, absorbed_id)
    ]
    return [row, *entries]


async def _session_of(database: Database, session_id: str | None, person_id: str) -> str | None:
    """The session to keep, if it is live and the absorbed person's; the survivor's own stays anyway."""
    if session_id is None:
        return None
    row = await database.fetch_row(
        "SELECT id FROM sso_session WHERE id = $1 AND person_id = $2 AND ended_at IS NULL", session_id, person_id
    )
    return None if row is None else session_id
