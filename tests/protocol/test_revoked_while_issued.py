"""A code that is issued in the very moment in which everything is revoked: it opens nothing, then or later."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from idp.identity.protection.link_freezing import freeze_link
from idp.identity.protection.locks import lock_everything, unlock_person
from idp.identity.protection.misuse import not_me
from idp.portals.citizen.consents import consents_of, withdraw_consent
from idp.storage.database import Database
from tests.support.interposed import Happening, Interposed, crash
from tests.support.provider import Provider, running_provider

Deed = Callable[[Provider], Awaitable[object]]


@pytest.fixture
def moments() -> dict[int, Happening]:
    """What comes before the commit of a number; the first entry only keeps the mapping the test's own."""
    return {0: crash}


@pytest.fixture
async def provider(database: Database, moments: dict[int, Happening]) -> AsyncIterator[Provider]:
    async with running_provider(Interposed(database, before=moments)) as running:
        yield running


async def withdrawing(provider: Provider) -> object:
    services = provider.services
    (consent,) = await consents_of(services.database, "hoa")
    client = await services.configuration.client("town-hall")
    return await withdraw_consent(
        services.database, services.vault, client, consent=consent, person_id="hoa", now=provider.clock()
    )


async def reporting(provider: Provider) -> object:
    services = provider.services
    return await not_me(
        services.database, services.vault, services.configuration.client, person_id="hoa", now=provider.clock()
    )


async def freezing(provider: Provider) -> object:
    services = provider.services
    session = await services.database.fetch_row("SELECT link_id FROM sso_session WHERE person_id = 'hoa'")
    assert session is not None
    return await freeze_link(
        services.database,
        services.vault,
        services.configuration.client,
        link_id=str(session["link_id"]),
        person_id="hoa",
        by="citizen",
        now=provider.clock(),
    )


async def locking_and_unlocking(provider: Provider) -> object:
    services = provider.services
    who = {"person_id": "hoa", "by": "citizen", "now": provider.clock()}
    find = services.configuration.client
    await lock_everything(services.database, services.vault, find, **who)  # type: ignore[arg-type]  # the same words twice
    return await unlock_person(services.database, services.vault, find, **who)  # type: ignore[arg-type]  # the same words twice


@pytest.mark.parametrize("scope", ["openid profile", "openid profile offline_access"])
@pytest.mark.parametrize(
    "deed", [withdrawing, reporting, freezing, locking_and_unlocking], ids=lambda deed: deed.__name__
)
async def test_its_code_is_worth_nothing(
    provider: Provider, moments: dict[int, Happening], deed: Deed, scope: str
) -> None:
    town_hall = await provider.register()
    browser = await provider.logged_in_browser(person_id="hoa", consenting_to=town_hall)
    interposed = provider.services.database
    assert isinstance(interposed, Interposed)
    moments[interposed.commits + 1] = lambda: deed(provider)

    code = await town_hall.code(browser, scope=scope)
    redeemed = await town_hall.redeem(code)

    assert (redeemed.status_code, redeemed.json()["error"]) == (400, "invalid_grant")
    tokens = await interposed.fetch_all("SELECT key_hash FROM short_lived WHERE kind = 'access_token'")
    assert list(tokens) == []


async def test_a_token_of_a_code_from_the_moment_of_a_withdrawal_dies_with_it(
    provider: Provider, moments: dict[int, Happening]
) -> None:
    """The withdrawal does not see the grant; the code is redeemed before the withdrawal is done."""
    town_hall = await provider.register()
    browser = await provider.logged_in_browser(person_id="hoa", consenting_to=town_hall)
    interposed = provider.services.database
    assert isinstance(interposed, Interposed)
    tokens = await town_hall.log_in(browser, scope="openid profile offline_access")
    # As if the row of its grant had been too young to be seen, until the second look.
    moments[interposed.commits + 2] = lambda: unrevoked(interposed)
    await withdrawing(provider)

    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401
    assert (await town_hall.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def unrevoked(database: Interposed) -> None:
    await database.fetch_all("UPDATE authorization_grant SET revoked_at = NULL RETURNING id")
