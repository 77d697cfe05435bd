"""Everything that is decided or redeemed once, many times at once and on two workers."""

from collections import Counter
from collections.abc import AsyncIterator

import httpx2
import pytest

from idp.audit.events import TokensIssued
from idp.audit.polled_events import PolledRequestApproved, PolledRequestDenied
from idp.storage.open import open_database
from tests.support.elsewhere import APPROVE, REFUSE, Elsewhere, asking_elsewhere
from tests.support.portal import send
from tests.support.provider import Provider, worker_beside

_PARALLEL = 64
_BUSY = "temporarily_unavailable"


@pytest.fixture
async def counter(provider: Provider) -> Elsewhere:
    return await asking_elsewhere(provider)


@pytest.fixture
async def other(provider: Provider, database_url: str) -> AsyncIterator[Provider]:
    database = open_database(database_url)
    async with worker_beside(provider, database) as worker:
        yield worker
    await database.close()


def outcomes(answers: list[httpx2.Response]) -> Counter[str]:
    return Counter("tokens" if answer.status_code == 200 else answer.json()["error"] for answer in answers)


async def test_of_64_polls_at_once_after_a_yes_one_gets_tokens(
    provider: Provider, other: Provider, counter: Elsewhere
) -> None:
    asked = await counter.asked()
    await counter.decides()
    beside = Elsewhere(other, counter.party.at(other), counter.sub)
    answers = await provider.at_once(
        (counter if number % 2 else beside).poll(asked["auth_req_id"]) for number in range(_PARALLEL)
    )

    assert outcomes(answers)["tokens"] == 1
    assert set(outcomes(answers)) <= {"tokens", "invalid_grant", _BUSY}
    assert await provider.count_of(TokensIssued) == 2  # one of them the portal's own
    (given,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await counter.party.userinfo(given["access_token"])).status_code == 200


async def test_polls_at_once_before_a_decision_slow_each_other_down(provider: Provider, counter: Elsewhere) -> None:
    asked = await counter.asked()
    answers = await provider.at_once(counter.poll(asked["auth_req_id"]) for _ in range(8))
    row = await provider.services.database.fetch_row("SELECT poll_interval FROM polled_request")

    assert outcomes(answers) == {"authorization_pending": 1, "slow_down": 7}
    assert row is not None
    assert row["poll_interval"] == 5 + 7 * 5


async def test_a_yes_and_a_no_at_once_are_one_answer(provider: Provider, counter: Elsewhere) -> None:
    asked = await counter.asked()
    (yes, page_of_yes), (no, page_of_no) = await counter.looks(), await counter.looks()
    await provider.at_once(
        [
            send(yes, page_of_yes, button=APPROVE, decision="approve"),
            send(no, page_of_no, button=REFUSE, decision="refuse"),
        ]
    )
    answer = await counter.poll(asked["auth_req_id"])

    approved, denied = await provider.count_of(PolledRequestApproved), await provider.count_of(PolledRequestDenied)
    assert approved + denied == 1
    assert outcomes([answer]) == {"tokens" if approved else "access_denied": 1}


async def test_the_same_yes_in_two_tabs_counts_once(provider: Provider, counter: Elsewhere) -> None:
    await counter.asked()
    browser = await counter.browser()
    (_, first), (_, second) = await counter.looks(browser), await counter.looks(browser)
    pages = await provider.at_once(send(browser, page, button=APPROVE, decision="approve") for page in (first, second))

    assert await provider.count_of(PolledRequestApproved) == 1
    assert sorted(page.status_code for page in pages) == [200, 400]


async def test_a_poll_beside_the_yes_sees_it_or_waits_but_never_loses_it(
    provider: Provider, counter: Elsewhere
) -> None:
    asked = await counter.asked()
    browser, page = await counter.looks()
    _, poll = await provider.at_once(
        [send(browser, page, button=APPROVE, decision="approve"), counter.poll(asked["auth_req_id"])]
    )
    if poll.status_code != 200:
        assert poll.json()["error"] == "authorization_pending"
        poll = await counter.poll(asked["auth_req_id"])

    assert poll.status_code == 200
