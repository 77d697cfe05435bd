"""Between a yes and the poll that redeems it much can happen: what was approved must still stand by then."""

from collections.abc import Awaitable, Callable

import pytest

from idp.identity.protection.closing import close_account
from idp.storage.database import Statement
from idp.storage.live_configuration import bump_version
from tests.support.account import add_source
from tests.support.elsewhere import APPROVE, REPORT, Elsewhere, asking_elsewhere
from tests.support.portal import send, visit
from tests.support.provider import HOA, Provider


@pytest.fixture
async def counter(provider: Provider) -> Elsewhere:
    return await asking_elsewhere(provider)


def told(text: str, *args: str | int) -> Callable[[Elsewhere], Awaitable[None]]:
    async def happen(counter: Elsewhere) -> None:
        database = counter.provider.services.database
        await database.commit(Statement(text, args), bump_version())
        await counter.provider.services.configuration.refresh()

    return happen


@pytest.mark.parametrize(
    "happen",
    [
        pytest.param(told("UPDATE sso_session SET ended_at = $1 WHERE ended_at IS NULL", 1), id="logged out"),
        pytest.param(told("UPDATE consent SET withdrawn_at = $1", 1), id="consent withdrawn"),
        pytest.param(told("UPDATE authorization_grant SET revoked_at = $1", 1), id="grant revoked"),
        pytest.param(told("UPDATE person SET status = 'locked'"), id="locked"),
        pytest.param(told("UPDATE person SET status = 'closed'"), id="closed"),
        pytest.param(told("UPDATE person SET status = 'merged'"), id="merged into somebody else"),
    ],
)
async def test_what_was_approved_and_stands_no_more_is_worth_nothing(
    counter: Elsewhere, happen: Callable[[Elsewhere], Awaitable[None]]
) -> None:
    asked = await counter.asked(scope="openid offline_access")
    await counter.decides()
    await happen(counter)

    assert (await counter.poll(asked["auth_req_id"])).json()["error"] == "invalid_grant"


async def test_a_disabled_service_gets_nothing(provider: Provider, counter: Elsewhere) -> None:
    asked = await counter.asked()
    await counter.decides()
    await provider.disable(counter.party)

    assert (await counter.poll(asked["auth_req_id"])).json()["error"] == "invalid_client"


async def test_a_source_that_was_switched_off_vouches_for_nobody(provider: Provider, counter: Elsewhere) -> None:
    asked = await counter.asked()
    await counter.decides()
    await add_source(provider, "tax", label="Mã số thuế")
    await told("UPDATE identity_source SET disabled_at = $1", 1)(counter)

    assert (await counter.poll(asked["auth_req_id"])).json()["error"] == "invalid_grant"


async def test_a_scope_that_the_service_lost_meanwhile_is_not_given(provider: Provider, counter: Elsewhere) -> None:
    asked = await counter.asked(scope="openid profile phone")
    await counter.decides()
    await provider.amend(counter.party, scope="openid profile")
    tokens = (await counter.poll(asked["auth_req_id"])).json()

    assert tokens["scope"] == "openid profile"
    assert "phone_number" not in (await counter.party.userinfo(tokens["access_token"])).json()


async def test_a_locked_person_is_asked_by_nobody(provider: Provider, counter: Elsewhere) -> None:
    await told("UPDATE person SET status = 'locked'")(counter)
    asked = await counter.ask()
    rows = await provider.services.database.fetch_all("SELECT person_id FROM polled_request")

    assert asked.status_code == 200
    assert [str(row["person_id"]).partition(":")[0] for row in rows] == ["nobody"]


async def test_a_session_that_is_not_of_these_minutes_says_yes_to_nothing(
    provider: Provider, counter: Elsewhere
) -> None:
    browser = await counter.browser()
    provider.clock.now += 301
    await counter.asked()
    _, page = await counter.looks(browser)

    assert "/sources" in str(page.url)


async def test_a_service_that_wants_more_than_the_session_gives_makes_its_person_log_in(
    provider: Provider, counter: Elsewhere
) -> None:
    await counter.asked(acr_values="eidas3")
    _, page = await counter.looks()

    assert "/sources" in str(page.url)


async def test_somebody_else_can_neither_see_nor_answer_it(provider: Provider, counter: Elsewhere) -> None:
    await counter.asked()
    owner = await counter.browser()
    page = await visit(owner, "/me/asked")
    stranger = await provider.logged_in_browser(HOA, person_id="binh")
    seen = await visit(stranger, "/me/asked")
    name = page.text.split('action="/me/asked/')[1].split('"')[0]
    guessed = await stranger.post(f"/me/asked/{name}", {"csrf": "x"})

    assert "answer-1" not in seen.text
    assert guessed.status_code == 403


async def test_who_takes_the_place_of_the_person_asked_cannot_say_yes(provider: Provider, counter: Elsewhere) -> None:
    """The same browser, another session: the page of one person must not be answered by the next."""
    asked = await counter.asked()
    browser, page = await counter.looks()
    other = await provider.logged_in_browser(HOA, person_id="binh", consenting_to=counter.party)
    key = other.http.cookies[provider.services.cookies.session]
    browser.http.cookies.set(provider.services.cookies.session, key)
    answer = await send(browser, page, button=APPROVE, decision="approve")

    assert answer.status_code == 403
    assert (await counter.poll(asked["auth_req_id"])).json()["error"] == "authorization_pending"


async def test_who_stops_on_the_way_has_said_no(provider: Provider, counter: Elsewhere) -> None:
    asked = await counter.asked(acr_values="eidas3")
    browser, page = await counter.looks()
    await add_source(provider, "tax", label="Mã số thuế")
    sources = await browser.get(str(page.url))
    stopped = await send(browser, sources, button="cancel")

    assert "Đã từ chối" in stopped.text
    assert (await counter.poll(asked["auth_req_id"])).json()["error"] == "access_denied"


async def test_an_account_that_is_closed_leaves_no_request_and_no_block(provider: Provider, counter: Elsewhere) -> None:
    services = provider.services
    await counter.asked()
    await counter.decides(REPORT)
    await counter.asked()
    await close_account(
        services.database,
        services.vault,
        services.configuration.client,
        person_id=counter.person_id,
        by="citizen",
        now=provider.clock(),
    )

    assert await services.database.fetch_all("SELECT client_id FROM request_block") == []
    rows = await services.database.fetch_all("SELECT person_id FROM polled_request")
    assert {str(row["person_id"]).partition(":")[0] for row in rows} <= {"nobody"}
