"""Group commit: what is asked for at once shares a transaction, and nobody pays for a neighbour's failure."""

import asyncio

from idp.storage.database import Insert, IntegrityConflict, Statement
from idp.storage.sqlite import SqliteDatabase


def _person(id: str) -> Insert:
    return Insert("person", {"id": id, "status": "active", "created_at": 1})


async def _people(database: SqliteDatabase) -> set[str]:
    return {str(row["id"]) for row in await database.fetch_all("SELECT id FROM person")}


async def test_what_is_asked_for_at_once_is_one_transaction(sqlite_database: SqliteDatabase) -> None:
    said: list[str] = []
    sqlite_database._connection.set_trace_callback(said.append)

    await asyncio.gather(*(sqlite_database.commit(_person(f"p{number}")) for number in range(20)))

    assert said.count("COMMIT") == 1
    assert len(await _people(sqlite_database)) == 20


async def test_one_that_fails_leaves_the_others_alone(sqlite_database: SqliteDatabase) -> None:
    await sqlite_database.commit(_person("taken"))

    outcomes = await asyncio.gather(
        sqlite_database.commit(_person("before")),
        sqlite_database.commit(_person("half"), _person("taken")),
        sqlite_database.commit(_person("after")),
        return_exceptions=True,
    )

    assert isinstance(outcomes[1], IntegrityConflict)
    assert outcomes[0] == outcomes[2] == {}
    assert await _people(sqlite_database) == {"taken", "before", "after"}


async def test_a_closed_gate_leaves_the_others_alone(sqlite_database: SqliteDatabase) -> None:
    closed = Statement("UPDATE person SET status = 'locked' WHERE id = 'nobody' RETURNING id")

    outcomes = await asyncio.gather(
        sqlite_database.commit(_person("before")),
        sqlite_database.commit(_person("never"), gate=closed),
        sqlite_database.commit(_person("after")),
    )

    assert list(outcomes) == [{}, None, {}]
    assert await _people(sqlite_database) == {"before", "after"}


async def test_a_caller_that_gave_up_does_not_stop_the_group(sqlite_database: SqliteDatabase) -> None:
    impatient = asyncio.ensure_future(sqlite_database.commit(_person("impatient")))
    patient = asyncio.ensure_future(sqlite_database.commit(_person("patient")))
    await asyncio.sleep(0)
    impatient.cancel()

    await patient

    assert "patient" in await _people(sqlite_database)
