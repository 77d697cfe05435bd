"""What a service still gets of somebody who was stopped, as it sees it: nothing, on every worker, at once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from idp.identity.merging.merge import MergeBasis, merge_people
from idp.identity.protection.closing import close_account
from idp.identity.protection.locks import lock_everything
from idp.identity.protection.misuse import not_me
from idp.identity.protection.session_endings import end_all_sessions
from idp.storage.database import Database
from idp.storage.open import open_database
from tests.support.population import HOA, Population
from tests.support.provider import Browser, Provider, RelyingPartyDriver, answer_of, claims_of, worker_beside

UNNUMBERED = replace(HOA, personal_id=None)

Deed = Callable[[Provider], Awaitable[object]]


async def locking(provider: Provider) -> object:
    services = provider.services
    return await lock_everything(
        services.database,
        services.vault,
        services.configuration.client,
        person_id="hoa",
        by="citizen",
        now=provider.clock(),
    )


async def closing(provider: Provider) -> object:
    services = provider.services
    return await close_account(
        services.database,
        services.vault,
        services.configuration.client,
        person_id="hoa",
        by="citizen",
        now=provider.clock(),
    )


async def reporting(provider: Provider) -> object:
    services = provider.services
    return await not_me(
        services.database, services.vault, services.configuration.client, person_id="hoa", now=provider.clock()
    )


async def ending(provider: Provider) -> object:
    services = provider.services
    return await end_all_sessions(
        services.database,
        services.vault,
        services.configuration.client,
        person_id="hoa",
        reason="citizen",
        now=provider.clock(),
    )


@pytest.fixture
async def other_worker(provider: Provider, database_url: str) -> AsyncIterator[Provider]:
    """With connections of its own to the same rows."""
    connections: Database = open_database(database_url)
    async with worker_beside(provider, connections) as worker:
        yield worker
    await connections.close()


async def is_logged_in(party: RelyingPartyDriver, browser: Browser) -> bool:
    return "code" in answer_of(await party.authorize(browser, prompt="none"))


@pytest.mark.parametrize("deed", [locking, closing, reporting, ending], ids=lambda deed: deed.__name__)
async def test_session_code_and_tokens_are_dead_on_every_worker(
    provider: Provider, other_worker: Provider, town_hall: RelyingPartyDriver, deed: Deed
) -> None:
    browser = await provider.logged_in_browser(person_id="hoa", consenting_to=town_hall)
    tokens = await town_hall.log_in(browser, scope="openid profile offline_access")
    code = await town_hall.code(browser)

    await deed(provider)

    beside = town_hall.at(other_worker)
    for party in (town_hall, beside):
        assert not await is_logged_in(party, browser)
        assert (await party.userinfo(tokens["access_token"])).status_code == 401
        for name in ("access_token", "refresh_token"):
            assert (await party.post("/introspect", token=tokens[name])).json() == {"active": False}, name
    refreshed = await beside.refresh(tokens["refresh_token"])
    assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")
    redeemed = await beside.redeem(code)
    assert (redeemed.status_code, redeemed.json()["error"]) == (400, "invalid_grant")


async def test_after_a_merge_each_service_keeps_the_sub_it_knows(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    """The town hall knew the absorbed person alone, the library both."""
    services = provider.services
    library = await provider.register("library")
    population = Population(services.database, services.vault)
    subs = {}
    for person_id, source in (("new", "phone"), ("old", "tax")):
        await population.person(person_id, created_at=int(provider.clock()) - (9000 if person_id == "old" else 500))
        await population.link(person_id, f"by-{source}", HOA if source == "tax" else UNNUMBERED, source_id=source)
        browser = await provider.logged_in_browser(person_id=person_id, consenting_to=library, source_id=source)
        subs[person_id, "library"] = claims_of((await library.log_in(browser))["id_token"])["sub"]
        if person_id == "new":
            await provider.consent(person_id, town_hall)
            subs[person_id, "town-hall"] = claims_of((await town_hall.log_in(browser))["id_token"])["sub"]

    await merge_people(
        services.database,
        services.vault,
        services.configuration.client,
        first_id="new",
        second_id="old",
        basis=MergeBasis.PROOF_AT_BOTH_ENDS,
        case_id=None,
        by="citizen",
        now=provider.clock(),
    )

    browser = await provider.logged_in_browser(person_id="old")
    assert claims_of((await town_hall.log_in(browser))["id_token"])["sub"] == subs["new", "town-hall"]
    assert claims_of((await library.log_in(browser))["id_token"])["sub"] == subs["old", "library"]
    found = await library.post("/subject-changes", sub=subs["new", "library"])
    assert found.json()["sub"] == subs["old", "library"]
    assert (await town_hall.post("/subject-changes", sub=subs["new", "town-hall"])).json() == {"changed": False}
