"""A yes to what a device or a service elsewhere asked stands in its person's history; of a device they are told."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from idp.audit.login_events import NoticeWritten
from idp.history.login_records import LoginRecord, history_of
from idp.storage.database import Database
from tests.support.device import Device, approve, decide, read_code_page, register_device, walk
from tests.support.elsewhere import REFUSE, asking_elsewhere
from tests.support.page import Page, page_of
from tests.support.portal import visit
from tests.support.provider import HOA, Browser, Provider, running_provider

PERSON = replace(HOA, phone_number="+84530000001", phone_on_file=None, email="hoa@example.vn")
TOLD_BY: dict[str, Any] = {
    "sms_gateway_url": "http://127.0.0.1:9/sms",
    "sms_gateway_token": SecretStr("gateway"),
    "smtp_url": "smtp://127.0.0.1:9",
    "mail_from": "khong-tra-loi@dinhdanh.example.vn",
    # One service may ask half as often: three times here.
    "backchannel_requests_per_person": 6,
}


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database, **TOLD_BY) as running:
        yield running


@pytest.fixture
async def device(provider: Provider) -> Device:
    return Device(await register_device(provider))


@pytest.fixture
async def browser(provider: Provider) -> Browser:
    """Of somebody whose channels were known before any device asked."""
    browser = await provider.logged_in_browser(PERSON, person_id="hoa")
    provider.clock.now += 10
    return browser


async def lines(provider: Provider) -> list[LoginRecord]:
    services = provider.services
    return list((await history_of(services.database, services.vault, "hoa")).records)


async def told(provider: Provider) -> dict[str, list[dict[str, Any]]]:
    """What waits in the outbox, by its kind."""
    found: dict[str, list[dict[str, Any]]] = {"sms": [], "email": []}
    for row in await provider.services.database.fetch_all("SELECT id, kind, payload_sealed FROM outbox"):
        sealed = row["payload_sealed"]
        assert isinstance(sealed, bytes)
        opened = provider.services.vault.unseal(sealed, row=f"outbox|payload_sealed|{row['id']!s}")
        if str(row["kind"]) in found:
            found[str(row["kind"])].append(json.loads(opened))
    return found


async def test_every_device_that_was_let_in_is_a_line_with_service_and_time(
    provider: Provider, device: Device, browser: Browser
) -> None:
    for _ in range(2):
        await approve(browser, await device.codes())
        provider.clock.now += 60

    found = await lines(provider)

    assert [(line.client_id, line.outcome) for line in found] == [("television", "device_let_in")] * 2
    assert found[0].at - found[1].at == 60
    assert found[0].network == "127.0.0.0/24"
    assert found[0].session_id is not None


async def test_a_device_is_told_of_on_every_channel_known_before_once_a_yes(
    provider: Provider, device: Device, browser: Browser
) -> None:
    for number in (1, 2):
        await approve(browser, await device.codes())
        messages = await told(provider)
        assert {kind: len(waiting) for kind, waiting in messages.items()} == {"sms": number, "email": number}

    sms, letter = messages["sms"][0], messages["email"][0]
    assert sms["to"] == PERSON.phone_number
    assert "Mot thiet bi vua duoc dang nhap" in sms["text"]
    assert letter["to"] == PERSON.email
    assert "một thiết bị" in letter["subject"]
    assert not {"http", "www", "/device"} & set((sms["text"] + letter["body"]).split())
    assert "://" not in sms["text"] + letter["body"]
    assert await provider.count_of(NoticeWritten) == 2


async def test_it_is_told_in_the_language_of_who_agreed(provider: Provider, device: Device, browser: Browser) -> None:
    await approve(browser, await device.codes(ui_locales="en"))

    assert "A device was let in" in (await told(provider))["sms"][0]["text"]


async def test_a_channel_that_came_after_the_device_had_asked_is_not_told(provider: Provider, device: Device) -> None:
    codes = await device.codes()
    browser = await provider.logged_in_browser(PERSON, person_id="hoa")

    await approve(browser, codes)

    assert await told(provider) == {"sms": [], "email": []}
    assert len(await lines(provider)) == 1


async def test_a_no_leaves_no_line_and_tells_nobody(provider: Provider, device: Device, browser: Browser) -> None:
    page, _ = await read_code_page(browser, (await device.codes())["user_code"])
    address, consent = await walk(browser, await decide(browser, page, "approve"))
    await walk(browser, await decide(browser, page_of(address, 200, consent.text), "refuse"))

    assert await lines(provider) == []
    assert await told(provider) == {"sms": [], "email": []}


async def test_of_several_yeses_at_once_one_is_written_and_told(
    provider: Provider, device: Device, browser: Browser
) -> None:
    codes = await device.codes()
    pages = []
    for _ in range(3):
        page, _ = await read_code_page(browser, codes["user_code"])
        address, consent = await walk(browser, await decide(browser, page, "approve"))
        pages.append(page_of(address, 200, consent.text))

    async def agree(page: Page) -> httpx2.Response:
        return (await walk(browser, await decide(browser, page, "approve")))[1]

    answers = await provider.at_once(agree(page) for page in pages)

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400]
    assert len(await lines(provider)) == 1
    assert {kind: len(waiting) for kind, waiting in (await told(provider)).items()} == {"sms": 1, "email": 1}


@pytest.mark.parametrize(
    ("language", "said"), [("vi", "Đã cho một thiết bị đăng nhập bằng mã"), ("en", "Let a device in by its code")]
)
async def test_the_person_reads_it_in_their_history(
    provider: Provider, device: Device, browser: Browser, language: str, said: str
) -> None:
    await approve(browser, await device.codes())
    browser.http.cookies.set(provider.services.cookies.locale, language)

    page = await visit(browser, "/me/history")

    assert said in page.text


async def test_what_was_agreed_to_elsewhere_is_a_line_each_time_and_a_no_is_none(provider: Provider) -> None:
    counter = await asking_elsewhere(provider)
    for _ in range(2):
        await counter.asked()
        await counter.decides()
        provider.clock.now += 60
    await counter.asked()
    await counter.decides(REFUSE)

    found = [(line.client_id, line.outcome) for line in await lines(provider)]

    assert [line for line in found if line[0] == "counter"] == [("counter", "agreed_elsewhere")] * 2
    assert await provider.count_of(NoticeWritten) == 0
