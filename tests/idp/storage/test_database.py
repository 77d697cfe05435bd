"""What both databases promise: one transaction, one winner, the same errors."""

import asyncio
import secrets

import pytest

from idp.storage.database import (
    Database,
    FromGate,
    Insert,
    IntegrityConflict,
    Statement,
    StatementRefused,
    UnitOfWork,
    Write,
)
from idp.storage.open import open_database


def person(person_id: str, *, status: str = "active") -> Insert:
    return Insert("person", {"id": person_id, "status": status, "created_at": 1})


def anchor(index: bytes, person_id: str) -> Insert:
    return Insert("identity_anchor", {"personal_id_index": index, "person_id": person_id})


def close_once(person_id: str) -> Statement:
    return Statement(
        "UPDATE person SET status = $1 WHERE id = $2 AND status = 'active' RETURNING id, status",
        ("closed", person_id),
    )


async def count(database: Database, table: str) -> int:
    row = await database.fetch_row(f"SELECT count(*) AS number FROM {table}")
    assert row is not None
    assert isinstance(row["number"], int)
    return row["number"]


async def test_a_row_comes_back_as_it_was_written(database: Database) -> None:
    await database.commit(Insert("counter", {"key_hash": b"\x00\xff", "value": 2**40, "expires_at": 7}))

    row = await database.fetch_row("SELECT key_hash, value, expires_at FROM counter WHERE value = $1", 2**40)

    assert row == {"key_hash": b"\x00\xff", "value": 2**40, "expires_at": 7}


async def test_no_row_is_none(database: Database) -> None:
    assert await database.fetch_row("SELECT id FROM person WHERE id = $1", "nobody") is None
    assert list(await database.fetch_all("SELECT id FROM person")) == []


async def test_writes_without_a_gate_return_an_empty_mapping(database: Database) -> None:
    assert await database.commit(person("p1")) == {}
    assert await database.commit(person("p2"), person("p3")) == {}
    assert await database.commit() == {}
    assert await count(database, "person") == 3


async def test_a_parameter_may_be_used_twice(database: Database) -> None:
    await database.commit(person("p1"), person("p2"))

    rows = await database.fetch_all("SELECT id FROM person WHERE id = $2 OR (id = $1 AND id = $1)", "p1", "p2")

    assert sorted(str(row["id"]) for row in rows) == ["p1", "p2"]


async def test_a_failing_write_undoes_the_others(database: Database) -> None:
    await database.commit(person("p1"))

    with pytest.raises(IntegrityConflict):
        await database.commit(person("p2"), person("p1"))

    assert await count(database, "person") == 1


async def test_a_conflict_names_the_constraint_and_not_the_value(database: Database) -> None:
    await database.commit(person("secret-of-p1"))

    with pytest.raises(IntegrityConflict) as caught:
        await database.commit(person("secret-of-p1"))

    assert "person" in str(caught.value)
    assert "secret-of-p1" not in repr(caught.value)


async def test_a_reference_to_a_row_that_is_gone_is_a_conflict(database: Database) -> None:
    with pytest.raises(IntegrityConflict):
        await database.commit(anchor(b"index", "nobody"))


async def test_parent_and_child_are_written_together(database: Database) -> None:
    await database.commit(person("p1"), anchor(b"index", "p1"))

    assert await count(database, "identity_anchor") == 1


async def test_a_tolerated_duplicate_is_silently_kept(database: Database) -> None:
    await database.commit(person("p1"))

    again = Insert("person", {"id": "p1", "status": "other", "created_at": 9}, on_conflict_do_nothing=True)
    await database.commit(again, person("p2"))

    row = await database.fetch_row("SELECT status FROM person WHERE id = 'p1'")
    assert row == {"status": "active"}
    assert await count(database, "person") == 2


