"""What was granted is worth what the registration and the person allow today, at every use (security rules)."""

import secrets

import pytest

from idp.audit.events import UserInfoRefused
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Statement
from tests.support.provider import Provider, RelyingPartyDriver, answer_of, csrf_of

SCOPE = "openid profile phone offline_access"


async def test_a_registration_that_was_narrowed_narrows_what_it_was_given(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    tokens = await town_hall.log_in(browser, scope=SCOPE)
    await provider.amend(town_hall, scope="openid profile offline_access")

    claims = (await town_hall.userinfo(tokens["access_token"])).json()
    refreshed = (await town_hall.refresh(tokens["refresh_token"])).json()
    later = (await town_hall.userinfo(refreshed["access_token"])).json()

    assert "phone_number" not in claims
    assert "phone_number" not in later
    assert "phone" not in refreshed["scope"].split()
    assert claims["name"] == later["name"]


async def test_a_source_a_service_no_longer_accepts_ends_what_came_from_it(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall, source_id="tax")
    tokens = await town_hall.log_in(browser, scope=SCOPE)
    code = await town_hall.code(browser)
    await provider.amend(town_hall, allowed_sources=["mobile"])

    redeemed = await town_hall.redeem(code)
    refreshed = await town_hall.refresh(tokens["refresh_token"])
    claims = await town_hall.userinfo(tokens["access_token"])
    introspected = await town_hall.post("/introspect", token=tokens["access_token"])

    assert redeemed.json()["error"] == refreshed.json()["error"] == "invalid_grant"
    assert claims.status_code == 401
    assert introspected.json() == {"active": False}
    assert await provider.count_of(UserInfoRefused) == 1


async def test_a_claim_that_is_no_longer_let_through_ends_what_still_carries_it(provider: Provider) -> None:
    party = await provider.register("clinic", optional_claims=["phone_number"])
    browser = await provider.logged_in_browser(consenting_to=party)
    tokens = await party.log_in(browser, scope=SCOPE)
    start = await party.authorize(browser, scope=SCOPE, prompt="consent")
    page = (await browser.get(start.headers["location"])).headers["location"]

    await browser.post(page, {"csrf": csrf_of(await browser.get(page)), "decision": "approve"})

    assert (await party.userinfo(tokens["access_token"])).status_code == 401
    assert (await party.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_session_at_high_assurance_counts_for_no_second_service(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall, level=LevelOfAssurance.HIGH)

    assert answer_of(await town_hall.authorize(browser, prompt="none"))["error"] == "login_required"


async def test_a_disabled_service_shows_no_consent_page(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser()
    start = await town_hall.authorize(browser)
    await provider.disable(town_hall)

    page = await browser.get(f"{start.headers['location']}/consent")

    assert page.status_code == 403
    assert "0530000001" not in page.text.replace(" ", "")


async def test_a_flood_of_wrong_secrets_does_not_fill_the_log(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    before = len(await provider.events())
    town_hall.secret = secrets.token_urlsafe(32)

    answers = [await town_hall.token(grant_type="refresh_token", refresh_token="x") for _ in range(40)]

    assert {answer.status_code for answer in answers} == {401, 429}
    assert len(await provider.events()) - before == sum(answer.status_code == 401 for answer in answers)


async def test_asking_for_claims_without_a_token_writes_nothing(provider: Provider) -> None:
    before = len(await provider.events())

    answer = await provider.http.get("/userinfo")

    assert answer.status_code == 401
    assert len(await provider.events()) == before


@pytest.mark.parametrize("status", ["frozen", "disputed", "removed", "superseded", "mismatch"])
async def test_a_session_is_worth_nothing_once_its_link_is_stopped(
    provider: Provider, town_hall: RelyingPartyDriver, status: str
) -> None:
    """However it came to be: also one that was begun in the very moment of the freeze."""
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    assert "code" in answer_of(await town_hall.authorize(browser))

    await provider.services.database.commit(
        Statement("UPDATE identity_link SET status = $1 WHERE status = 'proven'", (status,))
    )

    assert answer_of(await town_hall.authorize(browser, prompt="none"))["error"] == "login_required"
    assert "/interactions/" in (await town_hall.authorize(browser)).headers["location"]
