"""A link its person does not want used, for now or any more: nobody comes in by it, and who did is out."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from idp.identity.channels import channels_of_person
from idp.identity.links import LinkStatus, link_change
from idp.identity.person_state import Contended, holding, person_state
from idp.identity.protection.happenings import Happening, HappeningKind, TellHappening, tell_nobody_of
from idp.identity.protection.session_endings import end_stragglers, endings_of
from idp.identity.protection.ways_in import LastWayIn, OtherWays, stopping_gate
from idp.sessions.ending import FindClient
from idp.storage.database import Database, Row, Statement
from idp.storage.vault import Vault

_LOOKS: Final = 5
_THAWED: Final = frozenset({LinkStatus.PROPOSED, LinkStatus.PROVEN, LinkStatus.REGISTER_CONFIRMED})


@dataclass(frozen=True, kw_only=True)
class _Stop:
    """What becomes of the link, and by whom. `ways`: one of them must be left."""

    link_id: str
    person_id: str
    to: LinkStatus
    kind: HappeningKind
    reason: str
    by: str
    now: float
    ways: OtherWays | None = None


async def freeze_link(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    link_id: str,
    person_id: str,
    by: str,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> bool:
    """Whether it was frozen now. The sessions that came in by it end, with everything granted through its source.

    Raises ImpossibleTransition, Contended.
    """
    frozen = LinkStatus.FROZEN
    stop = _Stop(link_id=link_id, person_id=person_id, to=frozen, kind="link_frozen", reason="frozen", by=by, now=now)
    return await _stop(database, vault, find_client, stop, tell)


async def remove_link(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    link_id: str,
    person_id: str,
    by: str,
    sources: Collection[str] | None = None,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> bool:
    """Whether it was taken off now, with what a freezing ends. Nothing of the record is destroyed.

    `sources`: those that are there to come in by; None for all. Raises LastWayIn, ImpossibleTransition, Contended.
    """
    stop = _Stop(
        link_id=link_id,
        person_id=person_id,
        to=LinkStatus.REMOVED,
        kind="link_removed",
        reason="unlinked",
        by=by,
        now=now,
        ways=OtherWays(person_id=person_id, link_id=link_id, sources=sources),
    )
    return await _stop(database, vault, find_client, stop, tell)


async def _stop(database: Database, vault: Vault, find_client: FindClient, stop: _Stop, tell: TellHappening) -> bool:
    person_id, link_id, now = stop.person_id, stop.link_id, stop.now
    for _ in range(_LOOKS):
        link = await link_row(database, link_id=link_id, person_id=person_id)
        person = await person_state(database, person_id)
        if link is None or person is None or link["status"] == stop.to:
            return False
        source_id, status = str(link["source_id"]), LinkStatus(str(link["status"]))
        change = link_change(
            link_id=link_id,
            person_id=person_id,
            source_id=source_id,
            from_status=status,
            to=stop.to,
            reason=stop.reason,
            by=stop.by,
            now=now,
        )
        why = f"link_{stop.to.value}"
        endings = await endings_of(
            database, vault, find_client, person_id=person_id, reason=why, now=now, link_id=link_id
        )
        channels = await channels_of_person(database, vault, person_id)
        happening = Happening(kind=stop.kind, person_id=person_id, channels=channels, now=now, source_id=source_id)
        done = await database.commit(
            change.gate,
            change.audit,
            holding(person, now=now),
            *endings.writes,
            _revoke_grants_of_source(person_id, source_id, now=now),
            *tell(happening),
            gate=stopping_gate(database.dialect, person, link_id=link_id, from_status=status, ways=stop.ways),
        )
        if done is not None:
            # Also a grant that was written in the same moment, and a session.
            await database.commit(_revoke_grants_of_source(person_id, source_id, now=now))
            await end_stragglers(
                database, vault, find_client, person_id=person_id, link_id=link_id, reason=why, now=now
            )
            return True
        if stop.ways is not None and not await stop.ways.are_there(database):
            raise LastWayIn
    raise Contended


async def unfreeze_link(
    database: Database,
    vault: Vault,
    *,
    link_id: str,
    person_id: str,
    by: str,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> bool:
    """Whether it was frozen until now: it becomes what it was. The caller has asked for a fresh, strong login.

    A link that an open "not me" froze stays so until that is undone or decided.
    """
    link = await link_row(database, link_id=link_id, person_id=person_id)
    if link is None or link["status"] != LinkStatus.FROZEN or await _is_reported(database, link_id):
        return False
    source_id = str(link["source_id"])
    change = link_change(
        link_id=link_id,
        person_id=person_id,
        source_id=source_id,
        from_status=LinkStatus.FROZEN,
        to=thawed(link),
        reason="unfrozen",
        by=by,
        now=now,
    )
    channels = await channels_of_person(database, vault, person_id)
    happening = Happening(kind="link_unfrozen", person_id=person_id, channels=channels, now=now, source_id=source_id)
    return await database.commit(change.audit, *tell(happening), gate=change.gate) is not None


async def link_row(database: Database, *, link_id: str, person_id: str) -> Row | None:
    return await database.fetch_row(
        "SELECT id, source_id, status, previous_status, method FROM identity_link WHERE id = $1 AND person_id = $2",
        link_id,
        person_id,
    )


def thawed(link: Row) -> LinkStatus:
    """What a stopped link goes back to."""
    previous = link["previous_status"]
    remembered = LinkStatus.PROVEN if previous is None else LinkStatus(str(previous))
    return remembered if remembered in _THAWED else LinkStatus.PROVEN


def _revoke_grants_of_source(person_id: str, source_id: str, *, now: float) -> Statement:
    """A grant names the source and not the link, and offline access may have outlived its session's row."""
    return Statement(
        "UPDATE authorization_grant SET revoked_at = $1 WHERE person_id = $2 AND source_id = $3 AND revoked_at IS NULL",
        (int(now), person_id, source_id),
    )


async def _is_reported(database: Database, link_id: str) -> bool:
    row = await database.fetch_row(
        "SELECT id FROM linking_case WHERE link_id = $1 AND kind = 'not_me' AND decided_at IS NULL", link_id
    )
    return row is not None
