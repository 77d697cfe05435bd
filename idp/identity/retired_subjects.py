"""A `sub` that a merge replaced, and the one to use instead: answered for a year, at the sector that knew it."""

from dataclasses import dataclass
from typing import Final

from idp.storage.database import Database

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
