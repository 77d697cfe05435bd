"""The choice of a source: what is offered, to whom, and what a form must carry."""

import re

import pytest

from idp.authentication.deadline import WAIT_SECONDS
from tests.support.entrance import Entrance, csrf_of, written
from tests.support.provider import Browser
from tests.support.upstream import CLIENT_ID, CLIENT_SECRET

ALICE = "0530000001"


async def test_offers_the_sources_in_their_order(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)

    page = await browser.get(f"{interaction}/sources")

    assert page.status_code == 200
    offered = re.findall(r'name="source" value="([^"]+)"', page.text)
    assert offered == ["tax", "social-insurance", "mobile"]
    assert "Nguồn tax" in page.text
    policy = page.headers["content-security-policy"]
    assert door.neighbours.urls["tax"] in policy
    assert "https://town-hall.example" in policy
    english = await browser.http.get(f"{interaction}/sources", headers={"accept-language": "en"})
    assert "Source tax" in english.text


async def test_another_browser_cannot_touch_an_interaction(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    await door.open(browser, interaction, "mobile")
    thief = door.provider.browser()
    await door.arrive(thief)

    for path in (f"{interaction}/sources", f"{interaction}/sources/mobile"):
        assert "MC-1203" in (await thief.get(path)).text
        assert "MC-1203" in (await thief.post(path, {"source": "tax"})).text
    assert "MC-1203" in (await door.provider.browser().get(f"{interaction}/sources")).text


@pytest.mark.parametrize("path", ["sources", "sources/mobile"])
@pytest.mark.parametrize("change", ["no token", "another form's token", "another site", "another origin"])
async def test_a_form_that_is_not_ours_changes_nothing(
    door: Entrance, browser: Browser, path: str, change: str
) -> None:
    interaction = await door.arrive(browser)
    choice = await browser.get(f"{interaction}/sources")
    await door.open(browser, interaction, "mobile")
    own = csrf_of(await browser.get(f"{interaction}/{path}"))
    other = csrf_of(await browser.get(f"{interaction}/sources/mobile")) if path == "sources" else csrf_of(choice)
    form = {"source": "tax", "identifier": ALICE, "csrf": own}
    headers = {"sec-fetch-site": "same-origin"}
    if change == "no token":
        del form["csrf"]
    if change == "another form's token":
        form["csrf"] = other
    if change == "another site":
        headers["sec-fetch-site"] = "cross-site"
    if change == "another origin":
        headers["origin"] = "https://evil.example"
    before = len(await door.events())

    refused = await browser.http.post(f"{interaction}/{path}", data=form, headers=headers)

    assert refused.status_code == 403
    assert "MC-1202" in refused.text
    assert len(await door.events()) == before


async def test_a_service_sees_only_the_sources_it_is_allowed(door: Entrance, browser: Browser) -> None:
    door.party = await door.provider.register("clinic", allowed_sources=["social-insurance"])
    interaction = await door.arrive(browser)

    page = await browser.get(f"{interaction}/sources")
    assert re.findall(r'name="source" value="([^"]+)"', page.text) == ["social-insurance"]

    forced = await browser.post(f"{interaction}/sources", {"csrf": csrf_of(page), "source": "tax"})
    assert forced.status_code == 403
    assert "MC-1303" in forced.text


async def test_a_source_that_cannot_reach_the_level_is_not_offered(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser, acr_values="eidas2")

    page = await browser.get(f"{interaction}/sources")

    assert re.findall(r'name="source" value="([^"]+)"', page.text) == ["tax", "social-insurance"]


async def test_a_source_nobody_knows_is_told_at_the_choice(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)

    shown = await door.choose(browser, interaction, "nowhere")

    assert shown.status_code == 400
    assert 'role="alert"' in shown.text


async def test_a_page_of_a_source_that_was_not_chosen_leads_to_the_dispatcher(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    for source in ("mobile", "tax", "nowhere"):
        out_of_order = await browser.get(f"{interaction}/sources/{source}")
        assert (out_of_order.status_code, out_of_order.headers["location"]) == (303, interaction)
    posted = await browser.post(f"{interaction}/sources/mobile", {"identifier": ALICE})
    assert posted.headers["location"] == interaction


async def test_an_interaction_that_is_over_says_so(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    door.provider.clock.now += 31 * 60

    assert "MC-1201" in (await browser.get(f"{interaction}/sources")).text
    assert "MC-1201" in (await browser.get("/interactions/unknown/sources")).text


async def test_a_source_that_is_down_leaves_the_choice(door: Entrance, browser: Browser) -> None:
    await door.add_source(
        written(
            "dead",
            "upstream_oidc",
            4,
            options={"issuer": "http://127.0.0.1:1", "client_id": CLIENT_ID},
            secrets={"client_secret": CLIENT_SECRET},
        )
    )
    await door.provider.services.configuration.refresh()
    interaction = await door.arrive(browser)
    for _ in range(3):
        down = await door.open(browser, interaction, "dead")
        assert down.status_code == 503
        assert f'href="{interaction}/sources"' in down.text
        assert "Traceback" not in down.text
    assert (await door.events())[-1] == "source.failed not_reached"

    page = await browser.get(f"{interaction}/sources")
    assert re.search(r'value="dead" disabled', page.text)
    assert re.search(r'value="tax">', page.text)
    assert WAIT_SECONDS < 3


async def test_an_oversized_form_is_refused(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)

    refused = await browser.post(f"{interaction}/sources", {"source": "x" * 70_000})

    assert refused.status_code == 413
