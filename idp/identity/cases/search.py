"""Cases found: by id, by the reference somebody reads out, by person, and page by page for the operators' queue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from idp.identity.cases.case import UNDECIDED, Case, CaseKind, CaseStatus, case_of
from idp.identity.cases.references import read_reference
from idp.storage.database import Database, Value
from idp.storage.vault import Vault


@dataclass(frozen=True)
class CasePlace:
    """Where a page of the queue ended."""

    created_at: int
    id: str


async def case_by_id(database: Database, vault: Vault, case_id: str) -> Case | None:
    row = await database.fetch_row("SELECT * FROM linking_case WHERE id = $1", case_id)
    return None if row is None else case_of(row, vault)


async def case_by_reference(database: Database, vault: Vault, typed: str) -> Case | None:
    """However it was typed; what cannot be a reference reaches no database."""
    reference = read_reference(typed)
    if reference is None:
        return None
    row = await database.fetch_row("SELECT * FROM linking_case WHERE reference = $1", reference)
    return None if row is None else case_of(row, vault)


async def cases_of_person(database: Database, vault: Vault, person_id: str) -> list[Case]:
    """Cases about this person, not those that merely name them as a candidate; the newest first."""
    rows = await database.fetch_all(
        "SELECT * FROM linking_case WHERE person_id = $1 ORDER BY created_at DESC, id DESC", person_id
    )
    return [case_of(row, vault) for row in rows]


async def cases_in_queue(
    database: Database,
    vault: Vault,
    *,
    statuses: Collection[CaseStatus] = UNDECIDED,
    kinds: Collection[CaseKind] = tuple(CaseKind),
    after: CasePlace | None = None,
    limit: int = 50,
) -> list[Case]:
    """The oldest first. `after`: the place of the last case of the page before."""
    if not statuses or not kinds:
        return []
    asked: list[Value] = [*sorted(statuses), *sorted(kinds)]
    condition = f"status IN ({_places(sorted(statuses), 1)}) AND kind IN ({_places(sorted(kinds), 1 + len(statuses))})"
    if after is not None:
        place = len(asked) + 1
        condition += f" AND (created_at > ${place} OR (created_at = ${place + 1} AND id > ${place + 2}))"
        asked += [after.created_at, after.created_at, after.id]
    rows = await database.fetch_all(
        f"SELECT * FROM linking_case WHERE {condition} ORDER BY created_at, id LIMIT ${len(asked) + 1}", *asked, limit
    )
    return [case_of(row, vault) for row in rows]


async def count_in_queue(database: Database) -> dict[CaseStatus, int]:
    """How many cases wait, by status."""
    rows = await database.fetch_all(
        "SELECT status, COUNT(*) AS number FROM linking_case WHERE decided_at IS NULL GROUP BY status"
    )
    return {CaseStatus(str(row["status"])): int(row["number"] or 0) for row in rows}


def _places(values: Sequence[str], first: int) -> str:
    return ", ".join(f"${first + position}" for position in range(len(values)))
