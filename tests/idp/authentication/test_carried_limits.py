"""A master key that goes takes no limit with it: what was counted under it is counted on."""

from dataclasses import replace

import pytest

from idp.authentication.limits_across_keys import carry_limits_over
from idp.authentication.one_time_code_limits import WRONG_EVER, CodeLimits, LimitReached
from idp.storage.database import Database
from idp.storage.vault import Vault
from tests.idp.identity.test_recognition import HOA, recognised, seen
from tests.support.sources import MASTER_KEY, NOW

OLD = Vault([("k1", MASTER_KEY)])
BOTH = Vault([("k2", bytes(32)), ("k1", MASTER_KEY)])
NEW = Vault([("k2", bytes(32))])
LINKED = replace(HOA, phone_number="+84530000001", social_insurance_number="9900000017")


async def guess(database: Database, keys: Vault, kind: str, number: str, *, times: int) -> None:
    limits = CodeLimits(database, keys)
    for turn in range(times):
        day = NOW + (turn // 5) * 2 * 86_400
        await limits.reserve_try(kind, number, challenge=f"c-{keys!r}-{turn}", code_seconds=300, now=day)


async def wrong(database: Database, keys: Vault, kind: str, number: str) -> int:
    return await CodeLimits(database, keys).wrong_ever(kind, number, now=NOW)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        pytest.param("mobile_number", "+84530000001", id="the phone"),
        pytest.param("social_insurance_number", "9900000017", id="the insurance number"),
        pytest.param("social_insurance_number", "099184000011", id="the personal ID in its place"),
    ],
)
async def test_wrong_codes_stay_counted_without_the_old_key(database: Database, kind: str, number: str) -> None:
    await recognised(database, seen(LINKED), keys=OLD)
    await guess(database, OLD, kind, number, times=4)
    await guess(database, BOTH, kind, number, times=3)

    moved = await carry_limits_over(database, BOTH, now=NOW)
    again = await carry_limits_over(database, BOTH, now=NOW)

    assert (moved, again) == (2, 0)
    assert await wrong(database, NEW, kind, number) == await wrong(database, BOTH, kind, number) == 7


async def test_a_number_that_was_disabled_stays_disabled(database: Database) -> None:
    await recognised(database, seen(LINKED), keys=OLD)
    await guess(database, OLD, "mobile_number", "+84530000001", times=WRONG_EVER)

    await carry_limits_over(database, BOTH, now=NOW)

    with pytest.raises(LimitReached):
        await CodeLimits(database, NEW).check_not_exhausted("mobile_number", "+84530000001", now=NOW)


async def test_other_numbers_and_one_key_alone_are_left_as_they_are(database: Database) -> None:
    await recognised(database, seen(LINKED), keys=OLD)
    await guess(database, OLD, "mobile_number", "+84530000002", times=2)

    assert await carry_limits_over(database, BOTH, now=NOW) == 0
    assert await carry_limits_over(database, OLD, now=NOW) == 0
    assert await wrong(database, BOTH, "mobile_number", "+84530000002") == 2
