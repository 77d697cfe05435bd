"""The choice, the pages of a source and the way back, over the whole provider."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest

from idp.authentication.deadline import WAIT_SECONDS
from idp.storage.database import Database, Statement
from tests.support.entrance import Entrance, Neighbours, csrf_of, entrance, neighbours, written
from tests.support.provider import Browser
from tests.support.registers import record
from tests.support.upstream import CLIENT_ID, CLIENT_SECRET

KNOWN, UNKNOWN = "9900000017", "9900000018"
ALICE, BOB = "0530000001", "0530000005"


@pytest.fixture(scope="module")
def around() -> Iterator[Neighbours]:
    with neighbours() as running:
        yield running


@pytest.fixture
async def door(database: Database, around: Neighbours) -> AsyncIterator[Entrance]:
    async with entrance(database, around) as made:
        around.insurance.records[KNOWN] = record()
        yield made


@pytest.fixture
def browser(door: Entrance) -> Browser:
    return door.provider.browser()


def path_of(location: str) -> str:
    return urlsplit(location).path


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


async def test_logs_in_through_another_site(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])

    back = await browser.get("/sources/tax/callback", **answer)

    assert (back.status_code, back.headers["location"]) == (303, interaction)
    assert door.provider.services.cookies.session in browser.http.cookies
    assert (await door.events())[-2:][0].split()[0] in ("person.created", "source.chosen", "person.authenticated")
    assert "person.authenticated" in await door.events()
    step = await browser.get(interaction)
    assert step.headers["location"] == f"{interaction}/consent"


async def test_logs_in_with_a_number_and_a_code(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    first = await door.open(browser, interaction, "social-insurance")
    assert 'id="identifier"' in first.text

    sent = await door.fill(browser, interaction, "social-insurance", identifier=KNOWN)
    assert (sent.status_code, path_of(sent.headers["location"])) == (303, f"{interaction}/sources/social-insurance")
    page = await browser.get(sent.headers["location"])
    assert 'id="one-time-code"' in page.text
    assert 'id="resend"' in page.text

    done = await door.fill(browser, interaction, "social-insurance", code=await door.code())
    assert (done.status_code, done.headers["location"]) == (303, interaction)
    events = await door.events()
    assert [event for event in events if event.startswith(("source.chosen", "one_time"))] == [
        "source.chosen",
        "one_time_code.sent",
    ]
    assert "person.authenticated" in events


async def test_a_mobile_number_nobody_vouches_for_can_log_in(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    await door.open(browser, interaction, "mobile")
    await door.fill(browser, interaction, "mobile", identifier=ALICE)

    done = await door.fill(browser, interaction, "mobile", code=await door.code())

    assert done.headers["location"] == interaction


async def test_answers_for_known_and_unknown_numbers_are_the_same_bytes(door: Entrance) -> None:
    pages = []
    for number in (KNOWN, UNKNOWN):
        browser = door.provider.browser()
        interaction = await door.arrive(browser)
        await door.open(browser, interaction, "social-insurance")
        sent = await door.fill(browser, interaction, "social-insurance", identifier=number)
        page = await browser.get(f"{interaction}/sources/social-insurance")
        wrong = await door.fill(browser, interaction, "social-insurance", code="000000")
        resent = await door.fill(browser, interaction, "social-insurance", resend="yes")
        answers = [sent, page, wrong, resent]
        normal = [neutral(answer.text, interaction) for answer in answers]
        headers = [neutral(str(sorted(answer.headers.items())), interaction) for answer in answers]
        pages.append((normal, headers, [answer.status_code for answer in answers]))

    assert pages[0] == pages[1]
    assert pages[0][2] == [303, 200, 400, 429]


def neutral(text: str, interaction: str) -> str:
    """Without what differs between any two visits."""
    text = text.replace(interaction, "INTERACTION")
    return re.sub(r'(name="csrf" value=")[^"]+', r"\1TOKEN", text)


async def test_the_phone_on_file_and_the_identifier_are_in_no_page_after_the_first(
    door: Entrance, browser: Browser
) -> None:
    interaction = await door.arrive(browser)
    await door.open(browser, interaction, "social-insurance")
    await door.fill(browser, interaction, "social-insurance", identifier=KNOWN)

    page = await browser.get(f"{interaction}/sources/social-insurance")

    assert "0530000002" not in page.text
    assert "*002" not in page.text
    assert KNOWN not in page.text


async def test_a_wrong_code_is_told_and_audited(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    await door.open(browser, interaction, "mobile")
    await door.fill(browser, interaction, "mobile", identifier=ALICE)
    code = await door.code()

    wrong = await door.fill(browser, interaction, "mobile", code=f"{(int(code) + 1) % 1_000_000:06d}")

    assert wrong.status_code == 400
    assert 'aria-invalid="true"' in wrong.text
    assert (await door.events())[-1] == "one_time_code.refused wrong"
    assert code not in str(await door.provider.events())
    assert "+8453" not in str(await door.provider.events())


async def test_another_browser_cannot_touch_an_interaction(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    await door.open(browser, interaction, "mobile")
    thief = door.provider.browser()
    await door.arrive(thief)

    for path in (f"{interaction}/sources", f"{interaction}/sources/mobile"):
        assert "MC-1203" in (await thief.get(path)).text
        assert "MC-1203" in (await thief.post(path, {"source": "tax"})).text
    assert "MC-1203" in (await door.provider.browser().get(f"{interaction}/sources")).text


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


async def test_a_source_that_fails_on_the_way_back_leaves_the_choice(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    sent = await door.open(browser, interaction, "tax")
    answer = door.neighbours.tax.authorize(sent.headers["location"])
    door.neighbours.tax.answers["/token"] = (503, b"", "text/plain")

    down = await browser.get("/sources/tax/callback", **answer)

    assert down.status_code == 503
    assert f'href="{interaction}/sources"' in down.text


async def test_a_double_submit_sends_one_code(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    page = await door.open(browser, interaction, "mobile")
    form = {"csrf": csrf_of(page), "identifier": ALICE}

    both = await asyncio.gather(*(browser.post(f"{interaction}/sources/mobile", form) for _ in range(2)))

    assert sorted(response.status_code for response in both) in ([303, 303], [303, 429])
    rows = await door.database.fetch_all("SELECT id FROM outbox")
    assert len(rows) == 1


async def test_the_back_button_and_a_second_choice_work(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    await door.open(browser, interaction, "social-insurance")
    await door.fill(browser, interaction, "social-insurance", identifier=KNOWN)

    other = await door.open(browser, interaction, "mobile")
    assert 'id="identifier"' in other.text
    await door.fill(browser, interaction, "mobile", identifier=BOB)
    done = await door.fill(browser, interaction, "mobile", code=await door.code())

    assert done.headers["location"] == interaction


async def test_two_tabs_do_not_disturb_each_other(door: Entrance, browser: Browser) -> None:
    first, second = await door.arrive(browser), await door.arrive(browser)
    one = await door.open(browser, first, "tax")
    two = await door.open(browser, second, "tax")
    later = door.neighbours.tax.authorize(two.headers["location"], code="code-2")
    earlier = door.neighbours.tax.authorize(one.headers["location"], code="code-1")

    assert (await browser.get("/sources/tax/callback", **later)).headers["location"] == second
    assert (await browser.get("/sources/tax/callback", **earlier)).headers["location"] == first


async def test_an_oversized_form_is_refused(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)

    refused = await browser.post(f"{interaction}/sources", {"source": "x" * 70_000})

    assert refused.status_code == 413


async def test_a_login_hint_fills_in_a_number_of_the_right_kind_only(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser, login_hint=ALICE)
    assert f'value="{ALICE}"' in (await door.open(browser, interaction, "mobile")).text
    assert f'value="{ALICE}"' in (await door.open(browser, interaction, "social-insurance")).text

    foreign = await door.arrive(browser, login_hint='"><script>')
    assert "script>" not in (await door.open(browser, foreign, "mobile")).text.replace("</script>", "")
