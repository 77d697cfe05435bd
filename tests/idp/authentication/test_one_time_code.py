"""Codes and the tries they allow, on both databases and from two workers."""

import asyncio
from dataclasses import replace

import pytest

from idp.authentication.address import Network, NetworkKey
from idp.authentication.one_time_code import (
    Challenge,
    CodeExpired,
    CodeMalformed,
    CodeWrong,
    Holder,
    OneTimeCodes,
)
from idp.authentication.one_time_code_limits import DAY, HOUR, LimitReached
from idp.storage.database import Database
from tests.support.one_time_codes import HOLDER, PHONE, send, wrong
from tests.support.sources import NOW


async def spend(codes: OneTimeCodes, challenge: Challenge, code: str, *, now: int = NOW) -> None:
    with pytest.raises(CodeWrong):
        await codes.prove(wrong(code), challenge, HOLDER, now=now)


async def test_the_right_code_works_once(codes: OneTimeCodes, database: Database) -> None:
    challenge, code = await send(codes, database)

    await codes.prove(code, challenge, HOLDER, now=NOW)

    with pytest.raises(CodeExpired):
        await codes.prove(code, challenge, HOLDER, now=NOW)


async def test_a_code_is_kept_as_a_keyed_hash_only(codes: OneTimeCodes, database: Database) -> None:
    _, code = await send(codes, database)

    rows = await database.fetch_all("SELECT payload FROM short_lived WHERE kind = 'one_time_code'")
    rows = [*rows, *await database.fetch_all("SELECT payload_sealed AS payload FROM outbox")]
    assert rows
    for row in rows:
        payload = row["payload"]
        assert isinstance(payload, bytes)
        assert code.encode() not in payload
        assert PHONE.encode() not in payload


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(HOLDER, interaction_id="interaction-2"), id="another interaction"),
        pytest.param(replace(HOLDER, browser_hash=b"c" * 32), id="another browser"),
        pytest.param(replace(HOLDER, source_id="social-insurance"), id="another source"),
        pytest.param(replace(HOLDER, identifier="+84530000003"), id="another number"),
    ],
)
async def test_a_code_fits_only_where_it_was_asked_for(codes: OneTimeCodes, database: Database, other: Holder) -> None:
    challenge, code = await send(codes, database)

    with pytest.raises(CodeWrong):
        await codes.prove(code, challenge, other, now=NOW)


async def test_a_code_dies_after_its_life(codes: OneTimeCodes, database: Database) -> None:
    challenge, code = await send(codes, database)

    with pytest.raises(CodeExpired):
        await codes.prove(code, challenge, HOLDER, now=NOW + 300)


async def test_a_new_code_ends_the_one_before(codes: OneTimeCodes, database: Database) -> None:
    first, first_code = await send(codes, database)
    second, second_code = await send(codes, database, replaces=first.id, now=NOW + 30)

    with pytest.raises(CodeExpired):
        await codes.prove(first_code, first, HOLDER, now=NOW + 30)
    await codes.prove(second_code, second, HOLDER, now=NOW + 30)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３", "12 34 5x", "1" * 5000])
async def test_what_is_no_code_spends_no_try(codes: OneTimeCodes, database: Database, typed: str) -> None:
    challenge, code = await send(codes, database)
    for _ in range(20):
        with pytest.raises(CodeMalformed):
            await codes.prove(typed, challenge, HOLDER, now=NOW)

    await codes.prove(f" {code[:3]} {code[3:]} ", challenge, HOLDER, now=NOW)


async def test_tells_how_many_tries_are_left_and_stops_after_five(codes: OneTimeCodes, database: Database) -> None:
    challenge, code = await send(codes, database)
    left = []
    for _ in range(5):
        with pytest.raises(CodeWrong) as refused:
            await codes.prove(wrong(code), challenge, HOLDER, now=NOW)
        left.append(refused.value.tries_left)

    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(CodeExpired):
        await codes.prove(code, challenge, HOLDER, now=NOW)


async def test_ten_wrong_a_day_whatever_the_code_and_the_source(codes: OneTimeCodes, database: Database) -> None:
    for sent in range(2):
        challenge, code = await send(codes, database, now=NOW + 30 * sent)
        for _ in range(5):
            await spend(codes, challenge, code, now=NOW + 30 * sent)

    with pytest.raises(LimitReached) as refused:
        await codes.admit(
            replace(HOLDER, source_id="other", address_keys=(NetworkKey(Network.HOST, "192.0.2.9"),)), now=NOW + 60
        )
    assert refused.value.seconds == DAY - 60

    challenge, code = await send(codes, database, now=NOW + DAY)
    await codes.prove(code, challenge, HOLDER, now=NOW + DAY)


async def test_the_daily_limit_stops_a_right_code_too(codes: OneTimeCodes, database: Database) -> None:
    first, first_code = await send(codes, database)
    for _ in range(5):
        await spend(codes, first, first_code)
    second, second_code = await send(codes, database, now=NOW + 30)
    third, third_code = await send(codes, database, now=NOW + 60)
    for _ in range(5):
        await spend(codes, second, second_code, now=NOW + 60)

    with pytest.raises(LimitReached):
        await codes.prove(third_code, third, HOLDER, now=NOW + 60)


async def test_a_hundred_wrong_ever_disable_the_number_for_good(codes: OneTimeCodes, database: Database) -> None:
    for day in range(10):
        for sent in range(2):
            now = NOW + day * (DAY + 60) + 30 * sent
            challenge, code = await send(codes, database, now=now)
            for _ in range(5):
                await spend(codes, challenge, code, now=now)

    with pytest.raises(LimitReached) as refused:
        await codes.admit(HOLDER, now=NOW + 3000 * DAY)
    assert refused.value.seconds is None


async def test_a_right_code_is_not_counted_as_a_wrong_one(codes: OneTimeCodes, database: Database) -> None:
    for login in range(12):
        now = NOW + login * HOUR * 3
        challenge, code = await send(codes, database, now=now)
        await codes.prove(code, challenge, HOLDER, now=now)


async def test_of_three_hundred_parallel_guesses_five_are_compared(
    codes: OneTimeCodes, second_worker: OneTimeCodes, database: Database
) -> None:
    challenge, code = await send(codes, database)
    guesses = [f"{(int(code) + 1 + n) % 1_000_000:06d}" for n in range(300)]
    workers = [codes, second_worker] * 150

    outcomes = await asyncio.gather(
        *(worker.prove(guess, challenge, HOLDER, now=NOW) for worker, guess in zip(workers, guesses, strict=True)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, CodeWrong) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, CodeExpired) for outcome in outcomes) == 295


async def test_of_three_hundred_parallel_right_answers_one_wins(
    codes: OneTimeCodes, second_worker: OneTimeCodes, database: Database
) -> None:
    challenge, code = await send(codes, database)
    workers = [codes, second_worker] * 150

    outcomes = await asyncio.gather(
        *(worker.prove(code, challenge, HOLDER, now=NOW) for worker in workers), return_exceptions=True
    )

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, CodeExpired) for outcome in outcomes) == 299
