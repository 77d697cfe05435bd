"""Two people whom somebody decided to be two: never candidates of each other again, until operators merge them."""

from collections.abc import Iterable

from idp.audit.log import audit_entry
from idp.audit.person_events import PeopleKeptApart
from idp.storage.database import Database, Insert, Statement, Value, Write


def keep_apart_writes(person_id: str, other_ids: Iterable[str], *, case_id: str, by: str, now: float) -> list[Write]:
    writes: list[Write] = []
    for other_id in dict.fromkeys(other_ids):
        if other_id == person_id:
            continue
        one, other = sorted((person_id, other_id))
        row: dict[str, Value] = {"person_a": one, "person_b": other, "case_id": case_id, "decided_at": int(now)}
        event = PeopleKeptApart(person_id=person_id, other_id=other_id, case_id=case_id, by=by)
        writes += [
            Insert("kept_apart", row, on_conflict_do_nothing=True),
            audit_entry(event, now_ms=int(now * 1000)),
        ]
    return writes


def no_longer_apart(one: str, other: str) -> Statement:
    return Statement("DELETE FROM kept_apart WHERE person_a = $1 AND person_b = $2", (min(one, other), max(one, other)))


async def kept_apart_from(database: Database, person_id: str) -> frozenset[str]:
    """Everybody who was decided to be somebody else than this person."""
    rows = await database.fetch_all(
        "SELECT person_a, person_b FROM kept_apart WHERE person_a = $1 OR person_b = $1", person_id
    )
    return frozenset({str(row[name]) for row in rows for name in ("person_a", "person_b")}) - {person_id}
