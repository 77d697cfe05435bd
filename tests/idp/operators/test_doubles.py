"""Who may be the same human as an operator, as far as the database knows."""

import pytest

from idp.identity.cases.case import CaseKind, new_case_id, open_case_writes
from idp.operators.doubles import doubles_of
from idp.storage.database import Database, Insert, Statement
from tests.support.sources import NOW, vault


async def _doubt(database: Database, person_id: str, *candidates: str) -> None:
    await database.commit(
        *open_case_writes(
            vault(),
            case_id=new_case_id(),
            kind=CaseKind.REVIEW,
            person_id=person_id,
            link_id=None,
            candidate_ids=candidates,
            decision="REVIEW",
            now=NOW,
        )
    )


async def _merge(database: Database, survivor: str, absorbed: str, *, undone: bool = False) -> None:
    row: dict[str, str | int | None] = {
        "id": f"{survivor}-{absorbed}",
        "survivor_id": survivor,
        "absorbed_id": absorbed,
        "basis": "operators",
        "moved": "{}",
        "merged_at": NOW,
        "merged_by": "test",
        "undone_at": NOW if undone else None,
    }
    await database.commit(Insert("person_merge", row))


async def test_a_person_is_their_own_double_and_nobody_else_s(database: Database) -> None:
    await _doubt(database, "lan", "hoa")

    assert await doubles_of(database, "an") == {"an"}


async def test_open_doubts_and_merges_are_followed_in_both_directions(database: Database) -> None:
    await _doubt(database, "an", "an-2")
    await _merge(database, "an-3", "an-2")
    await _doubt(database, "an-4", "an-3", "somebody")

    everybody = {"an", "an-2", "an-3", "an-4", "somebody"}
    assert await doubles_of(database, "an") == everybody
    assert await doubles_of(database, "somebody") == everybody


@pytest.mark.parametrize("outcome", ["kept_apart", "split"])
async def test_who_was_found_to_be_two_is_no_double(database: Database, outcome: str) -> None:
    await _doubt(database, "an", "binh")
    await database.commit(
        Statement("UPDATE linking_case SET decided_at = 1, status = 'decided', outcome = $1", (outcome,))
    )
    await _merge(database, "an", "chi", undone=True)

    assert await doubles_of(database, "an") == {"an"}


@pytest.mark.parametrize(("status", "outcome"), [("withdrawn", None), ("decided", "refused"), ("decided", "proven")])
async def test_a_doubt_that_nobody_answered_with_two_stays(
    database: Database, status: str, outcome: str | None
) -> None:
    """Withdrawn by its person, say, who would be two humans at the desk by pressing a button."""
    await _doubt(database, "an", "binh")
    await database.commit(
        Statement("UPDATE linking_case SET decided_at = 1, status = $1, outcome = $2", (status, outcome))
    )

    assert await doubles_of(database, "binh") == {"an", "binh"}


async def test_an_id_that_another_contains_is_not_that_one(database: Database) -> None:
    await _doubt(database, "lan", "a_b", "xa_by")

    assert await doubles_of(database, "axb") == {"axb"}
    assert "lan" in await doubles_of(database, "a_b")
