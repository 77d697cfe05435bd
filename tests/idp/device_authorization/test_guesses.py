"""Codes that are guessed at `/device`: how many, by whom, and what other sites can do to it."""

from collections.abc import AsyncIterator

import pytest

from idp.device_authorization import limits
from idp.storage.database import Database
from tests.support.device import Device, read_code_page, register_device
from tests.support.page import page_of
from tests.support.provider import Provider, running_provider, worker_beside

_ONE_SENTENCE = "Mã này không đúng, đã hết hạn hoặc đã được sử dụng."


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database) as running:
        yield running


@pytest.fixture
async def device(provider: Provider) -> Device:
    return Device(await register_device(provider))


@pytest.fixture
def few_guesses(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(limits, "_GUESSES_PER_NETWORK", ((64, 4), (48, 8)))
    return 4


async def test_guesses_from_one_network_end_for_an_hour(provider: Provider, device: Device, few_guesses: int) -> None:
    codes = await device.codes()
    wrong = [(await read_code_page(provider.browser(), "BCD-FGH-JKL"))[0].status for _ in range(few_guesses)]

    refused, answer = await read_code_page(provider.browser(), codes["user_code"])

    assert wrong == [400] * few_guesses
    assert refused.status == 429
    assert "60" in answer.text
    assert codes["user_code"] not in answer.text


async def test_a_right_code_is_no_guess(provider: Provider, device: Device, few_guesses: int) -> None:
    codes = await device.codes()

    seen = [(await read_code_page(provider.browser(), codes["user_code"]))[0].status for _ in range(few_guesses * 2)]

    assert set(seen) == {200}


async def test_guesses_at_once_on_two_workers_are_no_more(
    provider: Provider, database: Database, few_guesses: int
) -> None:
    async with worker_beside(provider, database) as other:
        workers = [provider, other] * 8
        answers = await provider.at_once(worker.browser().get("/device", user_code="BCD-FGH-JKL") for worker in workers)

    assert sorted(answer.status_code for answer in answers) == [400] * few_guesses + [429] * (16 - few_guesses)


@pytest.fixture
def strained(monkeypatch: pytest.MonkeyPatch) -> int:
    """So few guesses of everybody's, and then so few a network."""
    monkeypatch.setattr(limits, "_GUESSES_OF_ALL", 3)
    monkeypatch.setattr(limits, "_GUESSES_WHEN_STRAINED", ((64, 2), (48, 3)))
    return 3


async def _typed(provider: Provider, host: str, code: str) -> int:
    return (await provider.http_from(host).get("/device", params={"user_code": code})).status_code


async def test_after_many_wrong_codes_of_everybodys_each_network_has_a_few_and_right_ones_stay_free(
    provider: Provider, device: Device, strained: int
) -> None:
    codes = await device.codes()
    for number in range(strained):
        assert await _typed(provider, f"192.0.2.{number}", "BCD-FGH-JKL") == 400

    right = [await _typed(provider, "203.0.113.77", codes["user_code"]) for _ in range(4)]
    wrong = [await _typed(provider, "203.0.113.77", "BCD-FGH-JKL") for _ in range(3)]

    assert right == [200] * 4
    assert wrong == [400, 400, 429]
    assert await _typed(provider, "203.0.113.77", codes["user_code"]) == 429
    assert await _typed(provider, "203.0.113.78", codes["user_code"]) == 200
    provider.clock.now += 3600
    assert await _typed(provider, "203.0.113.77", "BCD-FGH-JKL") == 400


async def test_then_the_networks_of_one_site_have_few_together(
    provider: Provider, device: Device, strained: int
) -> None:
    for number in range(strained):
        await _typed(provider, f"192.0.2.{number}", "BCD-FGH-JKL")

    seen = [await _typed(provider, f"2001:db8:7:{number:x}::1", "BCD-FGH-JKL") for number in range(4)]

    assert seen == [400, 400, 400, 429]


async def test_what_was_refused_then_is_not_held_against_the_network_later(
    provider: Provider, device: Device, strained: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_GUESSES_PER_NETWORK", ((64, 4),))
    for number in range(strained):
        await _typed(provider, f"192.0.2.{number}", "BCD-FGH-JKL")
    refused = [await _typed(provider, "203.0.113.77", "BCD-FGH-JKL") for _ in range(8)]

    monkeypatch.setattr(limits, "_GUESSES_OF_ALL", 20)
    later = [await _typed(provider, "203.0.113.77", "BCD-FGH-JKL") for _ in range(3)]

    assert refused == [400] * 2 + [429] * 6
    assert later == [400, 400, 429]


async def test_the_few_that_are_left_are_no_more_on_two_workers(
    provider: Provider, database: Database, strained: int
) -> None:
    for number in range(strained):
        await _typed(provider, f"192.0.2.{number}", "BCD-FGH-JKL")
    async with worker_beside(provider, database) as other:
        workers = [provider, other] * 6
        answers = await provider.at_once(worker.browser().get("/device", user_code="BCD-FGH-JKL") for worker in workers)

    assert sorted(answer.status_code for answer in answers) == [400] * 2 + [429] * 10


_FROM_ELSEWHERE = [
    {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": destination}
    for site in ("cross-site", "same-site", "anything-new")
    for mode, destination in (
        ("no-cors", "image"),
        ("no-cors", "script"),
        ("cors", "empty"),
        ("navigate", "iframe"),
        ("navigate", "document"),
    )
]


async def test_what_another_site_sends_for_is_neither_counted_nor_looked_up_nor_noted(
    provider: Provider, device: Device, few_guesses: int
) -> None:
    codes, before = await device.codes(), len(await provider.events())
    typed = ["BCD-FGH-JKL", codes["user_code"]] * len(_FROM_ELSEWHERE)

    answers = [
        await provider.http.get("/device", params={"user_code": code}, headers=headers)
        for code, headers in zip(typed, _FROM_ELSEWHERE * 2, strict=True)
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert all(_ONE_SENTENCE not in answer.text and 'id="approve"' not in answer.text for answer in answers)
    assert not any("set-cookie" in answer.headers for answer in answers)
    assert len(await provider.events()) == before
    assert await provider.services.database.fetch_all("SELECT value FROM counter") == []
    page, _ = await read_code_page(provider.browser(), codes["user_code"])
    assert page.status == 200


async def test_an_address_with_a_code_that_another_site_leads_to_fills_in_the_field(
    provider: Provider, device: Device
) -> None:
    codes = await device.codes()

    answer = await provider.http.get(
        codes["verification_uri_complete"], headers={"sec-fetch-site": "cross-site", "sec-fetch-dest": "document"}
    )

    assert f'value="{codes["user_code"]}"' in answer.text


@pytest.mark.parametrize("site", ["none", "same-origin"])
async def test_a_code_of_the_address_bar_and_of_our_own_page_is_looked_up(
    provider: Provider, device: Device, site: str
) -> None:
    codes = await device.codes()

    answer = await provider.http.get(
        "/device",
        params={"user_code": codes["user_code"]},
        headers={"sec-fetch-site": site, "sec-fetch-dest": "document", "sec-fetch-mode": "navigate"},
    )

    assert set(page_of("/device", 200, answer.text).buttons) >= {"approve", "refuse"}
