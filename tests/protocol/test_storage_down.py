"""The database is away: 503 with a time to come back, no detail, and nothing given that was not committed."""

import logging
from collections.abc import AsyncIterator, Sequence
from typing import Literal

import httpx2
import pytest

from idp.storage.database import Database, Row, Statement, StorageUnavailable, StoreCounters, Value, Write
from tests.support.provider import Provider, RelyingPartyDriver, running_provider

_DETAIL = "connection to 10.0.0.7:5432 refused for user motcua"


class SwitchableDatabase:
    """The real one, until it is switched off: wholly, or for whatever writes."""

    def __init__(self, real: Database) -> None:
        self.real = real
        self.dialect: Literal["sqlite", "postgresql"] = real.dialect
        self.counters: StoreCounters = real.counters
        self.reads = self.writes = True

    async def fetch_row(self, text: str, *args: Value) -> Row | None:
        rows = await self.fetch_all(text, *args)
        return rows[0] if rows else None

    async def fetch_all(self, text: str, *args: Value) -> Sequence[Row]:
        if not self.reads:
            raise StorageUnavailable(_DETAIL)
        return await self.real.fetch_all(text, *args)

    async def commit(self, *writes: Write, gate: Statement | None = None) -> Row | None:
        if not self.writes:
            raise StorageUnavailable(_DETAIL)
        return await self.real.commit(*writes, gate=gate)

    async def close(self) -> None:
        await self.real.close()


@pytest.fixture
def store(database: Database) -> SwitchableDatabase:
    return SwitchableDatabase(database)


@pytest.fixture
async def provider(store: SwitchableDatabase) -> AsyncIterator[Provider]:
    async with running_provider(store) as running:
        yield running


def switch_off(store: SwitchableDatabase) -> None:
    store.reads = store.writes = False


def says_come_back_and_no_more(answer: httpx2.Response) -> None:
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    for detail in ("10.0.0.7", "5432", "motcua@", "Traceback", "StorageUnavailable", "sqlite", "SELECT"):
        assert detail not in answer.text, detail


async def test_programs_get_503_from_every_endpoint(
    provider: Provider, town_hall: RelyingPartyDriver, store: SwitchableDatabase
) -> None:
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall))
    switch_off(store)

    answers = [
        await town_hall.redeem("x" * 43),
        await town_hall.refresh("x" * 43),
        await town_hall.token(grant_type="password"),
        await town_hall.userinfo(tokens["access_token"]),
        await town_hall.post("/introspect", token=tokens["access_token"]),
        await town_hall.post("/revoke", token=tokens["access_token"]),
        await town_hall.post("/par", **town_hall.authorization_parameters()),
    ]

    for answer in answers:
        says_come_back_and_no_more(answer)
        assert answer.json()["error"] == "temporarily_unavailable"


async def test_people_get_a_page_in_their_language(
    provider: Provider, town_hall: RelyingPartyDriver, store: SwitchableDatabase
) -> None:
    browser = await provider.logged_in_browser()
    started = await town_hall.authorize(browser)
    switch_off(store)

    for answer in (
        await town_hall.authorize(browser),
        await town_hall.authorize(browser, redirect_uri="https://attacker.example/"),
        await town_hall.authorize(browser, prompt="none"),
        await browser.get(started.headers["location"]),
        await browser.get(started.headers["location"] + "/consent"),
        await browser.get("/logout"),
    ):
        says_come_back_and_no_more(answer)
        assert '<html lang="vi"' in answer.text
        assert "location" not in answer.headers


async def test_discovery_and_keys_keep_answering(provider: Provider, store: SwitchableDatabase) -> None:
    switch_off(store)

    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks"):
        assert (await provider.http.get(path)).status_code == 200
    assert (await provider.http.get("/jwks")).json()["keys"]


async def test_no_token_is_given_that_could_not_be_written_and_the_code_stays_good(
    provider: Provider, town_hall: RelyingPartyDriver, store: SwitchableDatabase
) -> None:
    code = await town_hall.code(await provider.logged_in_browser(consenting_to=town_hall))
    store.writes = False
    refused = await town_hall.redeem(code)

    store.writes = True
    given = await town_hall.redeem(code)

    says_come_back_and_no_more(refused)
    assert "access_token" not in refused.text
    assert given.status_code == 200


async def test_no_code_is_given_that_could_not_be_written(
    provider: Provider, town_hall: RelyingPartyDriver, store: SwitchableDatabase
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    store.writes = False

    answer = await town_hall.authorize(browser)

    says_come_back_and_no_more(answer)
    assert "location" not in answer.headers


async def test_no_claim_is_told_that_could_not_be_recorded(
    provider: Provider, town_hall: RelyingPartyDriver, store: SwitchableDatabase
) -> None:
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall))
    store.writes = False

    says_come_back_and_no_more(await town_hall.userinfo(tokens["access_token"]))


async def test_a_logout_that_could_not_be_written_does_not_pretend(
    provider: Provider, town_hall: RelyingPartyDriver, store: SwitchableDatabase
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    hint = (await town_hall.log_in(browser))["id_token"]
    store.writes = False
    answer = await browser.get("/logout", id_token_hint=hint)
    store.writes = True

    says_come_back_and_no_more(answer)
    assert "set-cookie" not in answer.headers
    assert "code=" in (await town_hall.authorize(browser, prompt="none")).headers["location"]


async def test_the_log_says_what_kind_of_failure_and_nothing_else(
    provider: Provider, town_hall: RelyingPartyDriver, store: SwitchableDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    switch_off(store)

    with caplog.at_level(logging.INFO):
        await town_hall.redeem("x" * 43)

    assert "storage: StorageUnavailable" in caplog.text
    assert _DETAIL not in caplog.text
