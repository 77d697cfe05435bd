"""Reads stretches of the log in their one order, and hashes entries in their one encoding."""

import json
from collections.abc import AsyncIterator

from idp.audit.merkle import leaf_hash
from idp.storage.database import Database, Row

COLUMNS = (
    "id",
    "recorded_at",
    "event",
    "client_id",
    "source_id",
    "person_id",
    "session_id",
    "grant_id",
    "interaction_id",
    "detail",
)

_PAGE = 500


def entry_hash(entry: Row) -> bytes:
    """The leaf of one entry: the hash of a JSON array of its columns, so that no two entries encode alike."""
    values = [entry[column] for column in COLUMNS]
    return leaf_hash(json.dumps(values, separators=(",", ":"), ensure_ascii=True).encode())


async def entries_between(database: Database, from_ms: int, until_ms: int) -> AsyncIterator[Row]:
    """Every entry of [from_ms, until_ms) by time, then by id, read in pages."""
    # The order must not depend on the language of the server: bytes, as SQLite compares them anyway.
    by_bytes = ' COLLATE "C"' if database.dialect == "postgresql" else ""
    text = (
        f"SELECT {', '.join(COLUMNS)} FROM audit_entry WHERE recorded_at >= $1 AND recorded_at < $2"
        f" AND (recorded_at > $1 OR id{by_bytes} > $3) ORDER BY recorded_at, id{by_bytes} LIMIT $4"
    )
    start, after = from_ms, ""
    while True:
        page = await database.fetch_all(text, start, until_ms, after, _PAGE)
        for entry in page:
            yield entry
        if len(page) < _PAGE:
            return
        last = page[-1]
        start, after = int(last["recorded_at"] or 0), str(last["id"])
