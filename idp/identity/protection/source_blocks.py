"""Sources a person does not want to be known through. A block also stops a source they never used."""

from collections.abc import Sequence
from typing import Final

from idp.audit.citizen_events import SourceBlockChanged
from idp.audit.log import audit_entry
from idp.storage.database import Database, Statement, Write

EVERY_NEW_SOURCE: Final = "*"


async def blocked_sources(database: Database, person_id: str) -> frozenset[str]:
    """Source ids; EVERY_NEW_SOURCE stands for each one that is not linked yet."""
    rows = await database.fetch_all("SELECT source_id FROM source_block WHERE person_id = $1", person_id)
    return frozenset(str(row["source_id"]) for row in rows)


async def block_source(database: Database, *, person_id: str, source_id: str, now: float) -> None:
    """Twice is as good as once."""
    event = SourceBlockChanged(person_id=person_id, source_id=source_id, change="blocked")
    gate = Statement(
        "INSERT INTO source_block (person_id, source_id, blocked_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (person_id, source_id) DO NOTHING RETURNING source_id",
        (person_id, source_id, int(now)),
    )
    await database.commit(audit_entry(event, now_ms=int(now * 1000)), gate=gate)


async def unblock_source(
    database: Database, *, person_id: str, source_id: str, now: float, writes: Sequence[Write] = ()
) -> bool:
    """Whether it was blocked until now. `writes` go in the same transaction (a notice, say)."""
    event = SourceBlockChanged(person_id=person_id, source_id=source_id, change="unblocked")
    gate = Statement(
        "DELETE FROM source_block WHERE person_id = $1 AND source_id = $2 RETURNING source_id", (person_id, source_id)
    )
    return await database.commit(audit_entry(event, now_ms=int(now * 1000)), *writes, gate=gate) is not None
