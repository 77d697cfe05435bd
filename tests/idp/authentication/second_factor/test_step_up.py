"""A service asks for more than a login is: another factor lifts it, and the place in the service's request is kept."""

import asyncio
import json
from typing import Any

import pytest

from idp.audit.login_events import SecondFactorProved, SecondFactorRefused
from idp.identity import authenticators
from mobile_otp.totp import Totp, code_at
from tests.support.entrance import Entrance
from tests.support.provider import Browser, answer_of, claims_of

TWO = json.dumps({"id_token": {"acr": {"essential": True, "value": "nd69-02"}}})


async def log_in_at_tax(door: Entrance, browser: Browser, interaction: str, *, code: str = "code-1") -> None:
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"], code=code)
    back = await browser.get("/sources/tax/callback", **answer)
    assert back.headers["location"] == interaction


async def step_of(browser: Browser, interaction: str) -> str:
    answer = await browser.get(interaction)
    return str(answer.headers["location"]).removeprefix(interaction)


async def person_of(door: Entrance) -> str:
    row = await door.database.fetch_row("SELECT person_id FROM sso_session WHERE ended_at IS NULL")
    assert row is not None
    return str(row["person_id"])


async def enrol(door: Entrance) -> Totp:
    """As the citizen's space would, for whoever is logged in."""
    services, person_id = door.provider.services, await person_of(door)
    begun = await authenticators.begin_enrolment(
        services.database, services.vault, person_id=person_id, now=door.provider.clock.now - 120
    )
    await authenticators.confirm(
        services.database,
        services.vault,
        enrolment_id=begun.id,
        person_id=person_id,
        code=code_at(begun.totp, int(door.provider.clock.now - 120) // 30),
        now=door.provider.clock.now - 120,
    )
    return begun.totp


async def submit(door: Entrance, browser: Browser, interaction: str, code: str) -> Any:
    from_page = await browser.get(f"{interaction}/second-factor")
    csrf = from_page.text.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    return await browser.post(f"{interaction}/second-factor", {"csrf": csrf, "code": code})


def code_now(door: Entrance, app: Totp) -> str:
    return code_at(app, int(door.provider.clock.now) // 30)


@pytest.fixture
async def app(door: Entrance) -> Totp:
    """The person of the tax authority has an app."""
    browser = door.provider.browser()
    interaction = await door.arrive(browser)
    await log_in_at_tax(door, browser, interaction)
    return await enrol(door)


async def test_a_password_and_a_code_of_the_app_are_two_factors(door: Entrance, app: Totp, browser: Browser) -> None:
    interaction = await door.arrive(browser, claims=TWO)
    await log_in_at_tax(door, browser, interaction)
    assert await step_of(browser, interaction) == "/second-factor"

    done = await submit(door, browser, interaction, code_now(door, app))

    assert (done.status_code, done.headers["location"]) == (303, interaction)
    assert await step_of(browser, interaction) == "/consent"
    await door.provider.consent(await newest_person(door), door.party)
    code = answer_of(await browser.get(interaction))["code"]
    claims = claims_of((await door.party.redeem(code)).json()["id_token"])
    assert (claims["acr"], claims["amr"]) == ("nd69-02", ["pwd", "otp", "mfa"])
    event = [row for row in await door.provider.events() if row["event"] == SecondFactorProved.name][-1]
    assert event["detail"]["amr"] == ["pwd", "otp", "mfa"]


async def test_the_lifted_session_serves_the_next_service_without_a_page(
    door: Entrance, app: Totp, browser: Browser
) -> None:
    interaction = await door.arrive(browser, claims=TWO)
    await log_in_at_tax(door, browser, interaction)
    await submit(door, browser, interaction, code_now(door, app))
    clinic = await door.provider.register("clinic")
    await door.provider.consent(await newest_person(door), clinic)

    assert "code" in answer_of(await clinic.authorize(browser, claims=TWO, prompt="none"))


async def test_an_older_session_is_no_first_factor(door: Entrance, app: Totp, browser: Browser) -> None:
    await log_in_at_tax(door, browser, await door.arrive(browser))

    interaction = await door.arrive(browser, claims=TWO)

    assert await step_of(browser, interaction) == "/sources"
    page = await browser.get(f"{interaction}/second-factor")
    assert page.headers["location"] == interaction
    assert answer_of(await door.party.authorize(browser, claims=TWO, prompt="none"))["error"] == "login_required"


async def test_five_wrong_codes_a_login_and_every_one_is_told(door: Entrance, app: Totp, browser: Browser) -> None:
    interaction = await door.arrive(browser, claims=TWO)
    await log_in_at_tax(door, browser, interaction)
    right = code_now(door, app)
    wrong = "000000" if right != "000000" else "111111"

    answers = [await submit(door, browser, interaction, wrong) for _ in range(5)]
    sixth = await submit(door, browser, interaction, right)

    assert [answer.status_code for answer in answers] == [400] * 5
    assert all('role="alert"' in answer.text for answer in answers)
    assert sixth.status_code == 429
    assert await step_of(browser, interaction) == "/second-factor"
    assert await door.provider.count_of(SecondFactorRefused) == 6


async def test_what_is_no_code_spends_no_try(door: Entrance, app: Totp, browser: Browser) -> None:
    interaction = await door.arrive(browser, claims=TWO)
    await log_in_at_tax(door, browser, interaction)

    answers = [await submit(door, browser, interaction, typed) for typed in ("", "12345", "abcdef") * 3]

    assert {answer.status_code for answer in answers} == {400}
    assert (await submit(door, browser, interaction, code_now(door, app))).status_code == 303


async def test_one_code_lifts_one_login(door: Entrance, app: Totp) -> None:
    browsers = [door.provider.browser() for _ in range(3)]
    interactions = []
    for number, browser in enumerate(browsers):
        interactions.append(await door.arrive(browser, claims=TWO))
        await log_in_at_tax(door, browser, interactions[-1], code=f"code-{number}")
    code = code_now(door, app)

    answers = await asyncio.gather(
        *(submit(door, browser, at, code) for browser, at in zip(browsers, interactions, strict=True))
    )

    assert sorted(answer.status_code for answer in answers) == [303, 400, 400]


async def test_without_an_app_a_second_source_of_the_same_person_does_it(door: Entrance, browser: Browser) -> None:
    door.neighbours.insurance.records["9900000017"].update(
        {"name": "Nguyễn Thị Hoa", "birthdate": "1984-05-06", "gender": "female", "personal_id": "099184000011"}
    )
    interaction = await door.arrive(browser, claims=TWO)
    await log_in_at_tax(door, browser, interaction)
    assert await step_of(browser, interaction) == "/sources"
    page = (await browser.get(f"{interaction}/sources")).text
    assert 'value="tax"' not in page
    assert 'role="status"' in page

    await door.open(browser, interaction, "social-insurance")
    await door.fill(browser, interaction, "social-insurance", identifier="9900000017")
    await door.fill(browser, interaction, "social-insurance", code=await door.code())

    assert await step_of(browser, interaction) == "/consent"
    row = await door.database.fetch_row("SELECT source_id, amr FROM sso_session WHERE ended_at IS NULL")
    assert row is not None
    assert row["source_id"] == "tax"
    assert "mfa" in json.loads(str(row["amr"]))


async def test_an_essential_level_nobody_here_can_reach_is_told_to_the_service(
    door: Entrance, browser: Browser
) -> None:
    high = json.dumps({"id_token": {"acr": {"essential": True, "values": ["eidas3"]}}})
    lonely = await door.provider.register("lonely", allowed_sources=["tax"])
    door.party = lonely
    interaction = await door.arrive(browser, claims=TWO)
    await log_in_at_tax(door, browser, interaction)

    refused = answer_of(await browser.get(interaction))

    assert refused["error"] == "unmet_authentication_requirements"
    assert 'value="tax"' not in (await browser.get(f"{await door.arrive(browser, claims=high)}/sources")).text


async def newest_person(door: Entrance) -> str:
    row = await door.database.fetch_row("SELECT person_id FROM sso_session ORDER BY created_at DESC, auth_time DESC")
    assert row is not None
    return str(row["person_id"])
