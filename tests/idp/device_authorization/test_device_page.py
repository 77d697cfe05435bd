"""`/device`: the code is typed or compared, and nothing begins before the person says so."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from idp.audit.device_events import DeviceRequestNotFound
from idp.audit.events import InteractionStarted
from idp.audit.polled_events import PolledRequestDenied
from idp.device_authorization.endpoints import LIFETIME_SECONDS
from idp.device_authorization.limits import OPENINGS_PER_CODE
from idp.storage.database import Database
from tests.support.device import GRANT, Device, decide, read_code_page, register_device
from tests.support.page import page_of
from tests.support.provider import Browser, Provider, running_provider

_ONE_SENTENCE = "Mã này không đúng, đã hết hạn hoặc đã được sử dụng."


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database) as running:
        yield running


@pytest.fixture
async def device(provider: Provider) -> Device:
    return Device(await register_device(provider))


async def test_the_page_asks_for_the_code_and_warns_of_strangers(provider: Provider) -> None:
    answer = await provider.browser().get("/device")

    page = page_of("/device", 200, answer.text)
    assert page.has("user-code")
    assert page.has("strangers")
    assert 'autocomplete="off"' in answer.text
    assert 'autocapitalize="none"' in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_right_code_shows_who_asks_when_and_the_code_itself(provider: Provider, device: Device) -> None:
    codes = await device.codes()

    page, answer = await read_code_page(provider.browser(), codes["user_code"].lower().replace("-", " "))

    assert page.status == 200
    assert codes["user_code"] in answer.text
    assert "Ủy ban nhân dân" in answer.text
    assert "Thành phố" in answer.text
    assert "15:00 ngày 15/01/2027" in answer.text
    assert page.has("strangers")
    assert codes["device_code"] not in answer.text
    assert await provider.count_of(InteractionStarted) == 0


async def test_the_complete_address_asks_the_same_question_and_begins_nothing(
    provider: Provider, device: Device
) -> None:
    codes = await device.codes()
    complete = codes["verification_uri_complete"]

    answer = await provider.browser().get(complete)

    page = page_of("/device", 200, answer.text)
    assert complete.startswith(f"{codes['verification_uri']}?")
    assert set(page.buttons) >= {"approve", "refuse"}
    assert codes["user_code"] in answer.text
    assert (await device.poll(codes)).json()["error"] == "authorization_pending"


async def test_the_page_can_be_read_in_the_other_language(provider: Provider, device: Device) -> None:
    codes, browser = await device.codes(), provider.browser()

    switched = await browser.get("/device", user_code=codes["user_code"], lang="en")
    answer = await browser.get(switched.headers["location"])

    assert "Is this the code on your device?" in answer.text
    assert codes["user_code"] in answer.text


async def _used(provider: Provider, device: Device) -> str:
    codes, browser = await device.codes(), provider.browser()
    page, _ = await read_code_page(browser, codes["user_code"])
    await decide(browser, page, "refuse")
    return str(codes["user_code"])


async def _expired(provider: Provider, device: Device) -> str:
    codes = await device.codes()
    provider.clock.now += LIFETIME_SECONDS
    return str(codes["user_code"])


async def _of_a_disabled_service(provider: Provider, device: Device) -> str:
    codes = await device.codes()
    await provider.disable(device.party)
    return str(codes["user_code"])


async def _unknown(provider: Provider, device: Device) -> str:
    return "BCD-FGH-JKL"


async def _nonsense(provider: Provider, device: Device) -> str:
    return "<script>alert(1)</script>"


@pytest.mark.parametrize("kind", [_used, _expired, _of_a_disabled_service, _unknown, _nonsense])
async def test_one_sentence_for_every_code_that_is_no_good(provider: Provider, device: Device, kind: Any) -> None:
    typed = await kind(provider, device)

    page, answer = await read_code_page(provider.browser(), typed)

    assert page.status == 400
    assert _ONE_SENTENCE in answer.text
    assert page.has("user-code")
    assert "<script>alert" not in answer.text
    assert await provider.count_of(DeviceRequestNotFound) == 1


async def test_who_says_it_is_not_theirs_ends_it(provider: Provider, device: Device) -> None:
    codes, browser = await device.codes(), provider.browser()
    page, _ = await read_code_page(browser, codes["user_code"])

    answer = await decide(browser, page, "refuse")

    assert answer.headers["location"] == "/requests/refused"
    assert (await device.poll(codes)).json()["error"] == "access_denied"
    assert await provider.count_of(PolledRequestDenied) == 1
    assert await provider.count_of(InteractionStarted) == 0


async def _shown(provider: Provider, device: Device) -> tuple[Browser, dict[str, str]]:
    browser = provider.browser()
    page, _ = await read_code_page(browser, (await device.codes())["user_code"])
    return browser, dict(page.buttons["approve"].form.fields)


async def test_the_answer_comes_from_the_browser_that_was_asked(provider: Provider, device: Device) -> None:
    _, fields = await _shown(provider, device)
    other, _ = await _shown(provider, device)

    for browser in (other, provider.browser()):
        answer = await browser.post("/device", {**fields, "decision": "approve"})
        assert answer.status_code == 403
    assert await provider.count_of(InteractionStarted) == 0


async def test_the_answer_to_one_code_is_none_to_another(provider: Provider, device: Device) -> None:
    browser, fields = await _shown(provider, device)
    page, _ = await read_code_page(browser, (await device.codes())["user_code"])
    another = page.buttons["approve"].form.fields["request"]

    answer = await browser.post("/device", {**fields, "request": another, "decision": "approve"})

    assert answer.status_code == 403


async def test_no_other_site_answers_for_the_person(provider: Provider, device: Device) -> None:
    browser, fields = await _shown(provider, device)

    answer = await browser.http.post(
        "/device", data={**fields, "decision": "approve"}, headers={"sec-fetch-site": "cross-site"}
    )

    assert answer.status_code == 403


async def test_too_late_is_told_with_a_way_to_start_over(provider: Provider, device: Device) -> None:
    browser, fields = await _shown(provider, device)
    provider.clock.now += LIFETIME_SECONDS

    answer = await browser.post("/device", {**fields, "decision": "approve"})

    assert answer.status_code == 400
    assert 'href="/device"' in answer.text


async def test_for_one_code_only_so_many_logins_are_begun(provider: Provider, device: Device) -> None:
    browser, fields = await _shown(provider, device)

    answers = [await browser.post("/device", {**fields, "decision": "approve"}) for _ in range(OPENINGS_PER_CODE + 1)]

    assert [answer.status_code for answer in answers] == [303] * OPENINGS_PER_CODE + [400]
    assert await provider.count_of(InteractionStarted) == OPENINGS_PER_CODE


@pytest.mark.parametrize(
    ("language", "said"), [("vi", "Một mạng khác với trình duyệt này"), ("en", "Another network than this browser")]
)
async def test_of_a_device_that_asked_by_itself_another_network_is_told_and_the_same_one_is_not(
    provider: Provider, language: str, said: str
) -> None:
    party = await register_device(provider, token_endpoint_auth_method="none", grant_types=[GRANT])
    form = {"client_id": party.client_id, "scope": "openid", "ui_locales": language}
    near = (await provider.http_from("127.0.0.1").post("/device_authorization", data=form)).json()
    far = (await provider.http_from("192.0.2.7").post("/device_authorization", data=form)).json()

    same, beside = await read_code_page(provider.browser(), near["user_code"])
    other, elsewhere = await read_code_page(provider.browser(), far["user_code"])

    assert not same.has("network")
    assert said not in beside.text
    assert other.has("network")
    assert said in elsewhere.text
    assert "192.0.2.7" not in elsewhere.text


async def test_where_a_service_asks_for_its_devices_nothing_is_said_of_a_network(
    provider: Provider, device: Device
) -> None:
    codes = await device.codes()

    page, _ = await read_code_page(provider.browser(), codes["user_code"])

    assert not page.has("network")
