"""Several workers over one database: whatever may be used once is used once, wherever it is shown."""

from collections import Counter
from collections.abc import AsyncIterator

import httpx2
import pytest

from idp.audit.events import AuthorizationCodeReplayed, RefreshTokenReplayed, TokensIssued
from idp.configuration import POLL_SECONDS
from idp.storage.open import open_database
from tests.support.assertions import ASSERTION_TYPE, ClientKey, assertion_claims
from tests.support.provider import Provider, RelyingPartyDriver, worker_beside

_PARALLEL = 64

# Where the test machine is busy, some may wait too long for a connection; they are told to come back.
_BUSY = ("temporarily_unavailable",)


@pytest.fixture
async def other(provider: Provider, database_url: str) -> AsyncIterator[Provider]:
    """A second worker: its own application, its own connections, the same database and clock."""
    database = open_database(database_url)
    async with worker_beside(provider, database) as worker:
        yield worker
    await database.close()


def outcomes(answers: list[httpx2.Response]) -> Counter[str]:
    return Counter("tokens" if answer.status_code == 200 else answer.json()["error"] for answer in answers)


async def test_of_64_redemptions_at_once_one_succeeds_and_its_grant_is_revoked(
    provider: Provider, other: Provider, town_hall: RelyingPartyDriver
) -> None:
    code = await town_hall.code(await provider.logged_in_browser(consenting_to=town_hall))
    elsewhere = town_hall.at(other)

    answers = await provider.at_once(
        (town_hall if number % 2 else elsewhere).redeem(code) for number in range(_PARALLEL)
    )

    assert outcomes(answers)["tokens"] == 1
    assert set(outcomes(answers)) <= {"tokens", "invalid_grant", *_BUSY}
    (given,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await town_hall.userinfo(given["access_token"])).status_code == 401
    assert await provider.count_of(TokensIssued) == 1
    assert await provider.count_of(AuthorizationCodeReplayed) == 1


async def test_of_64_refreshes_at_once_one_succeeds_and_the_family_is_dead(
    provider: Provider, other: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    token = (await town_hall.log_in(browser, scope="openid offline_access"))["refresh_token"]
    elsewhere = town_hall.at(other)

    answers = await provider.at_once(
        (town_hall if number % 2 else elsewhere).refresh(token) for number in range(_PARALLEL)
    )

    assert outcomes(answers)["tokens"] == 1
    assert set(outcomes(answers)) <= {"tokens", "invalid_grant", *_BUSY}
    (given,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await town_hall.refresh(given["refresh_token"])).json()["error"] == "invalid_grant"
    assert await provider.count_of(RefreshTokenReplayed) == 1


async def test_many_codes_redeemed_at_once_all_succeed(
    provider: Provider, other: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    codes = [await town_hall.code(browser) for _ in range(_PARALLEL // 4)]
    elsewhere = town_hall.at(other)

    answers = await provider.at_once(
        (town_hall if number % 2 else elsewhere).redeem(code) for number, code in enumerate(codes)
    )

    assert outcomes(answers) == {"tokens": _PARALLEL // 4}


async def test_an_assertion_shown_to_both_works_at_one(provider: Provider, other: Provider) -> None:
    key = ClientKey()
    await provider.register("registry", token_endpoint_auth_method="private_key_jwt", jwks=key.jwks())
    form = {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": key.sign(assertion_claims("registry", provider.issuer, provider.clock())),
        "token": "unknown",
    }

    answers = await provider.at_once(
        (provider if number % 2 else other).http.post("/introspect", data=form) for number in range(16)
    )

    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 15}


async def test_a_pushed_request_shown_to_both_is_answered_by_one(
    provider: Provider, other: Provider, town_hall: RelyingPartyDriver
) -> None:
    pushed = (await town_hall.post("/par", **town_hall.authorization_parameters())).json()
    here = await provider.logged_in_browser(consenting_to=town_hall)
    there = other.browser()
    there.http.cookies.update(here.http.cookies)

    answers = await provider.at_once(
        browser.get("/authorize", client_id=town_hall.client_id, request_uri=pushed["request_uri"])
        for browser in [here, there] * 8
    )

    assert Counter(answer.status_code for answer in answers) == {303: 1, 400: 15}


async def test_what_ends_on_one_worker_has_ended_on_the_other_at_once(
    provider: Provider, other: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    tokens, code = await town_hall.log_in(browser), await town_hall.code(browser)
    elsewhere, there = town_hall.at(other), other.browser()
    there.http.cookies.update(browser.http.cookies)

    await provider.log_out(browser)

    assert (await elsewhere.userinfo(tokens["access_token"])).status_code == 401
    assert (await elsewhere.redeem(code)).json()["error"] == "invalid_grant"
    assert "login_required" in (await elsewhere.authorize(there, prompt="none")).headers["location"]


async def test_a_client_disabled_on_one_worker_is_refused_on_the_other_at_its_next_look(
    provider: Provider, other: Provider, town_hall: RelyingPartyDriver
) -> None:
    elsewhere = town_hall.at(other)
    assert (await elsewhere.post("/introspect", token="x")).status_code == 200

    await provider.disable(town_hall)
    await other.services.configuration.refresh()

    assert POLL_SECONDS <= 5
    assert (await elsewhere.post("/introspect", token="x")).status_code == 401
