"""A merge taken back: everything that moved returns to where it was. Two operators decide it."""

from dataclasses import dataclass
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.person_events import PeopleSplit
from idp.identity.cases.case import Case, CaseAction, CaseOutcome, CaseStatus
from idp.identity.cases.decisions import awaits_second, ended_entry, ending_statement, held_for_second
from idp.identity.cases.keeping_apart import decisions_apart, inheriting_writes, keep_apart_writes, no_longer_apart
from idp.identity.cases.search import case_by_id
from idp.identity.channels import channels_of_person
from idp.identity.links import LinkView, links_of
from idp.identity.merging.plan import Moved
from idp.identity.merging.retired_subjects import restoring_writes
from idp.identity.merging.split_writes import anchors_going, late_links, returning_writes
from idp.identity.merging.words import SplitContended, SplitRefusal, SplitRefused
from idp.identity.person_state import AlsoHeld, PersonState, PersonStatus, holding_both, person_state
from idp.identity.protection.happenings import Happening, TellHappening, tell_nobody_of
from idp.identity.protection.session_endings import endings_of, revoke_every_grant
from idp.sessions.ending import FindClient
from idp.storage.database import Database, IntegrityConflict, Statement, Write
from idp.storage.vault import Vault

__all__ = ["SplitContended", "SplitRefusal", "SplitRefused", "split_people"]

_LOOKS: Final = 5


@dataclass(frozen=True, kw_only=True)
class _Merge:
    """The merge as it stands, and both people."""

    id: str
    merged_at: int
    moved: Moved
    written: str
    """`moved` as it is stored."""
    survivor: PersonState
    absorbed: PersonState
    case: Case
    links: tuple[LinkView, ...]
    """All that the survivor holds now."""


