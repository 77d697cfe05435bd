"""The pages of a source that sends codes, over the whole provider."""

import asyncio
import re
from urllib.parse import urlsplit

from tests.support.entrance import Entrance, csrf_of
from tests.support.provider import Browser
from tests.support.registers import record

KNOWN = "9900000017"
UNKNOWN = "9900000018"
ALICE = "0530000001"
BOB = "0530000005"


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


def path_of(location: str) -> str:
    return urlsplit(location).path


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


async def test_a_login_hint_fills_in_a_number_of_the_right_kind_only(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser, login_hint=ALICE)
    assert f'value="{ALICE}"' in (await door.open(browser, interaction, "mobile")).text
    assert f'value="{ALICE}"' in (await door.open(browser, interaction, "social-insurance")).text

    foreign = await door.arrive(browser, login_hint='"><script>')
    assert "script>" not in (await door.open(browser, foreign, "mobile")).text.replace("</script>", "")


async def test_a_death_is_a_page_and_an_event_without_a_name(door: Entrance, browser: Browser) -> None:
    door.neighbours.insurance.records[KNOWN] = record(deceased=True)
    interaction = await door.arrive(browser)
    await door.open(browser, interaction, "social-insurance")
    await door.fill(browser, interaction, "social-insurance", identifier=KNOWN)

    refused = await door.fill(browser, interaction, "social-insurance", code=await door.code())

    assert (refused.status_code, "MC-1402" in refused.text) == (403, True)
    assert (await door.events())[-1] == "person.refused deceased_refused"
    assert "Minh" not in str(await door.provider.events())


async def test_a_register_down_after_the_right_code_costs_no_second_code(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    await door.open(browser, interaction, "social-insurance")
    await door.fill(browser, interaction, "social-insurance", identifier=KNOWN)
    page = await browser.get(f"{interaction}/sources/social-insurance")
    door.neighbours.insurance.answer = (503, b"{}")
    form = {"csrf": csrf_of(page), "code": await door.code()}
    down = await browser.post(f"{interaction}/sources/social-insurance", form)
    assert down.status_code == 503
    assert f'href="{interaction}/sources/social-insurance"' in down.text

    door.neighbours.insurance.answer = None
    done = await browser.get(f"{interaction}/sources/social-insurance")

    assert (done.status_code, done.headers["location"]) == (303, interaction)
    events = await door.events()
    assert events.count("one_time_code.sent") == 1
    assert "source.failed status_503" in events


async def test_a_kept_proof_is_of_use_in_its_own_browser_alone(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    await door.open(browser, interaction, "social-insurance")
    await door.fill(browser, interaction, "social-insurance", identifier=KNOWN)
    door.neighbours.insurance.answer = (503, b"{}")
    await door.fill(browser, interaction, "social-insurance", code=await door.code())
    door.neighbours.insurance.answer = None

    stranger = await door.provider.browser().get(f"{interaction}/sources/social-insurance")

    assert stranger.status_code == 400
    assert "person.authenticated" not in await door.events()