async def test_an_open_gate_returns_its_row_and_lets_every_write_through(database: Database) -> None:
    await database.commit(person("p1"), person("p2"), person("p3"), anchor(b"old", "p3"))

    row = await database.commit(
        anchor(b"new", "p2"),
        Statement("UPDATE person SET status = $1 WHERE id = $2", ("moved", "p2")),
        Statement("DELETE FROM identity_anchor WHERE personal_id_index = $1", (b"old",)),
        gate=close_once("p1"),
    )

    assert row == {"id": "p1", "status": "closed"}
    anchors = await database.fetch_all("SELECT personal_id_index FROM identity_anchor")
    assert [found["personal_id_index"] for found in anchors] == [b"new"]
    assert await database.fetch_row("SELECT status FROM person WHERE id = 'p2'") == {"status": "moved"}


UPSERT = (
    "INSERT INTO counter (key_hash, value, expires_at) VALUES ($1, 1, $2)"
    " ON CONFLICT (key_hash) DO UPDATE SET value = counter.value + 1 WHERE counter.expires_at < $2"
)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(person("p9"), id="a row"),
        pytest.param(
            Insert("person", {"id": "p9", "status": "x", "created_at": 1}, on_conflict_do_nothing=True),
            id="a tolerated duplicate",
        ),
        pytest.param(Statement("UPDATE person SET status = $1 WHERE id = $2", ("x", "p2")), id="an update"),
        pytest.param(
            Statement("UPDATE person SET status = $1 WHERE id = $2 OR id = $3", ("x", "p2", "p1")),
            id="an update with OR",
        ),
        pytest.param(
            Statement("UPDATE person SET status = $1 WHERE id = $2 RETURNING id", ("x", "p2")),
            id="an update that returns",
        ),
        pytest.param(Statement("DELETE FROM person WHERE id = $1", ("p2",)), id="a deletion"),
        pytest.param(Statement(UPSERT, (b"k", 9)), id="an upsert"),
        pytest.param(
            Statement("INSERT INTO person (id, status, created_at) VALUES ($1, $2, 3)", ("p9", "x")),
            id="an insert of values",
        ),
        pytest.param(
            Statement(
                "INSERT INTO person (id, status, created_at) SELECT $1, status, 3 FROM person"
                " WHERE id = $2 OR id = 'nobody' ON CONFLICT (id) DO NOTHING",
                ("p9", "p2"),
            ),
            id="an insert of a selection",
        ),
    ],
)
async def test_a_write_happens_only_behind_an_open_gate(database: Database, write: Write) -> None:
    await database.commit(person("p1", status="closed"), person("p2"), person("p3"))

    async def everything() -> tuple[list[str], int]:
        rows = await database.fetch_all("SELECT id, status FROM person ORDER BY id")
        return [f"{row['id']!s} {row['status']!s}" for row in rows], await count(database, "counter")

    before = await everything()
    assert await database.commit(write, gate=close_once("p1")) is None
    assert await everything() == before
    assert await database.commit(write, gate=close_once("p3")) == {"id": "p3", "status": "closed"}
    changed, counters = await everything()
    assert changed != ["p1 closed", "p2 active", "p3 closed"] or counters == 1


@pytest.mark.parametrize("writes", [0, 2])
async def test_of_64_parallel_commits_behind_one_gate_one_wins(database_url: str, writes: int) -> None:
    first, second = open_database(database_url), open_database(database_url)
    await first.commit(person("p1"))

    async def attempt(number: int) -> bool:
        database = first if number % 2 else second
        found = await database.commit(*(person(secrets.token_hex(8)) for _ in range(writes)), gate=close_once("p1"))
        return found is not None

    won = await asyncio.gather(*(attempt(number) for number in range(64)))

    assert won.count(True) == 1
    assert await count(first, "person") == 1 + writes
    await first.close()
    await second.close()