async def split_people(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    merge_id: str,
    case_id: str,
    case_version: int | None = None,
    by: str,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> None:
    """Raises SplitRefused, SplitContended, StorageUnavailable.

    The case names both people and awaits a second operator for a split, and `by` is not the one who proposed it;
    `case_version` is what they looked at. The two are kept apart from then on; all sessions and grants of the survivor
    end. What was agreed to after the merge stays with the survivor.
    """
    for _ in range(_LOOKS):
        merge = await _read(database, vault, merge_id=merge_id, case_id=case_id, by=by)
        if case_version not in (None, merge.case.version):
            raise SplitRefused(SplitRefusal.OTHER_CASE)
        try:
            done = await _commit(database, vault, find_client, merge, by=by, tell=tell, now=now)
        except IntegrityConflict:
            continue
        if done:
            return
    raise SplitContended


async def _read(database: Database, vault: Vault, *, merge_id: str, case_id: str, by: str) -> _Merge:
    """Raises SplitRefused."""
    row = await database.fetch_row("SELECT * FROM person_merge WHERE id = $1 AND undone_at IS NULL", merge_id)
    if row is None:
        raise SplitRefused(SplitRefusal.NO_SUCH_MERGE)
    survivor = await person_state(database, str(row["survivor_id"]))
    absorbed = await person_state(database, str(row["absorbed_id"]))
    if survivor is None or absorbed is None or not survivor.is_active or absorbed.status is not PersonStatus.MERGED:
        raise SplitRefused(SplitRefusal.NOT_ACTIVE)
    case = await case_by_id(database, vault, case_id)
    if case is None or not awaits_second(case, CaseAction.SPLIT, by=by):
        raise SplitRefused(SplitRefusal.NO_SECOND_OPERATOR)
    if not case.concerns(survivor.id, absorbed.id):
        raise SplitRefused(SplitRefusal.OTHER_CASE)
    moved = Moved.from_json(str(row["moved"]))
    if await _carries_another(database, merge_id, survivor.id, moved):
        raise SplitRefused(SplitRefusal.LATER_MERGE)
    return _Merge(
        id=merge_id,
        merged_at=int(row["merged_at"] or 0),
        moved=moved,
        written=str(row["moved"]),
        survivor=survivor,
        absorbed=absorbed,
        case=case,
        links=tuple(await links_of(database, vault, survivor.id)),
    )


async def _carries_another(database: Database, merge_id: str, survivor_id: str, moved: Moved) -> bool:
    """Whether somebody else's retired `sub` leads to one that would go: it must never lead to another human."""
    others = await database.fetch_all(
        "SELECT moved FROM person_merge WHERE survivor_id = $1 AND undone_at IS NULL AND id <> $2",
        survivor_id,
        merge_id,
    )
    going = set(moved.subjects)
    return any(going & set(Moved.from_json(str(other["moved"])).retired) for other in others)


async def _commit(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    merge: _Merge,
    *,
    by: str,
    tell: TellHappening,
    now: float,
) -> bool:
    survivor, absorbed, case = merge.survivor, merge.absorbed, merge.case
    endings = await endings_of(database, vault, find_client, person_id=survivor.id, reason="people_split", now=now)
    channels = await channels_of_person(database, vault, survivor.id)
    late = late_links(merge.moved, merge.links, merged_at=merge.merged_at)
    decided, outcome = CaseStatus.DECIDED, CaseOutcome.SPLIT
    gate = holding_both(
        database.dialect,
        survivor,
        absorbed,
        held_for_second(case, CaseAction.SPLIT, by=by),
        # The list of what moved may have grown by a link that was left behind.
        AlsoHeld(
            table="person_merge",
            id=merge.id,
            condition="{row}.undone_at IS NULL AND {row}.moved = $1",
            args=(merge.written,),
        ),
    )
    done = await database.commit(
        *_person_writes(survivor, absorbed, now=now),
        *returning_writes(
            merge.moved,
            late,
            anchors_going(vault, merge.moved, late, merge.links),
            survivor_id=survivor.id,
            absorbed_id=absorbed.id,
            merged_at=merge.merged_at,
            by=by,
            now=now,
        ),
        *await restoring_writes(database, vault, find_client, merge_id=merge.id, now=now),
        *endings.writes,
        revoke_every_grant(survivor.id, now=now),
        *await _apart_writes(database, merge),
        *keep_apart_writes(survivor.id, [absorbed.id], case_id=case.id, by=by, now=now),
        Statement("UPDATE person_merge SET undone_at = $1, undone_by = $2 WHERE id = $3", (int(now), by, merge.id)),
        ending_statement(case, status=decided, outcome=outcome, by=by, now=now),
        ended_entry(case, status=decided, outcome=outcome, by=by, now=now),
        *_entries(merge, by=by, now=now, links=len(merge.moved.links) + len(late)),
        *tell(Happening(kind="people_split", person_id=survivor.id, channels=channels, now=now)),
        gate=gate,
    )
    return done is not None


async def _apart_writes(database: Database, merge: _Merge) -> list[Write]:
    """What was inherited goes back; what was decided of the one person since is true of both, to be safe."""
    inherited = set(merge.moved.apart)
    since = [
        one
        for one in await decisions_apart(database, [merge.survivor.id])
        if one.decided_at >= merge.merged_at and one.other_id not in {*inherited, merge.absorbed.id}
    ]
    return [
        *(no_longer_apart(merge.survivor.id, other_id) for other_id in sorted(inherited)),
        *inheriting_writes(since, merge.absorbed.id),
    ]


def _person_writes(survivor: PersonState, absorbed: PersonState, *, now: float) -> list[Write]:
    return [
        Statement(
            "UPDATE person SET status = 'active', merged_into = NULL, status_changed_at = $1 WHERE id = $2",
            (absorbed.next_stamp(now), absorbed.id),
        ),
        Statement("UPDATE person SET status_changed_at = $1 WHERE id = $2", (survivor.next_stamp(now), survivor.id)),
    ]


def _entries(merge: _Merge, *, by: str, now: float, links: int) -> list[Write]:
    """One in the history of each."""
    return [
        audit_entry(
            PeopleSplit(
                person_id=person_id,
                merge_id=merge.id,
                survivor_id=merge.survivor.id,
                absorbed_id=merge.absorbed.id,
                by=by,
                case_id=merge.case.id,
                links=links,
            ),
            now_ms=int(now * 1000),
        )
        for person_id in (merge.survivor.id, merge.absorbed.id)
    ]
