"""A person's state, and the gates through which it changes: never if it changed since it was read.

`status_changed_at` is also the version of that state: it grows with every change, by a second at least. Whoever adds
a link to a person, merges, locks or closes them holds their row, so that of two at once one looks again.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from idp.storage.database import Database, Row, Statement, StorageUnavailable, Value

_MOST_MERGES: Final = 20
_PLACE: Final = re.compile(r"\$([0-9]+)")


class PersonStatus(StrEnum):
    ACTIVE = "active"
    LOCKED = "locked"
    CLOSED = "closed"
    MERGED = "merged"


class NotActive(Exception):
    """What was asked is for people who are active; this one is locked, closed, merged, or nobody."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Contended(StorageUnavailable):
    """The person kept changing meanwhile; nothing happened, and it may simply be tried again, like after any 503."""


@dataclass(frozen=True, kw_only=True)
class PersonState:
    """`stamp`: the version that was read."""

    id: str
    status: PersonStatus
    created_at: int
    stamp: int
    merged_into: str | None

    @property
    def is_active(self) -> bool:
        return self.status is PersonStatus.ACTIVE

    def next_stamp(self, now: float) -> int:
        return max(int(now), self.stamp + 1)


async def person_state(database: Database, person_id: str) -> PersonState | None:
    row = await database.fetch_row("SELECT * FROM person WHERE id = $1", person_id)
    return None if row is None else _state(row)


async def standing_person(database: Database, person_id: str) -> PersonState | None:
    """The person, or whoever they were merged into."""
    found = await person_state(database, person_id)
    for _ in range(_MOST_MERGES):
        if found is None or found.merged_into is None:
            return found
        found = await person_state(database, found.merged_into)
    return None


async def people_behind(database: Database, person_id: str) -> tuple[str, ...]:
    """The ids under which things were recorded that are this person's now: their own, and those merged into them."""
    rows = await database.fetch_all(
        "WITH RECURSIVE behind(id, step) AS (SELECT CAST($1 AS TEXT), 0 "
        "UNION ALL SELECT p.id, b.step + 1 FROM person p JOIN behind b ON p.merged_into = b.id WHERE b.step < 20) "
        "SELECT DISTINCT id FROM behind ORDER BY id",
        person_id,
    )
    return tuple(str(row["id"]) for row in rows)


def becoming(person: PersonState, status: PersonStatus, *, now: float) -> Statement:
    """The gate of a change of one person; with their own status it only holds them."""
    return Statement(
        "UPDATE person SET status = $1, status_changed_at = $2 "
        "WHERE id = $3 AND status = $4 AND COALESCE(status_changed_at, 0) = $5 RETURNING id",
        (status.value, person.next_stamp(now), person.id, person.status.value, person.stamp),
    )


def holding(person: PersonState, *, now: float) -> Statement:
    return becoming(person, person.status, now=now)


def joining(person_id: str, *, now: float) -> Statement:
    """The gate of whatever is added to an active person, such as a link: a merge under way then looks again."""
    return Statement(
        "UPDATE person SET status_changed_at = CASE WHEN COALESCE(status_changed_at, 0) >= $1 "
        "THEN status_changed_at + 1 ELSE $2 END WHERE id = $3 AND status = 'active' RETURNING id",
        (int(now), int(now), person_id),
    )


@dataclass(frozen=True)
class AlsoHeld:
    """A further row that must be as it was read: its table, its id and a condition on it with `$` parameters of its
    own, numbered from one."""

    table: Literal["linking_case", "person_merge"]
    id: str
    condition: str
    args: tuple[Value, ...] = ()


def holding_both(
    dialect: Literal["sqlite", "postgresql"], one: PersonState, other: PersonState, *also: AlsoHeld
) -> Statement:
    """Finds both people exactly as they were read, and keeps them so until the transaction is over.

    SQLite lets one transaction write at a time. PostgreSQL locks the rows, in the order of their ids, and looks at
    them again where it had to wait.
    """
    # One row of the person each, so that the order of the locks is the order of the names.
    first, second = sorted((one, other), key=lambda person: person.id)
    tables, conditions, args = ["person a", "person b"], [], list[Value]()
    for name, person in (("a", first), ("b", second)):
        start = len(args) + 1
        conditions.append(
            f"{name}.id = ${start} AND {name}.status = ${start + 1} "
            f"AND COALESCE({name}.status_changed_at, 0) = ${start + 2}"
        )
        args += [person.id, person.status.value, person.stamp]
    for number, held in enumerate(also):
        name, start = f"h{number}", len(args) + 1
        condition = _renumbered(held.condition, start)
        tables.append(f"{held.table} {name}")
        conditions.append(f"{name}.id = ${start} AND {condition.replace('{row}', name)}")
        args += [held.id, *held.args]
    lock = " FOR UPDATE" if dialect == "postgresql" else ""
    return Statement(
        f"SELECT a.id AS id FROM {', '.join(tables)} WHERE {' AND '.join(conditions)}{lock}",
        tuple(args),
    )


def _renumbered(condition: str, by: int) -> str:
    return _PLACE.sub(lambda place: f"${by + int(place[1])}", condition)


def _state(row: Row) -> PersonState:
    merged_into = row["merged_into"]
    return PersonState(
        id=str(row["id"]),
        status=PersonStatus(str(row["status"])),
        created_at=int(row["created_at"] or 0),
        stamp=int(row["status_changed_at"] or 0),
        merged_into=None if merged_into is None else str(merged_into),
    )
