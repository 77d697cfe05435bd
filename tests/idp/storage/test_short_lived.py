"""The short-lived store: stored once, changed by one, used by one, never accepted twice."""

import asyncio
from collections.abc import Iterable

import pytest

from idp.storage import short_lived
from idp.storage.database import Database, Insert, IntegrityConflict, Row, Statement
from idp.storage.open import open_database

NOW = 1_800_000_000
LATER = NOW + 60


async def ask(database: Database, query: Statement) -> Row | None:
    return await database.fetch_row(query.text, *query.args)


def code(value: str = "the-code", *, grant_id: str | None = "g1") -> Insert:
    return short_lived.put("code", value, payload=b"content", expires_at=LATER, grant_id=grant_id)


def winners(results: Iterable[Row | None]) -> int:
    return sum(result is not None for result in results)


async def test_an_entry_is_read_until_it_expires(database: Database) -> None:
    await database.commit(code())

    expected = {"payload": b"content", "grant_id": "g1", "version": 0, "expires_at": LATER}
    assert await ask(database, short_lived.get("code", "the-code", now=NOW)) == expected
    assert await ask(database, short_lived.get("code", "the-code", now=LATER - 1)) == expected
    assert await ask(database, short_lived.get("code", "the-code", now=LATER)) is None


@pytest.mark.parametrize("value", ["the-cod", "the-codee", "The-code", " the-code", "the-code=", ""])
async def test_another_spelling_finds_nothing(database: Database, value: str) -> None:
    await database.commit(code())

    assert await ask(database, short_lived.get("code", value, now=NOW)) is None
    assert await database.commit(gate=short_lived.take("code", value, now=NOW)) is None


async def test_another_kind_finds_nothing(database: Database) -> None:
    await database.commit(code())

    assert await ask(database, short_lived.get("access_token", "the-code", now=NOW)) is None
    assert await database.commit(gate=short_lived.take("access_token", "the-code", now=NOW)) is None


async def test_the_value_itself_is_never_stored(database: Database) -> None:
    await database.commit(code("canary-value"))

    rows = await database.fetch_all("SELECT * FROM short_lived")
    assert "canary-value" not in repr(rows)


async def test_the_same_value_cannot_be_put_twice(database: Database) -> None:
    await database.commit(code())

    with pytest.raises(IntegrityConflict):
        await database.commit(code())


async def test_a_taken_entry_is_gone_for_readers_but_known_to_replay_detection(database: Database) -> None:
    await database.commit(code())

    taken = await database.commit(gate=short_lived.take("code", "the-code", now=NOW))

    assert taken == {"payload": b"content", "grant_id": "g1", "version": 0, "expires_at": LATER}
    assert await ask(database, short_lived.get("code", "the-code", now=NOW)) is None
    assert await database.commit(gate=short_lived.take("code", "the-code", now=NOW)) is None
    found = await ask(database, short_lived.find("code", "the-code"))
    assert found == {**taken, "consumed_at": NOW}


async def test_an_expired_entry_cannot_be_taken(database: Database) -> None:
    await database.commit(code())

    assert await database.commit(gate=short_lived.take("code", "the-code", now=LATER)) is None


async def test_of_64_parallel_redemptions_over_two_workers_one_succeeds(database_url: str) -> None:
    workers = [open_database(database_url), open_database(database_url)]
    await workers[0].commit(code())

    results = await asyncio.gather(
        *(
            workers[number % 2].commit(
                short_lived.put("access_token", f"token-{number}", payload=b"", expires_at=LATER),
                gate=short_lived.take("code", "the-code", now=NOW),
            )
            for number in range(64)
        )
    )

    assert winners(results) == 1
    tokens = await workers[0].fetch_all("SELECT kind FROM short_lived WHERE kind = 'access_token'")
    assert len(tokens) == 1
    for worker in workers:
        await worker.close()


async def test_an_entry_is_replaced_only_at_the_version_that_was_read(database: Database) -> None:
    await database.commit(code())

    first = await database.commit(gate=short_lived.replace("code", "the-code", payload=b"new", version=0))
    stale = await database.commit(gate=short_lived.replace("code", "the-code", payload=b"old", version=0))

    assert first == {"version": 1}
    assert stale is None
    row = await ask(database, short_lived.get("code", "the-code", now=NOW))
    assert row is not None
    assert row["payload"] == b"new"


async def test_of_many_parallel_replacements_one_succeeds(database: Database) -> None:
    await database.commit(code())

    results = await asyncio.gather(
        *(
            database.commit(gate=short_lived.replace("code", "the-code", payload=b"%d" % number, version=0))
            for number in range(32)
        )
    )

    assert winners(results) == 1


async def test_a_used_entry_is_not_replaced(database: Database) -> None:
    await database.commit(code())
    await database.commit(gate=short_lived.take("code", "the-code", now=NOW))

    assert await database.commit(gate=short_lived.replace("code", "the-code", payload=b"x", version=0)) is None


async def test_a_replay_value_is_accepted_once_until_it_expires(database: Database) -> None:
    first = short_lived.add_once("jti", "abc", expires_at=LATER, now=NOW)
    soon = short_lived.add_once("jti", "abc", expires_at=LATER + 60, now=LATER - 1)
    after = short_lived.add_once("jti", "abc", expires_at=LATER + 60, now=LATER)

    assert await database.commit(gate=first) is not None
    assert await database.commit(gate=soon) is None
    assert await database.commit(gate=after) is not None
    assert await database.commit(gate=after) is None


async def test_of_64_parallel_uses_of_a_replay_value_one_is_accepted(database_url: str) -> None:
    workers = [open_database(database_url), open_database(database_url)]

    results = await asyncio.gather(
        *(
            workers[number % 2].commit(
                short_lived.put("access_token", f"token-{number}", payload=b"", expires_at=LATER),
                gate=short_lived.add_once("jti", "abc", expires_at=LATER, now=NOW),
            )
            for number in range(64)
        )
    )

    assert winners(results) == 1
    for worker in workers:
        await worker.close()
