"""One in-flight request of one browser: nobody else's, over in half an hour, answered once, several side by side."""

import pytest

from idp.audit.events import AuthorizationCodeIssued, ConsentRefused, LoginCancelled
from idp.interactions.interaction import LIFETIME_SECONDS, Interaction
from idp.protocol.authorization_request import AuthorizationRequest
from idp.web.csrf import csrf_token
from tests.support.provider import Browser, Provider, RelyingPartyDriver, answer_of, csrf_of


async def begin(party: RelyingPartyDriver, browser: Browser, **changes: str | None) -> str:
    """The address of the interaction of a login that needs a page."""
    response = await party.authorize(browser, **changes)
    location: str = response.headers["location"]
    assert location.startswith("/interactions/"), location
    return location


def cancel_token(provider: Provider, browser: Browser, interaction: str) -> str:
    """The token of the cancel form, which the pages of the sources show."""
    cookie = browser.http.cookies[provider.services.cookies.browser]
    identifier = interaction.removeprefix("/interactions/")
    return csrf_token(provider.services.csrf_key, browser_id=cookie, purpose=f"cancel {identifier}")


async def test_another_browser_that_knows_the_address_gets_nothing(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    own = await provider.logged_in_browser()
    address = await begin(town_hall, own)
    thief = await provider.logged_in_browser()
    await begin(town_hall, thief)
    csrf = csrf_of(await own.get(f"{address}/consent"))

    answers = [
        await thief.get(address),
        await thief.get(f"{address}/consent"),
        await thief.post(f"{address}/consent", {"decision": "approve", "csrf": csrf}),
        await thief.post(f"{address}/cancel", {"csrf": csrf}),
        await provider.browser().get(address),
        await provider.browser().get(f"{address}/consent"),
    ]

    assert all("MC-1203" in answer.text and "location" not in answer.headers for answer in answers)
    assert "code" not in [event["event"] for event in await provider.events()]


async def test_an_interaction_is_over_in_half_an_hour(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = provider.browser()
    address = await begin(town_hall, browser)

    provider.clock.now += LIFETIME_SECONDS - 1
    assert (await browser.get(address)).status_code == 303
    provider.clock.now += 1

    assert "MC-1201" in (await browser.get(address)).text


async def test_an_unknown_interaction_looks_like_one_that_is_over(provider: Provider) -> None:
    for name in ("x", "x" * 5000, "%00", "..%2f", "é"):
        answer = await provider.browser().get(f"/interactions/{name}")
        assert answer.status_code in {400, 404}, name
        assert "location" not in answer.headers


async def test_it_is_answered_once_however_often_the_browser_asks(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser()
    address = await begin(town_hall, browser)
    page = await browser.get(f"{address}/consent")
    await browser.post(f"{address}/consent", {"decision": "approve", "csrf": csrf_of(page)})

    answers = await provider.at_once(browser.get(address) for _ in range(8))
    codes = [answer_of(answer)["code"] for answer in answers if "code=" in answer.headers.get("location", "")]

    assert len(codes) == 1
    assert await provider.count_of(AuthorizationCodeIssued) == 1
    assert "MC-1201" in (await browser.get(address)).text


async def test_two_tabs_are_answered_each_with_its_own_request(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    library = await provider.register("library")
    browser = await provider.logged_in_browser()
    first = await begin(town_hall, browser, state="first")
    second = await begin(library, browser, state="second")
    third = await begin(town_hall, browser, state="third")

    answers = {}
    for address in (second, third, first):
        page = await browser.get(f"{address}/consent")
        await browser.post(f"{address}/consent", {"decision": "approve", "csrf": csrf_of(page)})
        response = await browser.get(address)
        answers[answer_of(response)["state"]] = response.headers["location"].partition("?")[0]

    assert answers == {
        "first": town_hall.redirect_uri,
        "second": library.redirect_uri,
        "third": town_hall.redirect_uri,
    }


async def test_a_login_in_one_tab_serves_the_other(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    stranger = provider.browser()
    waiting = await begin(town_hall, stranger)
    assert (await stranger.get(waiting)).headers["location"].endswith("/sources")
    logged_in = await provider.logged_in_browser(consenting_to=town_hall)
    session = provider.services.cookies.session

    stranger.http.cookies.set(session, logged_in.http.cookies[session])

    assert "code" in answer_of(await stranger.get(waiting))


async def test_cancelling_tells_the_service_that_and_nothing_else(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = provider.browser()
    address = await begin(town_hall, browser)

    response = await browser.post(f"{address}/cancel", {"csrf": cancel_token(provider, browser, address)})
    answer = answer_of(response)

    assert response.headers["location"].startswith(town_hall.redirect_uri)
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", town_hall.state, provider.issuer)
    assert await provider.count_of(LoginCancelled) == 1
    assert "MC-1201" in (await browser.get(address)).text


@pytest.mark.parametrize("form", ["cancel", "consent"])
async def test_a_form_of_somebody_else_changes_nothing(
    provider: Provider, town_hall: RelyingPartyDriver, form: str
) -> None:
    browser = await provider.logged_in_browser()
    address, other = await begin(town_hall, browser), await begin(town_hall, browser)
    good = (
        cancel_token(provider, browser, address)
        if form == "cancel"
        else csrf_of(await browser.get(f"{address}/consent"))
    )
    foreign = (
        cancel_token(provider, browser, other) if form == "cancel" else csrf_of(await browser.get(f"{other}/consent"))
    )
    swapped = csrf_of(await browser.get(f"{address}/consent")) if form == "cancel" else "x"
    ours, fields = {"sec-fetch-site": "same-origin"}, {"decision": "refuse"}
    post, url = browser.http.post, f"{address}/{form}"

    answers = [
        await post(url, data=fields, headers=ours),
        await post(url, data={**fields, "csrf": ""}, headers=ours),
        await post(url, data={**fields, "csrf": foreign}, headers=ours),
        await post(url, data={**fields, "csrf": swapped}, headers=ours),
        await post(url, data={**fields, "csrf": good + "A"}, headers=ours),
        await post(url, data={**fields, "csrf": good}, headers={"sec-fetch-site": "cross-site"}),
        await post(url, data={**fields, "csrf": good}, headers={"sec-fetch-site": "same-site"}),
        await post(url, data={**fields, "csrf": good}, headers={**ours, "origin": "https://attacker.example"}),
        await post(url, data={**fields, "csrf": good}, headers={**ours, "origin": "http://127.0.0.1:8001"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 9
    assert await provider.count_of(LoginCancelled) + await provider.count_of(ConsentRefused) == 0
    assert (await post(url, data={**fields, "csrf": good}, headers=ours)).status_code == 303


async def test_a_service_that_was_disabled_meanwhile_gets_no_answer(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser()
    address = await begin(town_hall, browser)

    await provider.disable(town_hall)
    answer = await browser.get(address)

    assert (answer.status_code, "MC-1103" in answer.text, "location" in answer.headers) == (403, True, False)


async def test_the_request_is_kept_sealed(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    await begin(town_hall, provider.browser(), login_hint="canary-0530000001", state="canary-state")

    rows = await provider.services.database.fetch_all("SELECT payload FROM short_lived")

    assert len(rows) == 1
    assert b"canary" not in rows[0]["payload"]  # type: ignore[operator]  # bytes


def test_a_login_within_the_interaction_asks_for_consent_anew() -> None:
    """Agreed to with an older session, then logged in as somebody else: that one has agreed to nothing."""
    interaction = Interaction(
        id="i",
        browser_hash=b"b",
        request=AuthorizationRequest(client_id="c", redirect_uri="https://c.example/"),
        started_at=0,
        locale="vi",
        consented_in="session",
    )

    assert interaction.authenticated("session").consented_in is None


async def test_the_browser_keeps_its_name_from_one_login_to_the_next_for_as_long_as_browsers_keep_anything(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = provider.browser()
    name = provider.services.cookies.browser

    first, second = [await town_hall.authorize(browser) for _ in range(2)]

    cookies = [answer.headers["set-cookie"] for answer in (first, second)]
    assert all(cookie.startswith(f"{name}=") and "Max-Age=34560000" in cookie for cookie in cookies)
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    assert len({cookie.split(";")[0] for cookie in cookies}) == 1
