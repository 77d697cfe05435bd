"""The way back from another site: of use once, to the browser and the interaction that were sent there."""

import pytest

from idp.storage.database import Statement
from tests.support.entrance import Entrance
from tests.support.provider import Browser


async def test_logs_in_through_another_site(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])

    back = await browser.get("/sources/tax/callback", **answer)

    assert (back.status_code, back.headers["location"]) == (303, interaction)
    assert door.provider.services.cookies.session in browser.http.cookies
    assert "person.authenticated" in await door.events()
    step = await browser.get(interaction)
    assert step.headers["location"] == f"{interaction}/consent"


async def test_a_callback_in_another_browser_finishes_nothing(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])
    victim = door.provider.browser()
    await door.arrive(victim)

    lured = await victim.get("/sources/tax/callback", **answer)

    assert "MC-1203" in lured.text
    assert (await door.events())[-1] == "source.refused other_browser"
    assert door.provider.services.cookies.session not in victim.http.cookies
    assert "/token" not in door.neighbours.tax.requests


async def test_a_callback_works_once_and_a_reload_goes_on(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])
    await browser.get("/sources/tax/callback", **answer)

    again = await browser.get("/sources/tax/callback", **answer)

    assert (again.status_code, again.headers["location"]) == (303, interaction)
    assert (await door.events())[-1] == "source.refused state_replayed"
    assert door.neighbours.tax.requests.count("/token") == 1


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/sources/tax/callback", {"state": "forged"}),
        ("/sources/tax/callback", {"state": ""}),
        ("/sources/social-insurance/callback", {}),
        ("/sources/nowhere/callback", {}),
    ],
)
async def test_a_callback_that_nobody_asked_for_finishes_nothing(
    door: Entrance, browser: Browser, path: str, changes: dict[str, str]
) -> None:
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = {**door.neighbours.tax.authorize(sent.headers["location"]), **changes}

    refused = await browser.get(path, **answer)

    assert refused.status_code == 400
    assert "MC-1201" in refused.text
    assert (await door.events())[-1] == "source.refused state_unknown"


async def test_a_callback_after_another_source_was_chosen_finishes_nothing(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])
    await door.choose(browser, interaction, "mobile")

    late = await browser.get("/sources/tax/callback", **answer)

    assert late.headers["location"] == interaction
    assert (await door.events())[-1] == "source.refused source_not_chosen"


async def test_a_doubled_callback_parameter_is_refused(door: Entrance, browser: Browser) -> None:
    refused = await browser.http.get("/sources/tax/callback?state=a&state=b")

    assert refused.status_code == 400
    assert "MC-1501" in refused.text


async def test_a_tampered_answer_is_a_page_with_a_way_on(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    door.neighbours.tax.bend_id_token = lambda claims: {**claims, "aud": "another"}
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])

    refused = await browser.get("/sources/tax/callback", **answer)

    assert refused.status_code == 502
    assert "MC-1302" in refused.text
    assert f"{interaction}/sources" in refused.text
    assert (await door.events())[-1] == "source.refused id_token_audience_wrong"
    assert "audience" not in refused.text


async def test_a_citizen_who_turns_back_finds_the_choice_with_a_notice(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])
    del answer["code"]

    back = await browser.get("/sources/tax/callback", **answer, error="access_denied")

    assert back.headers["location"] == f"{interaction}/sources"
    page = await browser.get(back.headers["location"])
    assert 'role="status"' in page.text
    assert (await door.events())[-1] == "source.refused declined_at_source"
    await door.choose(browser, interaction, "tax")
    assert 'role="status"' not in (await browser.get(f"{interaction}/sources")).text


async def test_a_source_disabled_on_the_way_is_of_no_use_any_more(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])
    await disable(door, "tax")

    refused = await browser.get("/sources/tax/callback", **answer)

    assert refused.status_code == 403
    assert "MC-1303" in refused.text
    assert 'value="tax"' not in (await browser.get(f"{interaction}/sources")).text


async def disable(door: Entrance, source: str) -> None:
    await door.database.commit(*_disabling(source))
    await door.provider.services.configuration.refresh()


def _disabling(source: str) -> list[Statement]:
    return [
        Statement("UPDATE identity_source SET disabled_at = 1 WHERE id = $1", (source,)),
        Statement("UPDATE configuration_version SET version = version + 1"),
    ]


async def test_a_source_that_fails_on_the_way_back_leaves_the_choice(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])
    door.neighbours.tax.answers["/token"] = (503, b"", "text/plain")

    down = await browser.get("/sources/tax/callback", **answer)

    assert down.status_code == 503
    assert f'href="{interaction}/sources"' in down.text


async def test_two_tabs_do_not_disturb_each_other(door: Entrance, browser: Browser) -> None:
    first, second = await door.arrive(browser), await door.arrive(browser)
    one = await door.open(browser, first, "tax")
    two = await door.open(browser, second, "tax")
    later = door.neighbours.tax.authorize(two.headers["location"], code="code-2")
    earlier = door.neighbours.tax.authorize(one.headers["location"], code="code-1")

    assert (await browser.get("/sources/tax/callback", **later)).headers["location"] == second
    assert (await browser.get("/sources/tax/callback", **earlier)).headers["location"] == first
