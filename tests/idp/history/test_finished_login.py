"""What a finished login leaves behind: a line, a device, and a notice where it stands out. Each exactly once."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from idp.history.arrival import Arrival
from idp.history.finished_login import FinishedLogin, load_known, writes_of_login
from idp.history.login_records import LoginOutcome, history_of, record_login
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database, Statement
from idp.storage.outbox import OutboxMessage, deliver_due
from tests.support.accounts import identity, store_link, store_person
from tests.support.sources import NOW, settings, vault

DAY = 24 * 3600
PHONE, OTHER_PHONE, MAILBOX = "+84530000001", "+84530000002", "ngan@congdan.example"
SETTINGS = settings(smtp_url="smtp://127.0.0.1:25", mail_from="bao-tin@motcua.example")
LOGIN = FinishedLogin(
    person_id="person-1",
    link_id="link-1",
    session_id="session-1",
    source_id="tax",
    client_id="portal",
    service_name="Cổng dịch vụ công",
    level=LevelOfAssurance.SUBSTANTIAL,
    browser_hash=b"known" * 6,
    arrival=Arrival("Chrome, Android", "203.0.113.0/24"),
    locale="vi",
)
STRANGE = replace(LOGIN, browser_hash=b"strange" * 4)


@pytest.fixture
async def account(database: Database) -> Database:
    await store_person(database)
    await store_link(database, known=identity(phone_number=PHONE, email=MAILBOX))
    return database


async def finish(database: Database, login: FinishedLogin = LOGIN, *, now: float = NOW) -> None:
    known = await load_known(database, login, now=now)
    await database.commit(*writes_of_login(vault(), login, known, settings=SETTINGS, now=now))


async def sent(database: Database) -> list[dict[str, Any]]:
    rows = await database.fetch_all("SELECT id, kind, payload_sealed FROM outbox ORDER BY kind DESC, id")
    messages = []
    for row in rows:
        assert isinstance(row["payload_sealed"], bytes)
        payload = vault().unseal(row["payload_sealed"], row=f"outbox|payload_sealed|{row['id']!s}")
        messages.append({"kind": row["kind"], **json.loads(payload)})
    return messages


async def refuse(database: Database, *, times: int, at: float) -> None:
    for _ in range(times):
        record = record_login(
            vault(),
            person_id="person-1",
            client_id="portal",
            source_id="tax",
            level=LevelOfAssurance.SUBSTANTIAL,
            outcome=LoginOutcome.REFUSED,
            arrival=LOGIN.arrival,
            now=at,
        )
        await database.commit(record)


async def test_a_first_login_is_recorded_and_told_to_nobody(account: Database) -> None:
    await finish(account)

    (record,) = (await history_of(account, vault(), "person-1")).records
    assert (record.outcome, record.session_id, record.device) == ("logged_in", "session-1", "Chrome, Android")
    assert await sent(account) == []


async def test_a_known_device_is_told_to_nobody(account: Database) -> None:
    for day in range(3):
        await finish(account, now=NOW + day * DAY)

    assert await sent(account) == []
    (device,) = await account.fetch_all("SELECT first_seen_at, last_seen_at FROM known_device")
    assert dict(device) == {"first_seen_at": NOW, "last_seen_at": NOW + 2 * DAY}


async def test_a_new_device_is_told_once_on_every_channel(account: Database) -> None:
    await finish(account)
    await finish(account, STRANGE, now=NOW + 60)
    await finish(account, STRANGE, now=NOW + 120)

    text, letter = await sent(account)
    assert (text["kind"], text["to"]) == ("sms", PHONE)
    assert text["text"].startswith("DNVN: Tai khoan cua ban vua dang nhap tu thiet bi moi vao Cong dich vu cong luc ")
    assert (letter["kind"], letter["to"]) == ("email", MAILBOX)
    assert letter["subject"] == "Thông báo: đăng nhập từ thiết bị mới"


async def test_the_notice_is_in_the_language_of_the_login(account: Database) -> None:
    await finish(account)
    await finish(account, replace(STRANGE, locale="en"), now=NOW + 60)

    text, letter = await sent(account)
    assert "from a new device" in text["text"]
    assert letter["subject"] == "Notice: login from a new device"


async def test_a_login_that_the_new_link_already_tells_of_sends_no_second_notice(account: Database) -> None:
    await finish(account)
    await finish(account, replace(STRANGE, told_already=True), now=NOW + 60)
    await finish(account, STRANGE, now=NOW + 120)

    assert await sent(account) == []


async def test_a_source_not_used_for_half_a_year_is_unusual(account: Database) -> None:
    await finish(account)
    await finish(account, now=NOW + 181 * DAY)

    assert ["khac thuong" in message["text"] for message in (await sent(account))[:1]] == [True]
    assert (await sent(account))[1]["subject"] == "Thông báo: lần đăng nhập khác thường"


@pytest.mark.parametrize(("times", "ago", "notices"), [(2, 60, 0), (3, 60, 2), (3, DAY + 1, 0)])
async def test_a_login_after_three_refusals_that_day_is_unusual(
    account: Database, times: int, ago: int, notices: int
) -> None:
    await finish(account, now=NOW - 2 * DAY)
    await refuse(account, times=times, at=NOW - ago)

    await finish(account)

    assert len(await sent(account)) == notices


async def test_refusals_are_told_of_with_the_first_login_after_them_and_not_again(account: Database) -> None:
    await finish(account, now=NOW - 2 * DAY)
    await refuse(account, times=3, at=NOW - 60)

    for minute in range(3):
        await finish(account, now=NOW + 60 * minute)

    assert len(await sent(account)) == 2


async def test_windows_without_end_are_not_messages_without_end(account: Database) -> None:
    await finish(account, now=NOW - 2 * DAY)

    for window in range(12):
        await finish(account, replace(LOGIN, browser_hash=bytes([window]) * 32), now=NOW + window)

    assert len([message for message in await sent(account) if message["kind"] == "sms"]) == 5


async def test_a_number_that_came_with_this_login_is_not_told_of_it(account: Database) -> None:
    await finish(account)
    await store_link(
        account,
        "link-2",
        source_id="social-insurance",
        known=identity(phone_number=OTHER_PHONE),
        created_at=NOW + 60,
    )

    await finish(account, replace(STRANGE, link_id="link-2", source_id="social-insurance"), now=NOW + 60)

    assert {message["to"] for message in await sent(account)} == {PHONE, MAILBOX}


async def test_a_person_without_a_channel_logs_in_all_the_same(database: Database) -> None:
    await store_person(database)
    await store_link(database, known=identity())
    await finish(database)
    await finish(database, STRANGE, now=NOW + 60)

    assert await sent(database) == []
    assert len((await history_of(database, vault(), "person-1")).records) == 2


async def test_everything_is_known_after_one_round_trip(account: Database) -> None:
    before = account.counters.round_trips

    await load_known(account, LOGIN, now=NOW)

    assert account.counters.round_trips - before == 1


async def test_a_login_that_another_tab_overtook_leaves_nothing(account: Database) -> None:
    await finish(account)
    known = await load_known(account, STRANGE, now=NOW + 60)
    overtaken = Statement("UPDATE person SET status = 'active' WHERE id = $1 RETURNING id", ("nobody",))

    writes = writes_of_login(vault(), STRANGE, known, settings=SETTINGS, now=NOW + 60)
    assert await account.commit(*writes, gate=overtaken) is None

    assert await sent(account) == []
    assert len(await account.fetch_all("SELECT person_id FROM known_device")) == 1


async def test_two_workers_deliver_a_notice_once(account: Database) -> None:
    await finish(account)
    await finish(account, STRANGE, now=NOW + 60)
    delivered: list[str] = []

    async def take(message: OutboxMessage) -> None:
        delivered.append(message.id)
        await asyncio.sleep(0)

    deliveries = {"sms": take, "email": take}
    await asyncio.gather(*(deliver_due(account, vault(), deliveries, now=NOW + 61) for _ in range(2)))

    assert len(delivered) == len(set(delivered)) == 2
    assert await deliver_due(account, vault(), deliveries, now=NOW + 10_000) == 0
