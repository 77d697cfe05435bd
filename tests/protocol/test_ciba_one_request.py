"""One request of one service waits for a person: a newer one ends it, and any answer ends them all."""

from collections import Counter

import pytest

from idp.storage.database import Statement
from tests.support.elsewhere import ANSWER, APPROVE, REFUSE, REPORT, Elsewhere, asking_elsewhere
from tests.support.portal import send, visit
from tests.support.provider import HOA, Provider


@pytest.fixture
async def counter(provider: Provider) -> Elsewhere:
    return await asking_elsewhere(provider)


async def pending(provider: Provider) -> int:
    rows = await provider.services.database.fetch_all("SELECT id FROM polled_request WHERE state = 'pending'")
    return len(rows)


async def back_to_pending(provider: Provider) -> None:
    """As two requests are that were stored in the same moment, neither seeing the other."""
    await provider.services.database.commit(
        Statement("UPDATE polled_request SET state = 'pending', decided_at = NULL WHERE state = $1", ("denied",))
    )


async def test_a_newer_request_ends_the_earlier_one(provider: Provider, counter: Elsewhere) -> None:
    first, second = await counter.asked(), await counter.asked()

    assert (await counter.poll(first["auth_req_id"])).json()["error"] == "access_denied"
    assert (await counter.poll(second["auth_req_id"])).json()["error"] == "authorization_pending"


@pytest.mark.parametrize("hint", ["unknown", None])
async def test_of_a_hint_that_names_nobody_the_earlier_one_ends_too(counter: Elsewhere, hint: str | None) -> None:
    first, _ = [await counter.asked(login_hint=hint or counter.sub) for _ in range(2)]

    assert (await counter.poll(first["auth_req_id"])).json()["error"] == "access_denied"


@pytest.mark.parametrize("happen", ["UPDATE person SET status = 'locked' WHERE id = $1", "blocked"])
async def test_that_a_person_may_not_be_asked_any_more_is_not_told_by_their_earlier_request(
    provider: Provider, counter: Elsewhere, happen: str
) -> None:
    first = await counter.asked()
    if happen == "blocked":
        happen = "INSERT INTO request_block (person_id, client_id, blocked_at) VALUES ($1, 'counter', 1)"
    await provider.services.database.commit(Statement(happen, ("hoa",)))
    await counter.asked()

    assert (await counter.poll(first["auth_req_id"])).json()["error"] == "access_denied"


async def test_requests_of_other_services_and_for_others_stay(provider: Provider, counter: Elsewhere) -> None:
    other = await asking_elsewhere(provider, "library")
    theirs, unknown = await other.asked(), await counter.asked(login_hint="unknown")
    await counter.asked()

    assert (await other.poll(theirs["auth_req_id"])).json()["error"] == "authorization_pending"
    assert (await counter.poll(unknown["auth_req_id"])).json()["error"] == "authorization_pending"


@pytest.mark.parametrize("button", [APPROVE, REFUSE, REPORT])
async def test_any_answer_ends_every_request_of_that_service(
    provider: Provider, counter: Elsewhere, button: str
) -> None:
    told = [await counter.asked() for _ in range(2)]
    await back_to_pending(provider)
    await counter.decides(button)
    answers = [await counter.poll(asked["auth_req_id"]) for asked in told]

    assert await pending(provider) == 0
    assert Counter(answer.status_code for answer in answers)[200] == (1 if button == APPROVE else 0)


async def test_a_yes_in_a_second_tab_is_none_once_the_person_reported_the_service(
    provider: Provider, counter: Elsewhere
) -> None:
    asked = await counter.asked()
    browser, page = await counter.looks()
    await counter.decides(REPORT)
    await back_to_pending(provider)
    done = await send(browser, page, button=APPROVE, decision="approve")

    assert "Đã đồng ý" not in done.text
    assert (await counter.poll(asked["auth_req_id"])).json()["error"] == "authorization_pending"


async def test_what_somebody_blocked_stays_blocked_when_they_are_merged(provider: Provider, counter: Elsewhere) -> None:
    database = provider.services.database
    await counter.asked()
    await counter.looks()
    await provider.logged_in_browser(HOA, person_id="earlier")
    await provider.logged_in_browser(HOA, person_id="earliest")
    block = "INSERT INTO request_block (person_id, client_id, blocked_at) VALUES ('earliest', 'counter', $1)"
    merge = "UPDATE person SET status = 'merged', merged_into = $1 WHERE id = $2"
    await database.commit(Statement(block, (1,)))
    await database.commit(Statement(merge, ("earlier", "earliest")), Statement(merge, ("hoa", "earlier")))

    browser, page = await counter.looks()
    done = await send(browser, page, button=APPROVE, decision="approve")
    assert "Đã đồng ý" not in done.text

    await counter.asked()
    page = await visit(browser, "/me/asked")
    assert ANSWER not in page.text
    assert "/me/asked/blocks/counter" in page.text

    csrf = page.text.split('action="/me/asked/blocks/counter"')[1].split('name="csrf" value="')[1].split('"')[0]
    await browser.post("/me/asked/blocks/counter", {"csrf": csrf})
    assert await database.fetch_row("SELECT client_id FROM request_block") is None
