"""Codes and their limits, on both databases: what fits, how often, and who may know."""

import asyncio
from dataclasses import replace

import pytest

from idp.authentication.one_time_code import (
    Challenge,
    CodeExpired,
    CodeMalformed,
    CodeWrong,
    Holder,
    Letter,
    OneTimeCodes,
)
from idp.authentication.one_time_code_limits import DAY, HOUR, LimitReached
from idp.storage.database import Database
from tests.support.messages import messages_of
from tests.support.sources import NOW, vault

PHONE = "+84530000002"
HOLDER = Holder(
    source_id="mobile",
    identifier_kind="mobile_number",
    identifier=PHONE,
    interaction_id="interaction-1",
    browser_hash=b"b" * 32,
    address_key="192.0.2.1",
)
LETTER = Letter(brand="DNVN", service_name="Cổng dịch vụ công", locale="vi", lifetime=300)


@pytest.fixture
def codes(database: Database) -> OneTimeCodes:
    return OneTimeCodes(database, vault())


async def send(
    codes: OneTimeCodes,
    database: Database,
    *,
    holder: Holder = HOLDER,
    phone: str | None = PHONE,
    now: int = NOW,
    replaces: str | None = None,
) -> tuple[Challenge, str]:
    """A challenge, and the code that went out for it."""
    await codes.admit(holder, now=now)
    challenge, writes = await codes.issue(holder, LETTER, phone=phone, replaces=replaces, now=now)
    before = {message["text"] for message in await messages_of(database)}
    await database.commit(*writes)
    new = [message for message in await messages_of(database) if message["text"] not in before]
    return challenge, str(new[0]["code"])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


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
        await codes.admit(replace(HOLDER, source_id="other", address_key="192.0.2.9"), now=NOW + 60)
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


async def test_of_three_hundred_parallel_guesses_five_are_compared(codes: OneTimeCodes, database: Database) -> None:
    challenge, code = await send(codes, database)
    guesses = [f"{(int(code) + 1 + n) % 1_000_000:06d}" for n in range(300)]

    outcomes = await asyncio.gather(
        *(codes.prove(guess, challenge, HOLDER, now=NOW) for guess in guesses), return_exceptions=True
    )

    assert sum(isinstance(outcome, CodeWrong) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, CodeExpired) for outcome in outcomes) == 295


async def test_of_three_hundred_parallel_right_answers_one_wins(codes: OneTimeCodes, database: Database) -> None:
    challenge, code = await send(codes, database)

    outcomes = await asyncio.gather(
        *(codes.prove(code, challenge, HOLDER, now=NOW) for _ in range(300)), return_exceptions=True
    )

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, CodeExpired) for outcome in outcomes) == 299


async def test_sends_once_in_thirty_seconds(codes: OneTimeCodes, database: Database) -> None:
    await send(codes, database)
    with pytest.raises(LimitReached) as refused:
        await send(codes, database, now=NOW + 10)
    assert refused.value.seconds == 20
    await send(codes, database, now=NOW + 30)


async def test_sends_five_an_hour_and_ten_a_day(codes: OneTimeCodes, database: Database) -> None:
    for sent in range(5):
        await send(codes, database, now=NOW + 30 * sent)
    with pytest.raises(LimitReached) as refused:
        await send(codes, database, now=NOW + 150)
    assert refused.value.minutes == 58

    for sent in range(5):
        await send(codes, database, now=NOW + HOUR + 30 * sent)
    with pytest.raises(LimitReached) as refused:
        await send(codes, database, now=NOW + 3 * HOUR)
    assert refused.value.seconds == DAY - 3 * HOUR


async def test_an_address_over_its_budget_uses_up_nobody_elses(codes: OneTimeCodes, database: Database) -> None:
    for number in range(300):
        await codes.admit(replace(HOLDER, identifier=f"+8453{number:07d}"), now=NOW)
    with pytest.raises(LimitReached):
        await codes.admit(replace(HOLDER, identifier="+84539999999"), now=NOW)

    await codes.admit(replace(HOLDER, identifier="+84539999999", address_key="198.51.100.1"), now=NOW)


async def test_a_block_of_numbers_has_a_budget(codes: OneTimeCodes, database: Database) -> None:
    for number in range(300):
        phone = f"+84530000{number:03d}"
        await codes.issue(replace(HOLDER, identifier=phone), LETTER, phone=phone, replaces=None, now=NOW)

    phone = "+84530000999"
    with pytest.raises(LimitReached):
        await codes.issue(replace(HOLDER, identifier=phone), LETTER, phone=phone, replaces=None, now=NOW)
    elsewhere = "+84530001999"
    await codes.issue(replace(HOLDER, identifier=elsewhere), LETTER, phone=elsewhere, replaces=None, now=NOW)


INSURED = replace(
    HOLDER, source_id="social-insurance", identifier_kind="social_insurance_number", identifier="9900000017"
)


async def test_an_identifier_nobody_knows_is_written_and_answered_like_any_other(
    codes: OneTimeCodes, database: Database
) -> None:
    stranger = replace(INSURED, identifier="9900000018")
    known, code = await send(codes, database, holder=INSURED)
    writes = database.counters.commits
    unknown, decoy_code = await send(codes, database, holder=stranger, phone=None)

    real, decoy = sorted(await messages_of(database), key=lambda message: bool(message["decoy"]))
    assert (real["decoy"], decoy["decoy"]) == (False, True)
    assert abs(real["size"] - decoy["size"]) <= 1
    assert decoy["to"] != PHONE
    assert len(decoy["to"]) == len(PHONE)
    assert database.counters.commits - writes == writes
    for outcome in [CodeWrong] * 5 + [CodeExpired]:
        with pytest.raises(outcome):
            await codes.prove(decoy_code, unknown, stranger, now=NOW)
    await codes.prove(code, known, INSURED, now=NOW)


async def test_a_phone_that_had_too_many_messages_is_not_given_away(codes: OneTimeCodes, database: Database) -> None:
    for source in range(10):
        await send(codes, database, holder=replace(HOLDER), now=NOW + source * HOUR)

    await send(codes, database, holder=INSURED, now=NOW + 11 * HOUR)

    assert [message["decoy"] for message in await messages_of(database)] == [False] * 10 + [True]
