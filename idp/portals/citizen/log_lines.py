"""What the log says about one person, also under an id that a merge has since joined to theirs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from idp.storage.database import Database, Value

_WHOLE = (
    "WITH RECURSIVE whole (id) AS (SELECT CAST($1 AS TEXT) UNION SELECT m.absorbed_id FROM person_merge m "
    "JOIN whole w ON m.survivor_id = w.id WHERE m.undone_at IS NULL) "
)


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """`at` is in epoch seconds."""

    at: int
    event: str
    client_id: str | None
    source_id: str | None
    detail: Mapping[str, Any] = field(repr=False)


async def log_lines_about(
    database: Database, person_id: str, *, events: Collection[str] = (), newest: int = 100_000
) -> list[LogLine]:
    """The newest first. With `events`, only those of these names."""
    asked: list[Value] = [person_id, newest, *sorted(events)]
    named = ", ".join(f"${number}" for number in range(3, len(asked) + 1))
    rows = await database.fetch_all(
        f"{_WHOLE}SELECT recorded_at, event, client_id, source_id, detail FROM audit_entry "
        "WHERE person_id IN (SELECT id FROM whole) "
        + (f"AND event IN ({named}) " if events else "")
        + "ORDER BY recorded_at DESC, id LIMIT $2",
        *asked,
    )
    return [
        LogLine(
            at=int(row["recorded_at"] or 0) // 1000,
            event=str(row["event"]),
            client_id=None if row["client_id"] is None else str(row["client_id"]),
            source_id=None if row["source_id"] is None else str(row["source_id"]),
            detail=orjson.loads(str(row["detail"])),
        )
        for row in rows
    ]