async def test_gated_updates_of_one_row_by_many_gates_all_count(database: Database) -> None:
    """PostgreSQL looks at a concurrently changed row again; the gate's answer must survive that."""
    await database.commit(*(person(f"p{number}") for number in range(32)))
    await database.commit(Insert("counter", {"key_hash": b"k", "value": 0, "expires_at": 9}))
    more = Statement("UPDATE counter SET value = value + 1 WHERE key_hash = $1", (b"k",))

    await asyncio.gather(*(database.commit(more, gate=close_once(f"p{number}")) for number in range(32)))

    assert await database.fetch_row("SELECT value FROM counter") == {"value": 32}


async def test_the_loser_of_a_race_for_a_unique_key_is_told(database_url: str) -> None:
    databases = [open_database(database_url) for _ in range(2)]

    results = await asyncio.gather(
        *(
            database.commit(person(f"p{number}"), anchor(b"index", f"p{number}"))
            for number, database in enumerate(databases * 8)
        ),
        return_exceptions=True,
    )

    assert sum(result == {} for result in results) == 1
    assert sum(isinstance(result, IntegrityConflict) for result in results) == 15
    assert await count(databases[0], "person") == 1
    for database in databases:
        await database.close()


async def test_a_query_can_change_rows_and_return_them(database: Database) -> None:
    await database.commit(person("p1"), person("p2"))

    rows = await database.fetch_all("DELETE FROM person WHERE id <> $1 RETURNING id", "p1")

    assert list(rows) == [{"id": "p2"}]
    assert await count(database, "person") == 1


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(Statement("UPDATE nothing SET x = 1 WHERE x = $1", (1,)), id="no such table"),
        pytest.param(Statement("UPDATE person SET WHERE", ()), id="not SQL"),
        pytest.param(Insert("person", {"id": "canary-099", "created_at": 1}), id="a value missing"),
        pytest.param(Insert("person; --", {"id": "canary-099"}), id="not a table's name"),
    ],
)
async def test_a_mistake_of_ours_is_not_taken_for_an_outage(database: Database, mistake: Write) -> None:
    with pytest.raises(StatementRefused) as caught:
        await database.commit(mistake)

    assert "canary-099" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert await count(database, "person") == 0


async def test_round_trips_and_commits_are_counted(database: Database) -> None:
    await database.commit(person("p1"), person("p2"))
    await database.commit(person("p3"), gate=close_once("p1"))
    await database.fetch_row("SELECT 1 AS one")

    assert (database.counters.round_trips, database.counters.commits) == (3, 2)


async def test_a_unit_of_work_commits_what_it_collected(database: Database) -> None:
    work = UnitOfWork(gate=close_once("p1"))
    await database.commit(person("p1"))
    work.add(person("p2"))
    work.add(person("p3"))

    assert await work.commit(database) == {"id": "p1", "status": "closed"}
    assert await count(database, "person") == 3


async def test_a_write_takes_values_from_the_row_of_its_gate(database: Database) -> None:
    await database.commit(person("p1"))

    await database.commit(
        Insert("person", {"id": "p2", "status": FromGate("status"), "created_at": 5}), gate=close_once("p1")
    )

    row = await database.fetch_row("SELECT status, created_at FROM person WHERE id = 'p2'")
    assert row == {"status": "closed", "created_at": 5}


async def test_a_gate_of_several_rows_writes_once(database: Database) -> None:
    await database.commit(person("p1"), person("p2"))
    gate = Statement("UPDATE person SET status = $1 WHERE status = 'active' RETURNING id, status", ("closed",))

    await database.commit(
        Insert("person", {"id": "p3", "status": FromGate("status"), "created_at": 5}), person("p4"), gate=gate
    )

    assert await count(database, "person") == 4


async def test_a_gate_may_only_look(database: Database) -> None:
    await database.commit(person("p1"))
    look = "SELECT id FROM person WHERE id = $1"

    assert await database.commit(person("p2"), gate=Statement(look, ("nobody",))) is None
    assert await database.commit(person("p2"), gate=Statement(look, ("p1",))) == {"id": "p1"}

    assert await count(database, "person") == 2
