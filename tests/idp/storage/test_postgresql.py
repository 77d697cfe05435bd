"""What is particular to PostgreSQL: it goes away, comes back, refuses, and quotes rows in its messages."""

import asyncio
from collections.abc import Iterator

import pytest

from idp.storage import postgresql_pool
from idp.storage.database import Database, Insert, IntegrityConflict, Statement, StatementRefused, StorageUnavailable
from idp.storage.location import PostgresqlLocation
from idp.storage.open import open_database
from idp.storage.postgresql import PostgresqlDatabase
from tests.support.postgresql import PostgresqlServer, start_server

pytestmark = pytest.mark.postgresql

COUNT = "SELECT count(*) AS number FROM person"


def person(person_id: str) -> Insert:
    return Insert("person", {"id": person_id, "status": "active", "created_at": 1})


@pytest.fixture(scope="module")
def mortal_server() -> Iterator[PostgresqlServer]:
    """A server of this file's own, to be taken away."""
    server = start_server()
    yield server
    server.remove()


@pytest.mark.parametrize("at_once", [False, True], ids=["shut down", "killed"])
async def test_an_outage_heals_by_itself_and_loses_nothing_acknowledged(
    mortal_server: PostgresqlServer, at_once: bool
) -> None:
    database = open_database(mortal_server.url(mortal_server.fresh_database()))
    await asyncio.gather(*(database.commit(person(f"p{number}")) for number in range(20)))

    mortal_server.stop(at_once=at_once)
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            await database.fetch_row(COUNT)
        with pytest.raises(StorageUnavailable):
            await database.commit(person("in vain"))
    mortal_server.start()

    assert await database.fetch_row(COUNT) == {"number": 20}
    assert await database.commit(person("afterwards")) == {}
    await database.close()


async def test_a_read_survives_connections_that_died_while_idle(mortal_server: PostgresqlServer) -> None:
    database = open_database(mortal_server.url(mortal_server.fresh_database()))
    await database.commit(person("p1"))

    # No turn of the event loop in between: the broken connection is noticed only when it is used.
    mortal_server.stop(at_once=True)
    mortal_server.start()

    assert await database.fetch_row(COUNT) == {"number": 1}
    await database.close()


async def test_a_server_that_is_not_there_is_an_outage_and_no_dsn_is_told() -> None:
    database = open_database("postgresql://motcua:canary@127.0.0.1:1/motcua")

    with pytest.raises(StorageUnavailable) as caught:
        await database.fetch_row("SELECT 1 AS one")

    assert "canary" not in f"{caught.value!r} {caught.value.__cause__!r}"


async def test_a_wrong_database_name_is_an_outage(postgresql_server: PostgresqlServer) -> None:
    database = open_database(postgresql_server.url("not_there"))

    with pytest.raises(StorageUnavailable):
        await database.fetch_row("SELECT 1 AS one")


async def test_a_statement_that_takes_too_long_is_cut_off_and_the_pool_lives_on(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_pool, "_COMMAND_TIMEOUT", 0.1)
    database = PostgresqlDatabase(PostgresqlLocation(postgresql_url), connections=1)

    with pytest.raises(StorageUnavailable):
        await database.fetch_row("SELECT CAST(pg_sleep(30) AS text) AS slept")

    assert await database.fetch_row(COUNT) == {"number": 0}
    await database.close()


async def test_a_cancelled_question_gives_its_place_back(postgresql_url: str) -> None:
    database = PostgresqlDatabase(PostgresqlLocation(postgresql_url), connections=1)
    await database.fetch_row(COUNT)

    asking = asyncio.create_task(database.fetch_row("SELECT CAST(pg_sleep(30) AS text) AS slept"))
    for _ in range(10):
        await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert await database.fetch_row(COUNT) == {"number": 0}
    await database.close()


async def test_who_waits_too_long_for_a_connection_is_told_so(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_pool, "_QUEUE_TIMEOUT", 0.05)
    database = PostgresqlDatabase(PostgresqlLocation(postgresql_url), connections=1)
    long = asyncio.create_task(database.fetch_row("SELECT CAST(pg_sleep(0.5) AS text) AS slept"))
    await asyncio.sleep(0)

    with pytest.raises(StorageUnavailable, match="busy"):
        await database.fetch_row(COUNT)

    assert await long == {"slept": ""}
    assert await database.fetch_row(COUNT) == {"number": 0}
    await database.close()


