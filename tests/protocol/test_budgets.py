"""What one login may cost, in counts and never in times: a change that breaks one of these is a slower product."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from anyio.to_thread import current_default_thread_limiter
from starlette.middleware.base import BaseHTTPMiddleware

from idp.storage.database import Database
from keys.signer import Signer
from tests.support.provider import Browser, Provider, RelyingPartyDriver, answer_of


async def one_login(party: RelyingPartyDriver, browser: Browser) -> None:
    code = answer_of(await party.authorize(browser))["code"]
    tokens = (await party.redeem(code)).json()
    assert "name" in (await party.userinfo(tokens["access_token"])).json()


@pytest.fixture
async def warm(provider: Provider, town_hall: RelyingPartyDriver) -> Browser:
    """A session that has logged in here before: what follows is the login that happens a million times a day."""
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    await one_login(town_hall, browser)
    return browser


async def test_a_login_takes_at_most_four_round_trips_and_three_commits(
    town_hall: RelyingPartyDriver, warm: Browser, database: Database
) -> None:
    trips, commits = database.counters.round_trips, database.counters.commits

    await one_login(town_hall, warm)

    assert database.counters.round_trips - trips <= 4
    assert database.counters.commits - commits <= 3


async def test_the_first_login_of_a_worker_reads_the_client_besides(
    provider: Provider, town_hall: RelyingPartyDriver, database: Database
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    trips, commits = database.counters.round_trips, database.counters.commits

    await one_login(town_hall, browser)

    assert database.counters.round_trips - trips <= 5  # the client is read once
    assert database.counters.commits - commits <= 3


async def test_a_login_is_signed_once(provider: Provider, town_hall: RelyingPartyDriver, warm: Browser) -> None:
    counted = CountedSignatures(provider.services.configuration.signer("ES256"))
    provider.services.configuration.signer = lambda alg: counted  # type: ignore[method-assign]  # a count, no answer

    await one_login(town_hall, warm)

    assert counted.signatures == 1


async def test_a_warm_worker_reads_no_client_and_no_key(
    provider: Provider, town_hall: RelyingPartyDriver, warm: Browser, database: Database
) -> None:
    asked: list[str] = []
    provider.services.configuration._database = Overheard(database, asked)  # type: ignore[assignment]

    await one_login(town_hall, warm)

    assert asked == []


async def test_a_login_never_leaves_the_event_loop(town_hall: RelyingPartyDriver, warm: Browser) -> None:
    """A hop to a thread costs more than any query: anyio would start a worker, and count it."""
    before = threading.active_count()

    await one_login(town_hall, warm)

    assert threading.active_count() == before
    assert current_default_thread_limiter().statistics().borrowed_tokens == 0


async def test_no_middleware_is_of_the_slow_kind(provider: Provider) -> None:
    for middleware in provider.app.user_middleware:
        assert not issubclass(middleware.cls, BaseHTTPMiddleware)  # type: ignore[arg-type]  # classes, all of them


async def test_discovery_and_keys_ask_nobody(provider: Provider, database: Database) -> None:
    await provider.http.get("/jwks")
    trips = database.counters.round_trips

    for path in ("/jwks", "/.well-known/openid-configuration"):
        await provider.http.get(path)

    assert database.counters.round_trips == trips


class CountedSignatures:
    """The real signer, counted."""

    def __init__(self, real: Signer) -> None:
        self.real, self.kid, self.alg, self.signatures = real, real.kid, real.alg, 0

    def sign(self, typ: str, claims: Mapping[str, Any]) -> str:
        self.signatures += 1
        return self.real.sign(typ, claims)


class Overheard:
    """The database of the configuration cache alone: whatever it is asked is written down."""

    def __init__(self, real: Database, asked: list[str]) -> None:
        self.real, self.asked = real, asked

    async def fetch_row(self, text: str, *args: Any) -> Any:
        self.asked.append(text)
        return await self.real.fetch_row(text, *args)

    async def fetch_all(self, text: str, *args: Any) -> Any:
        self.asked.append(text)
        return await self.real.fetch_all(text, *args)
