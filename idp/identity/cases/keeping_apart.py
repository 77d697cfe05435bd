"""Two people whom somebody decided to be two: never candidates of each other again, until operators merge them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.audit.log import audit_entry
from idp.audit.person_events import PeopleKeptApart
from idp.storage.database import Database, Insert, Statement, Value, Write


@dataclass(frozen=True, kw_only=True)
class Apart:
    """One decision, from the side of `person_id`."""

    person_id: str
    other_id: str
    case_id: str
    decided_at: int


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


def inheriting_writes(decisions: Iterable[Apart], survivor_id: str) -> list[Insert]:
    """What was decided of the absorbed person is true of whoever they are one with; their own rows stay."""
    return [
        Insert(
            "kept_apart",
            {
                "person_a": min(survivor_id, one.other_id),
                "person_b": max(survivor_id, one.other_id),
                "case_id": one.case_id,
                "decided_at": one.decided_at,
            },
            on_conflict_do_nothing=True,
        )
        for one in decisions
    ]


async def decisions_apart(database: Database, people: Sequence[str]) -> list[Apart]:
    """Every decision about any of these ids, the other side as it was named then."""
    places = ", ".join(f"${number}" for number in range(1, len(people) + 1))
    rows = await database.fetch_all(
        f"SELECT * FROM kept_apart WHERE person_a IN ({places}) OR person_b IN ({places})"
        " ORDER BY decided_at, person_a, person_b",
        *people,
    )
    found = []
    for row in rows:
        one, other = str(row["person_a"]), str(row["person_b"])
        for mine, theirs in ((one, other), (other, one)):
            if mine in people:
                decided_at = int(row["decided_at"] or 0)
                found.append(Apart(person_id=mine, other_id=theirs, case_id=str(row["case_id"]), decided_at=decided_at))
    return found


async def kept_apart_from(database: Database, person_id: str) -> frozenset[str]:
    """Everybody who was decided to be somebody else than this person."""
    return frozenset(one.other_id for one in await decisions_apart(database, [person_id]))