async def test_who_leaves_the_line_takes_no_place_along(postgresql_url: str) -> None:
    database = PostgresqlDatabase(PostgresqlLocation(postgresql_url), connections=2)
    await database.fetch_row(COUNT)

    asking = [asyncio.create_task(database.fetch_row(COUNT)) for _ in range(40)]
    for number, task in enumerate(asking):
        await asyncio.sleep(0)
        if number % 3 == 0:
            task.cancel()
    results = await asyncio.gather(*asking, return_exceptions=True)

    assert {str(type(result)) for result in results if not isinstance(result, dict)} <= {str(asyncio.CancelledError)}
    assert list(await asyncio.gather(*(database.fetch_row(COUNT) for _ in range(10)))) == [{"number": 0}] * 10
    await database.close()


async def test_more_questions_than_connections_are_all_answered(postgresql_url: str) -> None:
    database = PostgresqlDatabase(PostgresqlLocation(postgresql_url), connections=3)

    await asyncio.gather(*(database.commit(person(f"p{number}")) for number in range(60)))

    assert await database.fetch_row(COUNT) == {"number": 60}
    used = await database.fetch_row(
        "SELECT count(*) AS number FROM pg_stat_activity"
        " WHERE application_name = 'motcua' AND datname = current_database()"
    )
    assert used == {"number": 3}
    await database.close()


async def test_deadlocked_commits_are_tried_again_until_both_are_through(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    await database.commit(person("a"), person("b"))

    def touch(first: str, second: str) -> tuple[Statement, Statement]:
        # The pause between the two locks makes the deadlock certain.
        text = "UPDATE person SET created_at = created_at + 1 WHERE id = $1 AND pg_sleep(0.2) IS NOT NULL"
        return Statement(text, (first,)), Statement(text, (second,))

    results = await asyncio.gather(database.commit(*touch("a", "b")), database.commit(*touch("b", "a")))

    assert list(results) == [{}, {}]
    rows = await database.fetch_all("SELECT created_at FROM person")
    assert [row["created_at"] for row in rows] == [3, 3]
    await database.close()


@pytest.mark.parametrize(
    "insert",
    [
        pytest.param(Insert("person", {"id": "canary", "created_at": 1}), id="a row that lacks a value"),
        pytest.param(
            Insert("person", {"id": "x", "status": "y", "created_at": "canary"}), id="a value of another type"
        ),
    ],
)
async def test_no_message_of_the_server_quotes_a_value(postgresql_url: str, insert: Insert) -> None:
    database = open_database(postgresql_url)

    with pytest.raises(StatementRefused) as caught:
        await database.commit(insert)

    shown = f"{caught.value!r} {caught.value.__cause__!r}"
    assert "canary" not in shown
    assert caught.value.__suppress_context__
    await database.close()


async def test_a_wrong_number_of_values_is_our_mistake_and_not_an_outage(postgresql_url: str) -> None:
    database = open_database(postgresql_url)

    with pytest.raises(StatementRefused):
        await database.fetch_row("SELECT id FROM person WHERE id = $1", "a", "b")

    await database.close()


async def test_a_conflict_inside_a_composed_statement_undoes_all_of_it(postgresql_url: str) -> None:
    database = open_database(postgresql_url)
    await database.commit(person("p1"), person("p2"))
    gate = Statement("UPDATE person SET status = $1 WHERE id = $2 RETURNING id", ("closed", "p2"))

    with pytest.raises(IntegrityConflict):
        await database.commit(person("p3"), person("p1"), gate=gate)

    assert await status_of(database, "p2") == "active"
    assert await database.fetch_row(COUNT) == {"number": 2}
    await database.close()


async def status_of(database: Database, person_id: str) -> object:
    row = await database.fetch_row("SELECT status FROM person WHERE id = $1", person_id)
    return row and row["status"]
