"""The list of services at which a login may be started from here (OpenID Connect Core 4)."""

import re
from collections.abc import AsyncIterator
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from idp.storage.database import Database
from tests.support.page import page_of
from tests.support.provider import HOA, Provider, running_provider


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database) as running:
        yield running


async def _listed(provider: Provider, **query: str) -> list[tuple[str, str]]:
    """Name and address of every service on the page."""
    text = (await provider.browser().get("/services", **query)).text
    found = re.findall(
        r'<a class="mc-tile" href="([^"]*)" rel="noreferrer">\s*<span class="mc-tile-name">([^<]*)', text
    )
    return [(unescape(name), unescape(url)) for url, name in found]


async def test_a_service_with_an_address_for_it_is_listed_and_told_who_asks(provider: Provider) -> None:
    await provider.register("land", initiate_login_uri="https://land.example/start?from=list")
    await provider.register("town-hall")

    [(name, url)] = await _listed(provider)

    assert name == "Ủy ban nhân dân"
    assert url.startswith("https://land.example/start?from=list&")
    assert dict(parse_qsl(urlsplit(url).query)) == {"from": "list", "iss": provider.issuer}


async def test_what_to_open_afterwards_is_told_where_it_was_registered(provider: Provider) -> None:
    target = "https://land.example/forms?kind=1&lang=vi"
    await provider.register("land", initiate_login_uri="https://land.example/start", target_link_uri=target)

    [(_, url)] = await _listed(provider)

    assert dict(parse_qsl(urlsplit(url).query)) == {"iss": provider.issuer, "target_link_uri": target}


async def test_nobody_is_told_of_in_the_address(provider: Provider) -> None:
    await provider.register("land", initiate_login_uri="https://land.example/start")
    browser = await provider.logged_in_browser()

    text = (await browser.get("/services")).text

    for known in (HOA.name, HOA.personal_id, HOA.phone_number, "login_hint", "id_token_hint"):
        assert str(known) not in text


async def test_the_list_is_in_the_order_of_the_vietnamese_names(provider: Provider) -> None:
    for number, name in enumerate(("Đất đai", "Bảo hiểm", "ấn chỉ", "Dân cư")):
        uri = f"https://s{number}.example/start"
        await provider.register(f"s{number}", **{"client_name": name, "client_name#en": name}, initiate_login_uri=uri)

    assert [name for name, _ in await _listed(provider)] == ["ấn chỉ", "Bảo hiểm", "Dân cư", "Đất đai"]


async def test_names_are_text_whatever_stands_in_them(provider: Provider) -> None:
    await provider.register(
        "land", client_name="<script>alert(1)</script>", initiate_login_uri="https://land.example/start"
    )

    assert "<script>" not in (await provider.browser().get("/services")).text


async def test_a_disabled_service_is_listed_no_longer(provider: Provider) -> None:
    party = await provider.register("land", initiate_login_uri="https://land.example/start")
    assert await _listed(provider)

    await provider.disable(party)

    assert await _listed(provider) == []


async def test_without_any_the_page_says_where_a_login_starts(provider: Provider) -> None:
    answer = await provider.browser().get("/services")

    assert page_of("/services", 200, answer.text).has("no-services")
    assert "Vui lòng mở trang của dịch vụ cần dùng" in answer.text


async def test_the_home_page_leads_there_and_both_speak_english_too(provider: Provider) -> None:
    await provider.register("land", initiate_login_uri="https://land.example/start")
    browser = provider.browser()

    await browser.get("/", lang="en")

    assert 'href="/services"' in (await browser.get("/")).text
    assert "Town hall" in (await browser.get("/services")).text


async def test_the_list_is_read_once_however_often_it_is_asked_for(provider: Provider) -> None:
    await provider.register("land", initiate_login_uri="https://land.example/start")
    await provider.browser().get("/services")
    before = provider.services.database.counters.round_trips

    await provider.browser().get("/services")

    assert provider.services.database.counters.round_trips == before
