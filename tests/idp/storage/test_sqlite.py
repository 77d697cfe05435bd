"""What is particular to SQLite: a busy writer elsewhere never blocks the event loop."""

import asyncio
import sqlite3

import pytest

from idp.storage import sqlite as module
from idp.storage.database import Database, Insert, Statement, StorageUnavailable
from idp.storage.open import open_database

PERSON = Insert("person", {"id": "p1", "status": "active", "created_at": 1})


def other_writer(url: str) -> sqlite3.Connection:
    """Another worker that has begun to write and not finished."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


async def test_every_durability_setting_is_on(sqlite_database: Database) -> None:
    settings = {}
    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
        row = await sqlite_database.fetch_row(f"PRAGMA {name}")
        assert row is not None
        settings[name] = next(iter(row.values()))

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 0}


async def test_a_commit_waits_for_another_writer_without_blocking_the_event_loop(
    sqlite_url: str, sqlite_database: Database
) -> None:
    other = other_writer(sqlite_url)

    commit = asyncio.create_task(sqlite_database.commit(PERSON))
    for _ in range(100):
        # Each turn would hang if the commit waited inside SQLite.
        await asyncio.sleep(0)
    assert not commit.done()
    assert await sqlite_database.fetch_row("SELECT id FROM person") is None

    other.execute("ROLLBACK")
    assert await commit == {}
    other.close()


async def test_a_writer_that_never_finishes_becomes_an_outage_and_leaves_nothing_behind(
    sqlite_url: str, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GIVE_UP_AFTER", 0.05)
    other = other_writer(sqlite_url)

    with pytest.raises(StorageUnavailable):
        await sqlite_database.commit(PERSON)

    other.execute("ROLLBACK")
    other.close()
    assert await sqlite_database.fetch_row("SELECT id FROM person") is None
    assert await sqlite_database.commit(PERSON) == {}


async def test_what_was_acknowledged_is_seen_by_the_next_process(sqlite_url: str, sqlite_database: Database) -> None:
    await sqlite_database.commit(PERSON)

    other = open_database(sqlite_url)

    assert await other.fetch_row("SELECT id FROM person") == {"id": "p1"}
    await other.close()


async def test_a_closed_gate_leaves_no_transaction_open(sqlite_url: str, sqlite_database: Database) -> None:
    closed = Statement("UPDATE person SET status = 'x' WHERE id = $1 RETURNING id", ("nobody",))
    assert await sqlite_database.commit(PERSON, gate=closed) is None

    other = other_writer(sqlite_url)
    other.execute("ROLLBACK")
    other.close()


async def test_a_half_read_query_does_not_keep_the_log_from_being_reset(
    sqlite_url: str, sqlite_database: Database
) -> None:
    for number in range(3):
        await sqlite_database.commit(Insert("person", {"id": f"p{number}", "status": "a", "created_at": 1}))
    await sqlite_database.fetch_row("SELECT id FROM person")

    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    other.close()

    assert busy == 0


async def test_two_workers_under_load_lose_no_commit(sqlite_url: str) -> None:
    workers = [open_database(sqlite_url) for _ in range(2)]

    await asyncio.gather(
        *(
            workers[number % 2].commit(Insert("person", {"id": f"p{number}", "status": "a", "created_at": 1}))
            for number in range(200)
        )
    )

    row = await workers[0].fetch_row("SELECT count(*) AS number FROM person")
    assert row == {"number": 200}
    for worker in workers:
        await worker.close()
