"""The page at the provider's own address."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from idp.storage.database import Database, Insert
from idp.storage.live_configuration import bump_version
from tests.support.page import page_of
from tests.support.provider import HOA, Provider, running_provider


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database, hotline="1900 1234") as running:
        yield running


async def test_who_types_the_address_learns_where_a_login_starts_and_who_helps(provider: Provider) -> None:
    answer = await provider.browser().get("/")

    assert answer.status_code == 200
    assert "Vui lòng mở trang của dịch vụ cần dùng" in answer.text
    assert "Địa chỉ đúng là <strong>127.0.0.1:8000</strong>" in answer.text
    assert '<a href="tel:19001234">1900 1234</a>' in answer.text


async def test_who_is_not_logged_in_is_told_so_and_offered_no_logout(provider: Provider) -> None:
    answer = await provider.browser().get("/")

    assert "Hiện không có phiên đăng nhập nào trên trình duyệt này." in answer.text
    assert "log-out" not in page_of("/", 200, answer.text).links


async def test_everybody_is_shown_the_way_to_their_own_space(provider: Provider) -> None:
    answer = await provider.browser().get("/")

    assert page_of("/", 200, answer.text).links["my-account"] == "/me"


async def test_who_is_logged_in_reads_since_when_and_goes_to_the_logout(provider: Provider) -> None:
    browser = await provider.logged_in_browser()
    provider.clock.now += 60

    answer = await browser.get("/")

    # NOW is 08:00 UTC.
    assert "từ 15:00 ngày 15/01/2027" in answer.text
    assert page_of("/", 200, answer.text).links["log-out"] == "/logout"


async def test_who_is_logged_in_reads_through_which_source(provider: Provider) -> None:
    await add_source(provider, "phone", label="Số điện thoại chính chủ")
    browser = await provider.logged_in_browser(source_id="phone")

    answer = await browser.get("/")

    assert "Nguồn định danh: <strong>Số điện thoại chính chủ</strong>" in answer.text


async def test_a_source_that_was_taken_away_is_not_named(provider: Provider) -> None:
    browser = await provider.logged_in_browser(source_id="gone")

    answer = await browser.get("/")

    assert "Trên trình duyệt này đang có phiên đăng nhập" in answer.text
    assert "Nguồn định danh:" not in answer.text


async def test_nothing_on_the_page_says_who_is_logged_in(provider: Provider) -> None:
    answer = await (await provider.logged_in_browser()).get("/")

    for known in (HOA.name, HOA.birthdate, HOA.personal_id, HOA.phone_number):
        assert known is not None
        assert known not in answer.text


@pytest.mark.parametrize("later", ["idle", "ended"])
async def test_a_session_that_is_over_is_no_login(provider: Provider, later: str) -> None:
    browser = await provider.logged_in_browser()
    if later == "idle":
        provider.clock.now += provider.services.settings.session_idle + 1
    else:
        key = browser.http.cookies[provider.services.cookies.session]
        await provider.log_out(browser)
        browser.http.cookies.set(provider.services.cookies.session, key)

    answer = await browser.get("/")

    assert "Hiện không có phiên đăng nhập nào trên trình duyệt này." in answer.text


async def test_who_stays_logged_in_comes_here(provider: Provider) -> None:
    browser = await provider.logged_in_browser()
    question = page_of("/logout", 200, (await browser.get("/logout")).text)

    answer = await browser.post("/logout", {**question.buttons["refuse"].form.fields, "decision": "refuse"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Trên trình duyệt này đang có phiên đăng nhập" in (await browser.get("/")).text


async def test_the_page_speaks_the_language_of_the_browser_or_of_its_switch(provider: Provider) -> None:
    browser = await provider.logged_in_browser()

    switched = await browser.get("/", lang="en")
    answer = await browser.get("/")

    assert switched.headers["location"] == f"{provider.issuer}/"
    assert "This browser has been logged in since 15:00 on 15/01/2027, Viet Nam time." in answer.text


async def add_source(provider: Provider, source_id: str, *, label: str) -> None:
    configuration = {
        "id": source_id,
        "kind": "mobile_otp",
        "position": 1,
        "label": {"vi": label, "en": label},
        "organisation": {"vi": "Nhà mạng", "en": "Operators"},
        "assurance": "low",
        "identity_level": "low",
        "options": {},
    }
    row: dict[str, Any] = {
        "id": source_id,
        "kind": "mobile_otp",
        "position": 1,
        "configuration": json.dumps(configuration),
        "created_at": 1,
        "updated_at": 1,
    }
    await provider.services.database.commit(Insert("identity_source", row), bump_version())
    await provider.services.configuration.refresh()
