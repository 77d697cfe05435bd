"""Open registration in moderation: how many, from where, and how long one that nobody uses is kept."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from idp.audit.events import ConfigurationChanged
from idp.registration.access import new_initial_access_token
from idp.registration.limits import HOUR
from idp.registration.unused import UNUSED_DAYS, forget_unused
from idp.settings import DynamicRegistration
from idp.storage.database import Database
from tests.support.provider import Provider, RelyingPartyDriver, running_provider, worker_beside

_BODY = {"redirect_uris": ["https://service.example/callback"]}
_PER_HOUR = 3


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(
        database, dynamic_registration=DynamicRegistration.OPEN, registrations_per_hour=_PER_HOUR
    ) as running:
        yield running


async def _register(provider: Provider, address: str = "127.0.0.1", **metadata: Any) -> httpx2.Response:
    return await provider.http_from(address).post("/register", json={**_BODY, **metadata})


async def test_one_network_registers_so_many_in_an_hour(provider: Provider) -> None:
    made = [await _register(provider) for _ in range(_PER_HOUR)]
    provider.clock.now += 60
    refused = await _register(provider)

    assert {answer.status_code for answer in made} == {201}
    assert refused.status_code == 429
    assert refused.json()["error"] == "temporarily_unavailable"
    assert refused.headers["retry-after"] == str(HOUR - 60)
    assert await provider.count_of(ConfigurationChanged) == _PER_HOUR


async def test_after_the_hour_it_may_again_and_another_network_may_at_once(provider: Provider) -> None:
    for _ in range(_PER_HOUR):
        await _register(provider)

    assert (await _register(provider, "192.0.2.7")).status_code == 201
    provider.clock.now += HOUR
    assert (await _register(provider)).status_code == 201


async def test_what_is_refused_counts_as_well(provider: Provider) -> None:
    for _ in range(_PER_HOUR):
        assert (await _register(provider, redirect_uris=[])).status_code == 400

    assert (await _register(provider)).status_code == 429


async def test_an_ipv6_subscriber_is_one_network_whatever_address_it_takes(provider: Provider) -> None:
    answers = [await _register(provider, f"2001:db8:0:1::{number}") for number in range(1, _PER_HOUR + 2)]

    assert [answer.status_code for answer in answers] == [201] * _PER_HOUR + [429]


async def test_a_rented_site_does_not_multiply_by_its_subnets(provider: Provider) -> None:
    answers = [await _register(provider, f"2001:db8:0:{number}::1") for number in range(4 * _PER_HOUR + 1)]

    assert [answer.status_code for answer in answers] == [201] * 4 * _PER_HOUR + [429]


async def test_everybody_together_has_a_limit_too(provider: Provider) -> None:
    answers = [await _register(provider, f"192.0.2.{number}") for number in range(1, 10 * _PER_HOUR + 2)]

    assert [answer.status_code for answer in answers] == [201] * 10 * _PER_HOUR + [429]


async def test_at_once_on_two_workers_no_more_get_through(provider: Provider, database: Database) -> None:
    async with worker_beside(provider, database) as other:
        workers = [provider, other] * 8

        answers = await provider.at_once(_register(worker) for worker in workers)

    assert sorted(answer.status_code for answer in answers) == [201] * _PER_HOUR + [429] * (16 - _PER_HOUR)


async def test_changing_a_registration_counts_like_making_one(provider: Provider) -> None:
    made = (await _register(provider)).json()
    bearer = {"authorization": f"Bearer {made['registration_access_token']}"}
    document = {**_BODY, "client_id": made["client_id"]}

    answers = [
        await provider.http.put(f"/register/{made['client_id']}", json=document, headers=bearer)
        for _ in range(_PER_HOUR)
    ]

    assert [answer.status_code for answer in answers] == [200] * (_PER_HOUR - 1) + [429]


async def test_whoever_holds_an_initial_access_token_is_not_counted(database: Database) -> None:
    async with running_provider(
        database, dynamic_registration=DynamicRegistration.TOKEN, registrations_per_hour=1
    ) as provider:
        value, write = new_initial_access_token(expires_at=int(provider.clock()) + 60)
        await database.commit(write)
        bearer = {"authorization": f"Bearer {value}"}

        answers = [await provider.http.post("/register", json=_BODY, headers=bearer) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201] * 3


async def _is_known(provider: Provider, client_id: str) -> bool:
    await provider.services.configuration.refresh()
    return await provider.services.configuration.client(client_id) is not None


async def test_what_nobody_ever_used_is_forgotten_after_a_month(provider: Provider, database: Database) -> None:
    client_id = (await _register(provider)).json()["client_id"]
    now = int(provider.clock())

    assert await forget_unused(database, now=now + UNUSED_DAYS * 86_400 - 1) == 0
    assert await _is_known(provider, client_id)
    assert await forget_unused(database, now=now + UNUSED_DAYS * 86_400) == 1

    assert not await _is_known(provider, client_id)
    assert (await provider.events())[-1]["detail"]["action"] == "forgotten"


async def test_what_somebody_agreed_to_once_stays(provider: Provider, database: Database) -> None:
    made = (await _register(provider)).json()
    party = RelyingPartyDriver(provider, made["client_id"], made["client_secret"], _BODY["redirect_uris"][0])
    await provider.logged_in_browser(consenting_to=party)

    assert await forget_unused(database, now=int(provider.clock()) + 400 * 86_400) == 0
    assert await _is_known(provider, made["client_id"])


async def test_what_an_operator_registered_stays(provider: Provider, database: Database) -> None:
    await provider.register("town-hall")

    assert await forget_unused(database, now=int(provider.clock()) + 400 * 86_400) == 0
    assert await _is_known(provider, "town-hall")
