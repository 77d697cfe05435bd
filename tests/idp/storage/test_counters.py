"""Counters: exact under any number of parallel attempts, and closed once the limit is reached."""

import asyncio

import pytest

from idp.storage import counters
from idp.storage.database import Database, Insert, Row
from idp.storage.open import open_database

NOW = 1_800_000_000


async def attempt(database: Database, *, limit: int = 3, now: int = NOW) -> Row | None:
    return await database.commit(gate=counters.increment("number:1", limit=limit, window=60, now=now))


async def test_counts_up_to_the_limit_and_no_further(database: Database) -> None:
    results = [await attempt(database) for _ in range(5)]

    assert results[:3] == [{"value": value, "expires_at": NOW + 60} for value in (1, 2, 3)]
    assert results[3:] == [None, None]


async def test_a_refused_attempt_writes_nothing_and_extends_nothing(database: Database) -> None:
    await attempt(database, limit=1)

    refused = await database.commit(
        Insert("person", {"id": "p1", "status": "active", "created_at": 1}),
        gate=counters.increment("number:1", limit=1, window=600, now=NOW + 30),
    )

    assert refused is None
    assert await database.fetch_row("SELECT id FROM person") is None
    assert await attempt(database, limit=1, now=NOW + 60) == {"value": 1, "expires_at": NOW + 120}


async def test_a_new_window_begins_at_one(database: Database) -> None:
    for _ in range(3):
        await attempt(database)

    assert await attempt(database, now=NOW + 59) is None
    assert await attempt(database, now=NOW + 60) == {"value": 1, "expires_at": NOW + 120}


async def test_keys_do_not_share_a_count(database: Database) -> None:
    await attempt(database, limit=1)

    other = counters.increment("number:2", limit=1, window=60, now=NOW)
    assert await database.commit(gate=other) is not None


async def test_of_300_parallel_guesses_exactly_the_limit_is_let_through(database_url: str) -> None:
    workers = [open_database(database_url), open_database(database_url)]

    results = await asyncio.gather(*(attempt(workers[number % 2], limit=5) for number in range(300)))

    assert sorted(str(row["value"]) for row in results if row) == ["1", "2", "3", "4", "5"]
    for worker in workers:
        await worker.close()


async def test_a_count_can_be_taken_back_but_not_below_zero(database: Database) -> None:
    await attempt(database)

    assert await database.commit(gate=counters.decrement("number:1", now=NOW)) == {"value": 0}
    assert await database.commit(gate=counters.decrement("number:1", now=NOW)) is None


async def test_the_current_count_can_be_shown(database: Database) -> None:
    query = counters.current("number:1", now=NOW)
    assert await database.fetch_row(query.text, *query.args) is None
    await attempt(database)
    await attempt(database)

    assert await database.fetch_row(query.text, *query.args) == {"value": 2, "expires_at": NOW + 60}
    late = counters.current("number:1", now=NOW + 60)
    assert await database.fetch_row(late.text, *late.args) is None


async def test_a_reset_forgets_every_count(database: Database) -> None:
    for _ in range(3):
        await attempt(database)

    await database.commit(counters.reset("number:1"))

    assert await attempt(database) == {"value": 1, "expires_at": NOW + 60}


async def test_the_key_is_not_stored(database: Database) -> None:
    await database.commit(gate=counters.increment("phone:+84530000001", limit=1, window=60, now=NOW))

    assert "8453" not in repr(await database.fetch_all("SELECT * FROM counter"))


@pytest.mark.parametrize(("limit", "window"), [(0, 60), (-1, 60), (1, 0)])
def test_a_limit_that_lets_nothing_through_is_a_mistake(limit: int, window: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        counters.increment("k", limit=limit, window=window, now=NOW)
