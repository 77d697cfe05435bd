"""A `sub` that a merge replaced, and the one to use instead: answered for a year, at the sector that knew it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from idp.identity.protection.service_events import EventKind, KnowingService, clients_of_sector, event_message
from idp.sessions.ending import FindClient
from idp.storage.database import Database, Insert, Statement, Write
from idp.storage.vault import Vault

ANSWERED_SECONDS: Final = 365 * 86_400


@dataclass(frozen=True, kw_only=True)
class Successor:
    sub: str
    changed_at: int


# Merges follow one another: whoever was replaced by somebody replaced is followed to the end. Twenty is more than
# anybody was ever merged.
_SUCCESSOR: Final = (
    "WITH RECURSIVE chain(sub, changed_at, step) AS ("
    "SELECT new_sub, changed_at, 1 FROM retired_subject WHERE old_sub = $1 AND sector = $2 AND expires_at > $3 "
    "UNION ALL SELECT r.new_sub, r.changed_at, c.step + 1 FROM retired_subject r JOIN chain c ON r.old_sub = c.sub "
    "WHERE r.sector = $2 AND c.step < 20"
    ") SELECT sub, changed_at FROM chain ORDER BY step DESC LIMIT 1"
)


async def successor_of(database: Database, *, sector: str, sub: str, now: float) -> Successor | None:
    """None where this sector's `sub` was never replaced, was not this sector's, or the year is over."""
    row = await database.fetch_row(_SUCCESSOR, sub, sector, int(now))
    if row is None:
        return None
    return Successor(sub=str(row["sub"]), changed_at=int(row["changed_at"] or 0))


async def retiring_writes(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    merge_id: str,
    replaced: Mapping[str, tuple[str, str]],
    now: float,
) -> list[Write]:
    """`replaced`: by sector the old `sub` and the one that takes its place. The services of the sector are told."""
    writes: list[Write] = []
    for sector, (old_sub, new_sub) in sorted(replaced.items()):
        row = Insert(
            "retired_subject",
            {
                "old_sub": old_sub,
                "sector": sector,
                "new_sub": new_sub,
                "merge_id": merge_id,
                "changed_at": int(now),
                "expires_at": int(now) + ANSWERED_SECONDS,
            },
        )
        writes.append(row)
        for client in await clients_of_sector(database, find_client, sector):
            knowing = KnowingService(client_id=client.client_id, sector=sector, sub=old_sub)
            writes.append(event_message(EventKind.SUB_CHANGED, knowing, other_sub=new_sub, vault=vault, now=now))
    return writes


async def restoring_writes(
    database: Database, vault: Vault, find_client: FindClient, *, merge_id: str, now: float
) -> list[Write]:
    """The merge is taken back: every `sub` it retired is in use again, and the services are told."""
    rows = await database.fetch_all(
        "SELECT old_sub, sector, new_sub FROM retired_subject WHERE merge_id = $1 ORDER BY sector", merge_id
    )
    writes: list[Write] = [Statement("DELETE FROM retired_subject WHERE merge_id = $1", (merge_id,))]
    for row in rows:
        sector = str(row["sector"])
        for client in await clients_of_sector(database, find_client, sector):
            knowing = KnowingService(client_id=client.client_id, sector=sector, sub=str(row["old_sub"]))
            writes.append(
                event_message(EventKind.SUB_RESTORED, knowing, other_sub=str(row["new_sub"]), vault=vault, now=now)
            )
    return writes
