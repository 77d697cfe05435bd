"""A rotation of the master key lifts no limit and loses no count."""

import secrets
from dataclasses import replace

import pytest

from idp.authentication.one_time_code import CodeWrong, OneTimeCodes
from idp.authentication.one_time_code_limits import DAY, CodeLimits, LimitReached
from idp.storage.database import Database
from idp.storage.vault import Vault
from tests.support.messages import messages_of
from tests.support.one_time_codes import HOLDER, LETTER, PHONE, send, wrong
from tests.support.sources import MASTER_KEY, NOW

KIND = HOLDER.identifier_kind
OLD = Vault([("k0", bytes(32))])
ROTATED = Vault([("k1", MASTER_KEY), ("k0", bytes(32))])
TWICE = Vault([("k2", b"2" * 32), ("k1", MASTER_KEY), ("k0", bytes(32))])


async def try_wrongly(database: Database, vault: Vault, *, times: int, now: int = NOW) -> None:
    limits = CodeLimits(database, vault)
    for _ in range(times):
        challenge = secrets.token_hex(8)
        await limits.reserve_try(KIND, PHONE, challenge=challenge, code_seconds=300, now=now)


async def disable(database: Database, vault: Vault) -> int:
    """A hundred wrong tries, ten a day; the day after them."""
    for day in range(10):
        await try_wrongly(database, vault, times=10, now=NOW + day * DAY)
    return NOW + 10 * DAY


@pytest.mark.parametrize("vault", [ROTATED, TWICE], ids=["one rotation", "two"])
async def test_a_disabled_number_stays_disabled(database: Database, vault: Vault) -> None:
    later = await disable(database, OLD)

    with pytest.raises(LimitReached) as refused:
        await OneTimeCodes(database, vault).admit(HOLDER, now=later)
    assert refused.value.seconds is None
    with pytest.raises(LimitReached) as refused:
        await try_wrongly(database, vault, times=1, now=later)
    assert refused.value.seconds is None


async def test_wrong_tries_before_and_after_are_one_sum(database: Database) -> None:
    await try_wrongly(database, OLD, times=4)
    await try_wrongly(database, ROTATED, times=3, now=NOW + 60)
    await try_wrongly(database, TWICE, times=3, now=NOW + 120)

    with pytest.raises(LimitReached):
        await try_wrongly(database, TWICE, times=1, now=NOW + 180)
    with pytest.raises(LimitReached):
        await OneTimeCodes(database, TWICE).admit(HOLDER, now=NOW + 180)
    await try_wrongly(database, TWICE, times=1, now=NOW + DAY)


async def test_workers_on_either_side_of_a_rotation_share_the_limit(database: Database) -> None:
    """While it is rolled out, some have the new key already, behind the one that is still active."""
    prepared = Vault([("k0", bytes(32)), ("k1", MASTER_KEY)])
    for _ in range(5):
        await try_wrongly(database, ROTATED, times=1, now=NOW)
        await try_wrongly(database, prepared, times=1, now=NOW + 1)

    for vault in (ROTATED, prepared):
        with pytest.raises(LimitReached):
            await try_wrongly(database, vault, times=1, now=NOW + 2)


async def test_messages_before_and_after_are_one_sum(database: Database) -> None:
    for sent in range(5):
        vault = OLD if sent < 3 else ROTATED
        await OneTimeCodes(database, vault).admit(HOLDER, now=NOW + 30 * sent)

    with pytest.raises(LimitReached) as refused:
        await OneTimeCodes(database, ROTATED).admit(HOLDER, now=NOW + 200)
    assert refused.value.minutes >= 57


async def test_messages_to_one_phone_before_and_after_are_one_sum(database: Database) -> None:
    for sent in range(11):
        codes = OneTimeCodes(database, OLD if sent < 5 else ROTATED)
        _, writes = await codes.issue(HOLDER, LETTER, phone=PHONE, replaces=None, now=NOW)
        await database.commit(*writes)

    assert sum(message["decoy"] for message in await messages_of(database, keys=ROTATED)) == 1


async def test_a_right_code_gives_its_try_back_after_a_rotation(database: Database) -> None:
    await try_wrongly(database, OLD, times=8)
    for login in range(4):
        codes = OneTimeCodes(database, ROTATED)
        challenge, code = await send(codes, database, now=NOW + 30 * login)
        await codes.prove(code, challenge, HOLDER, now=NOW + 30 * login)

    challenge, code = await send(OneTimeCodes(database, ROTATED), database, now=NOW + 600)
    with pytest.raises(CodeWrong):
        await OneTimeCodes(database, ROTATED).prove(wrong(code), challenge, HOLDER, now=NOW + 600)


async def test_another_number_is_not_counted_with_it(database: Database) -> None:
    later = await disable(database, OLD)

    await OneTimeCodes(database, ROTATED).admit(replace(HOLDER, identifier="+84530000003"), now=later)
