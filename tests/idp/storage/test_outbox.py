"""The outbox: at least once, by one worker at a time, and no failure stops another message."""

import asyncio

import pytest

from idp.storage.database import Database
from idp.storage.open import open_database
from idp.storage.outbox import Kinds, OutboxMessage, claim_due, deliver_due, done, enqueue, failed
from idp.storage.vault import Vault

NOW = 1_800_000_000
DAY = 24 * 3600
VAULT = Vault([("k1", b"k" * 32)])


async def put(database: Database, *ids: str, kind: str = "sms") -> None:
    await database.commit(*(enqueue(kind, b"canary " + id.encode(), id=id, now=NOW, vault=VAULT) for id in ids))


async def claimed_ids(database: Database, *, now: int = NOW) -> list[str]:
    return sorted(message.id for message in await claim_due(database, VAULT, now=now))


async def test_a_message_is_sealed_and_comes_back_whole(database: Database) -> None:
    await put(database, "m1")

    (message,) = await claim_due(database, VAULT, now=NOW)

    assert (message.id, message.kind, message.payload, message.attempts) == ("m1", "sms", b"canary m1", 1)
    assert "canary" not in repr(message)
    assert b"canary" not in repr(await database.fetch_all("SELECT * FROM outbox")).encode()


async def test_a_claimed_message_is_nobody_elses_until_the_lease_is_over(database: Database) -> None:
    await put(database, "m1")

    assert await claimed_ids(database) == ["m1"]
    assert await claimed_ids(database) == []
    assert await claimed_ids(database, now=NOW + 59) == []
    assert await claimed_ids(database, now=NOW + 60) == ["m1"]


async def test_two_workers_never_claim_the_same_message(database_url: str) -> None:
    workers = [open_database(database_url) for _ in range(2)]
    await put(workers[0], *(f"m{number}" for number in range(40)))

    claims = await asyncio.gather(*(claim_due(workers[number % 2], VAULT, now=NOW, limit=5) for number in range(12)))

    ids = [message.id for claim in claims for message in claim]
    assert len(ids) == len(set(ids))
    for worker in workers:
        await worker.close()


async def test_a_limit_takes_the_longest_waiting_first(database: Database) -> None:
    await database.commit(enqueue("sms", b"", id="late", now=NOW, vault=VAULT))
    await database.commit(enqueue("sms", b"", id="early", now=NOW - 5, vault=VAULT))

    assert [message.id for message in await claim_due(database, VAULT, now=NOW, limit=1)] == ["early"]


async def test_a_delivered_message_does_not_come_back(database: Database) -> None:
    await put(database, "m1")
    (message,) = await claim_due(database, VAULT, now=NOW)

    await database.commit(done(message, now=NOW))

    assert await claimed_ids(database, now=NOW + DAY) == []


async def test_a_failed_message_is_put_off_twice_as_long_each_time(database: Database) -> None:
    await put(database, "m1")
    now, pauses = NOW, []

    for _ in range(4):
        (message,) = await claim_due(database, VAULT, now=now)
        await database.commit(failed(message, now=now, error="Timeout"))
        row = await database.fetch_row("SELECT next_attempt_at FROM outbox")
        assert row is not None
        assert isinstance(row["next_attempt_at"], int)
        assert await claimed_ids(database, now=row["next_attempt_at"] - 1) == []
        pauses.append(row["next_attempt_at"] - now)
        now = row["next_attempt_at"]

    assert pauses == [5, 10, 20, 40]


async def test_a_message_is_given_up_after_a_day(database: Database) -> None:
    await put(database, "m1")
    (message,) = await claim_due(database, VAULT, now=NOW + DAY)

    await database.commit(failed(message, now=NOW + DAY, error="Timeout"))

    assert await claimed_ids(database, now=NOW + 9 * DAY) == []
    assert await database.fetch_row("SELECT last_error FROM outbox") == {"last_error": "Timeout"}


async def test_the_report_of_a_worker_whose_lease_was_over_changes_nothing(database: Database) -> None:
    await put(database, "m1")
    (slow,) = await claim_due(database, VAULT, now=NOW)
    (quick,) = await claim_due(database, VAULT, now=NOW + 60)

    await database.commit(failed(slow, now=NOW + 61, error="Timeout"))
    assert await claimed_ids(database, now=NOW + 70) == []
    await database.commit(done(quick, now=NOW + 71))

    assert await claimed_ids(database, now=NOW + DAY) == []


async def test_a_failing_or_hanging_receiver_delays_nobody(database: Database) -> None:
    await put(database, "good")
    await put(database, "bad", kind="broken")
    await put(database, "slow", kind="hanging")
    await put(database, "odd", kind="unheard_of")
    got: list[str] = []

    async def deliver(message: OutboxMessage) -> None:
        got.append(message.id)

    async def refuse(_message: OutboxMessage) -> None:
        raise ConnectionRefusedError("to +84530000001")

    async def hang(_message: OutboxMessage) -> None:
        await asyncio.Event().wait()

    delivered = await deliver_due(
        database, VAULT, {"sms": deliver, "broken": refuse, "hanging": hang}, now=NOW, patience=0.05
    )

    assert (delivered, got) == (1, ["good"])
    rows = await database.fetch_all("SELECT id, last_error FROM outbox WHERE done_at IS NULL ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        ("bad", "ConnectionRefusedError"),
        ("odd", "UnknownKind"),
        ("slow", "TimeoutError"),
    ]


async def test_a_turn_takes_the_kinds_it_names_or_all_others(database: Database) -> None:
    await put(database, "letter", kind="email")
    await put(database, "text")
    await put(database, "event", kind="security_event")

    letters = await claim_due(database, VAULT, now=NOW, kinds=Kinds(("email", "fax")))
    rest = await claim_due(database, VAULT, now=NOW, kinds=Kinds(("email", "fax"), others=True))

    assert [message.id for message in letters] == ["letter"]
    assert sorted(message.id for message in rest) == ["event", "text"]


async def test_a_turn_of_no_kind_takes_nothing(database: Database) -> None:
    await put(database, "text")

    assert await claim_due(database, VAULT, now=NOW, kinds=Kinds(())) == []


async def test_a_message_that_does_not_unseal_is_put_off_and_the_others_go_out(database: Database) -> None:
    await put(database, "m1", "m2")
    await database.fetch_all("UPDATE outbox SET payload_sealed = $1 WHERE id = 'm1' RETURNING id", b"garbage")

    assert await claimed_ids(database) == ["m2"]
    assert await database.fetch_row("SELECT last_error FROM outbox WHERE id = 'm1'") == {"last_error": "CannotUnseal"}


@pytest.mark.parametrize("attempts", [1, 50, 5000])
def test_the_pause_never_exceeds_an_hour(attempts: int) -> None:
    message = OutboxMessage("m1", "sms", b"", attempts=attempts, created_at=NOW, claimed_until=NOW)

    next_attempt = failed(message, now=NOW, error="x").args[0]

    assert isinstance(next_attempt, int)
    assert NOW < next_attempt <= NOW + 3600
