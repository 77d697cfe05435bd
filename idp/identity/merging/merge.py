"""Two people who are one become one person, in one transaction; everything that moves is written down.

Who may merge, and with which proof, the caller has checked; that the two may be merged at all is checked here.
"""

import secrets
from typing import Final

from idp.identity.cases.keeping_apart import inheriting_writes, no_longer_apart
from idp.identity.merging.plan import plan_merge
from idp.identity.merging.record import answering_writes, person_writes, record_writes
from idp.identity.merging.request import MergeReading, MergeRequest, held_with, read_merge
from idp.identity.merging.retired_subjects import retiring_writes
from idp.identity.merging.settling import settle_merge
from idp.identity.merging.survivor import survivor_of
from idp.identity.merging.words import MergeBasis, MergeContended, MergeRefusal, MergeRefused, MergeResult
from idp.identity.merging.writes import moving_writes
from idp.identity.person_state import holding_both, standing_person
from idp.identity.protection.happenings import Happening, TellHappening, tell_nobody_of
from idp.identity.protection.session_endings import endings_of, revoke_every_grant
from idp.sessions.ending import FindClient
from idp.storage.database import Database, IntegrityConflict
from idp.storage.vault import Vault

__all__ = ["MergeBasis", "MergeContended", "MergeRefusal", "MergeRefused", "MergeResult", "merge_people"]

_LOOKS: Final = 5


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
    case_version: int | None = None,
    keep_session: str | None = None,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> MergeResult:
    """Raises MergeRefused, MergeContended, StorageUnavailable. Asked again, it answers as the first time.

    `case_id`: decided in the same transaction; operators need one. `case_version`: what the second operator looked at,
    so that nobody seconds what was proposed anew behind their back. `keep_session`: the one session of the absorbed
    person that goes on, as the survivor's; its grants end like all others.
    """
    asked = MergeRequest(
        basis=basis,
        case_id=case_id,
        case_version=case_version,
        by=by,
        keep_session=keep_session,
        tell=tell,
        now=now,
    )
    for _ in range(_LOOKS):
        one, other = await standing_person(database, first_id), await standing_person(database, second_id)
        if one is None or other is None:
            raise MergeRefused(MergeRefusal.NOT_ACTIVE)
        if one.id == other.id:
            return await _earlier_merge(database, first_id, second_id)
        survivor, absorbed = survivor_of(one, other)
        read = await read_merge(database, vault, survivor, absorbed, asked, named=(first_id, second_id))
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


async def _commit(
    database: Database, vault: Vault, find_client: FindClient, read: MergeReading, asked: MergeRequest, *, merge_id: str
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
    plan = plan_merge(
        read.survivor, read.absorbed, case=read.case, keep_session=kept, apart=[one.other_id for one in read.apart]
    )
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
    gate = holding_both(database.dialect, survivor, absorbed, *held_with(read.case, asked))
    happening = Happening(kind="people_merged", person_id=survivor.id, channels=read.channels, now=now)
    done = await database.commit(
        *person_writes(survivor, absorbed, now=now),
        *moving_writes(plan.moved, survivor_id=survivor.id, absorbed_id=absorbed.id, now=now),
        *answering_writes(plan, survivor.id, absorbed.id, asked),
        *endings.writes,
        revoke_every_grant(absorbed.id, now=now),
        *retiring,
        *record_writes(plan, survivor.id, absorbed.id, asked, merge_id=merge_id),
        *inheriting_writes(read.apart, survivor.id),
        no_longer_apart(survivor.id, absorbed.id),
        *asked.tell(happening),
        gate=gate,
    )
    return done is not None


async def _session_of(database: Database, session_id: str | None, person_id: str) -> str | None:
    """The session to keep, if it is live and the absorbed person's; the survivor's own stays anyway."""
    if session_id is None:
        return None
    row = await database.fetch_row(
        "SELECT id FROM sso_session WHERE id = $1 AND person_id = $2 AND ended_at IS NULL", session_id, person_id
    )
    return None if row is None else session_id
