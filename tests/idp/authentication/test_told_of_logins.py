"""A login over the whole provider: its line in the history, and who is told when it stands out."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from idp.history.login_records import HistoryPage, history_of
from idp.storage.database import Database
from tests.support.entrance import Entrance, Neighbours, entrance
from tests.support.provider import Browser

PHONE, OTHER_PHONE, MAILBOX = "+84530000002", "+84530000009", "hoa@congdan.example"
AGENT = "Mozilla/5.0 (Linux; Android 13; SM-A536E) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36"


@pytest.fixture
async def door(database: Database, around: Neighbours) -> AsyncIterator[Entrance]:
    mail = {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "bao-tin@motcua.example"}
    async with entrance(database, around, **mail) as made:
        vouch(made, PHONE)
        yield made


def vouch(door: Entrance, phone: str) -> None:
    """The source knows the person's channels, and has verified them."""
    verified = {"phone_number_verified": True, "email": MAILBOX, "email_verified": True}
    door.neighbours.tax.bend_userinfo = lambda claims: {**claims, **verified, "phone_number": phone}


async def arrived(door: Entrance, browser: Browser) -> str:
    """As far as the answer of the source, which lets the person in or not."""
    door.provider.clock.now += 5
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])
    back = await browser.get("/sources/tax/callback", **answer)
    return str(back.headers.get("location", back.status_code))


async def log_in(door: Entrance, browser: Browser) -> None:
    assert (await arrived(door, browser)).startswith("/interactions/")


async def notices(door: Entrance) -> list[dict[str, Any]]:
    """What is on its way out, unsealed."""
    rows = await door.database.fetch_all("SELECT id, payload_sealed FROM outbox")
    vault = door.provider.services.vault
    found = []
    for row in rows:
        assert isinstance(row["payload_sealed"], bytes)
        found.append(json.loads(vault.unseal(row["payload_sealed"], row=f"outbox|payload_sealed|{row['id']!s}")))
    return found


async def history(door: Entrance) -> HistoryPage:
    row = await door.database.fetch_row("SELECT id FROM person")
    assert row is not None
    return await history_of(door.database, door.provider.services.vault, str(row["id"]))


async def test_a_first_login_is_in_the_history_and_told_to_nobody(door: Entrance, browser: Browser) -> None:
    browser.http.headers["user-agent"] = AGENT

    await log_in(door, browser)

    (line,) = (await history(door)).records
    assert (line.source_id, line.client_id, line.outcome) == ("tax", "town-hall", "logged_in")
    assert (line.device, line.network) == ("Chrome, Android", "127.0.0.0/24")
    assert await notices(door) == []


async def test_the_same_browser_is_told_to_nobody(door: Entrance, browser: Browser) -> None:
    for _ in range(2):
        await log_in(door, browser)

    assert len((await history(door)).records) == 2
    assert await notices(door) == []


async def test_another_browser_is_told_once_on_the_channels_known_before(door: Entrance, browser: Browser) -> None:
    await log_in(door, browser)
    stranger = door.provider.browser()
    for _ in range(2):
        await log_in(door, stranger)

    told = {notice["to"]: notice for notice in await notices(door)}
    assert set(told) == {PHONE, MAILBOX}
    assert len(await notices(door)) == 2
    assert "dang nhap tu thiet bi moi vao Uy ban nhan dan luc" in told[PHONE]["text"]
    assert "dịch vụ Ủy ban nhân dân từ một thiết bị mới" in told[MAILBOX]["body"]


async def test_a_number_that_changed_with_this_very_login_is_not_the_one_that_is_told(
    door: Entrance, browser: Browser
) -> None:
    """Whoever had the source change it would otherwise be the only one to hear of their own login."""
    await log_in(door, browser)
    vouch(door, OTHER_PHONE)

    await log_in(door, door.provider.browser())

    assert {notice["to"] for notice in await notices(door)} == {PHONE, MAILBOX}


async def test_a_locked_person_who_comes_is_in_the_history_and_not_let_in(door: Entrance, browser: Browser) -> None:
    await log_in(door, browser)
    await door.database.fetch_all("UPDATE person SET status = 'locked' RETURNING id")

    assert await arrived(door, door.provider.browser()) == "403"

    newest = (await history(door)).records[0]
    assert (newest.outcome, newest.source_id) == ("refused", "tax")


async def test_nothing_of_the_person_is_in_a_notice_a_log_or_an_event(
    door: Entrance, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await log_in(door, browser)
        await log_in(door, door.provider.browser())

    # The test's own browser and the neighbours log what they are asked; everything else is the provider's.
    log = "\n".join(entry.getMessage() for entry in caplog.records if not entry.name.startswith(("httpx", "uvicorn")))
    events = json.dumps([dict(event) for event in await door.provider.events()], ensure_ascii=False, default=str)
    said = json.dumps([{**notice, "to": ""} for notice in await notices(door)], ensure_ascii=False)
    assert "Ủy ban nhân dân" in said
    for canary in (
        "Nguyễn Thị Hoa",
        "Nguyen Thi Hoa",
        "Hoa",
        "1984",
        "099184000011",
        "530000002",
        "congdan",
        "127.0.0",
    ):
        for place, text in (("log", log), ("events", events), ("notices", said)):
            assert canary not in text, (place, canary)
