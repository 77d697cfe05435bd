"""How often codes are sent, and that limits and unknown numbers give nothing away."""

from dataclasses import replace

import pytest

from idp.authentication.address import Network, NetworkKey, address_keys
from idp.authentication.one_time_code import (
    CodeExpired,
    CodeWrong,
    Holder,
    OneTimeCodes,
)
from idp.authentication.one_time_code_limits import DAY, HOUR, CrowdLimitReached, LimitReached
from idp.storage.database import Database
from tests.support.messages import messages_of
from tests.support.one_time_codes import HOLDER, LETTER, PHONE, send
from tests.support.sources import NOW, vault


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


async def test_an_address_over_its_budget_uses_up_nobody_elses(sqlite_database: Database) -> None:
    codes = OneTimeCodes(sqlite_database, vault())
    for number in range(300):
        await codes.admit(replace(HOLDER, identifier=f"+8453{number:07d}"), now=NOW)
    with pytest.raises(LimitReached):
        await codes.admit(replace(HOLDER, identifier="+84539999999"), now=NOW)

    await codes.admit(
        replace(HOLDER, identifier="+84539999999", address_keys=(NetworkKey(Network.HOST, "198.51.100.1"),)), now=NOW
    )


def holder(number: int, *keys: NetworkKey) -> Holder:
    return replace(HOLDER, identifier=f"+8453{number:07d}", address_keys=keys)


@pytest.mark.parametrize(("network", "budget"), [(Network.HOME, 600), (Network.SITE, 200), (Network.POOL, 200)])
async def test_a_network_has_a_budget_however_many_hosts_it_holds(
    sqlite_database: Database, network: Network, budget: int
) -> None:
    codes, around = OneTimeCodes(sqlite_database, vault()), NetworkKey(network, "one")
    # One minute later where the budget is an hour's, so that everybody's together is never what refuses.
    for number in range(budget):
        host = NetworkKey(Network.HOST, str(number))
        await codes.admit(holder(number, host, around), now=NOW + number // 300 * 60)

    late = NOW + (budget - 1) // 300 * 60
    with pytest.raises(CrowdLimitReached):
        await codes.admit(holder(9_999_999, NetworkKey(Network.HOST, "last"), around), now=late)
    await codes.admit(holder(9_999_999, NetworkKey(network, "other")), now=late)


async def test_one_site_cannot_stop_the_codes_of_everybody_else(sqlite_database: Database) -> None:
    codes = OneTimeCodes(sqlite_database, vault())
    refused = 0
    for number in range(700):
        keys = address_keys(vault(), f"2001:db8:1:{number:x}::1")
        try:
            await codes.admit(holder(number, *keys), now=NOW)
        except CrowdLimitReached:
            refused += 1

    assert refused == 500
    await codes.admit(holder(9_999_999, *address_keys(vault(), "2001:db8:2::1")), now=NOW)


async def test_who_is_refused_for_everybody_has_used_up_nothing(sqlite_database: Database) -> None:
    codes = OneTimeCodes(sqlite_database, vault())
    for number in range(600):
        await codes.admit(holder(number), now=NOW)
    for _ in range(20):
        with pytest.raises(CrowdLimitReached):
            await codes.admit(holder(9_999_999), now=NOW + 1)

    await codes.admit(holder(9_999_999), now=NOW + 60)


async def test_asking_for_one_number_again_and_again_takes_nothing_from_everybody(sqlite_database: Database) -> None:
    codes = OneTimeCodes(sqlite_database, vault())
    await codes.admit(holder(1), now=NOW)
    for _ in range(700):
        with pytest.raises(LimitReached) as refused:
            await codes.admit(holder(1), now=NOW)
        assert not isinstance(refused.value, CrowdLimitReached)

    await codes.admit(holder(2), now=NOW)


async def test_a_block_of_numbers_has_a_budget(sqlite_database: Database) -> None:
    database, codes = sqlite_database, OneTimeCodes(sqlite_database, vault())
    for number in range(300):
        phone = f"+84530000{number:03d}"
        await codes.issue(replace(HOLDER, identifier=phone), LETTER, phone=phone, replaces=None, now=NOW)

    await send(codes, database, holder=replace(HOLDER, identifier="+84530000999"), phone="+84530000999")
    await send(codes, database, holder=replace(HOLDER, identifier="+84530001999"), phone="+84530001999")

    assert [message["decoy"] for message in await messages_of(database)] == [True, False]


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
    for sent in range(5):
        await send(codes, database, now=NOW + sent * 30)
        await send(codes, database, holder=INSURED, now=NOW + sent * 30)

    await send(codes, database, holder=replace(INSURED, identifier="9900000019"), now=NOW + 200)

    assert [message["decoy"] for message in await messages_of(database)] == [False] * 10 + [True]


async def test_a_number_on_file_cannot_be_found_out_by_its_wait(codes: OneTimeCodes, database: Database) -> None:
    await send(codes, database, holder=INSURED)

    await send(codes, database, now=NOW + 1)
