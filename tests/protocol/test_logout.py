"""RP-Initiated Logout 1.0, Back-Channel Logout 1.0: who may end a session without asking, and who is told."""

import json

import pytest

from idp.audit.events import SessionEnded
from tests.support.provider import Browser, Provider, RelyingPartyDriver, answer_of, csrf_of

_BACK = "https://town-hall.example/logged-out"


@pytest.fixture
async def town_hall(provider: Provider) -> RelyingPartyDriver:
    return await provider.register(
        post_logout_redirect_uris=[_BACK], backchannel_logout_uri="https://town-hall.example/backchannel"
    )


async def is_logged_in(party: RelyingPartyDriver, browser: Browser) -> bool:
    return "code" in answer_of(await party.authorize(browser, prompt="none"))


async def told(provider: Provider) -> list[dict[str, str]]:
    """What waits in the outbox, opened."""
    rows = await provider.services.database.fetch_all("SELECT id, kind, payload_sealed FROM outbox")
    assert {row["kind"] for row in rows} <= {"backchannel_logout"}
    vault = provider.services.vault
    return [
        json.loads(vault.unseal(row["payload_sealed"], row=f"outbox|payload_sealed|{row['id']!s}"))  # type: ignore[arg-type]  # bytes
        for row in rows
    ]


async def test_a_hint_of_this_session_ends_it_at_once_and_returns(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    tokens = await town_hall.log_in(browser)

    answer = await browser.get(
        "/logout", id_token_hint=tokens["id_token"], post_logout_redirect_uri=_BACK, state="s &=?"
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == f"{_BACK}?state=s%20%26%3D%3F"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not await is_logged_in(town_hall, browser)
    assert await provider.count_of(SessionEnded) == 1


async def test_an_expired_hint_still_says_whose_session_it_is(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    tokens = await town_hall.log_in(browser)
    provider.clock.now += 1000

    answer = await browser.get("/logout", id_token_hint=tokens["id_token"], post_logout_redirect_uri=_BACK)

    assert answer.headers["location"] == _BACK


async def test_without_a_hint_of_this_session_the_person_is_asked(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    other = await provider.logged_in_browser(consenting_to=town_hall)
    foreign = (await town_hall.log_in(other))["id_token"]

    for parameters in (
        {},
        {"client_id": town_hall.client_id, "post_logout_redirect_uri": _BACK},
        {"id_token_hint": foreign, "post_logout_redirect_uri": _BACK},
    ):
        answer = await browser.get("/logout", **parameters)

        assert answer.status_code == 200, parameters
        assert csrf_of(answer)
        assert await is_logged_in(town_hall, browser)
        assert await is_logged_in(town_hall, other)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"post_logout_redirect_uri": "https://attacker.example/"}, id="a foreign address"),
        pytest.param({"post_logout_redirect_uri": _BACK + "/"}, id="a slash more"),
        pytest.param({"post_logout_redirect_uri": _BACK + "?x=1"}, id="a query more"),
        pytest.param({"post_logout_redirect_uri": "https://town-hall.example/callback"}, id="a login address"),
        pytest.param({"post_logout_redirect_uri": _BACK, "id_token_hint": "x.y.z"}, id="a hint nobody signed"),
        pytest.param({"post_logout_redirect_uri": _BACK, "client_id": "library"}, id="another client than the hint's"),
        pytest.param({"post_logout_redirect_uri": _BACK, "client_id": "nobody"}, id="an unknown client"),
        pytest.param({"post_logout_redirect_uri": _BACK, "state": "s" * 2049}, id="an endless state"),
    ],
)
async def test_a_wrong_request_is_a_page_and_ends_nothing(
    provider: Provider, town_hall: RelyingPartyDriver, changes: dict[str, str]
) -> None:
    await provider.register("library", post_logout_redirect_uris=["https://library.example/"])
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    tokens = await town_hall.log_in(browser)

    answer = await browser.get("/logout", **{"id_token_hint": tokens["id_token"], **changes})

    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "attacker.example" not in answer.text
    assert await is_logged_in(town_hall, browser)


async def test_an_address_without_a_client_to_hold_it_is_refused(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    answer = await provider.browser().get("/logout", post_logout_redirect_uri=_BACK)

    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_yes_on_our_page_ends_the_session_and_no_keeps_it(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    parameters = {"client_id": town_hall.client_id, "post_logout_redirect_uri": _BACK}
    form = {**parameters, "csrf": csrf_of(await browser.get("/logout", **parameters))}

    no = await browser.post("/logout", {**form, "decision": "refuse"})
    kept = await is_logged_in(town_hall, browser)
    yes = await browser.post("/logout", {**form, "decision": "approve"})

    assert (no.headers["location"], kept) == (_BACK, True)
    assert yes.headers["location"] == _BACK
    assert not await is_logged_in(town_hall, browser)


async def test_an_answer_that_is_not_ours_ends_nothing(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    other = await provider.logged_in_browser()
    own, foreign = csrf_of(await browser.get("/logout")), csrf_of(await other.get("/logout"))
    form, ours = {"decision": "approve"}, {"sec-fetch-site": "same-origin"}

    refused = [
        await browser.http.post("/logout", data=form, headers=ours),
        await browser.http.post("/logout", data={**form, "csrf": foreign}, headers=ours),
        await browser.http.post("/logout", data={**form, "csrf": own[:-1]}, headers=ours),
        await browser.http.post("/logout", data={**form, "csrf": own}, headers={"sec-fetch-site": "cross-site"}),
        await browser.http.post("/logout", data={**form, "csrf": own}, headers={"sec-fetch-site": "same-site"}),
        await browser.http.post("/logout", data={**form, "csrf": own}, headers={"origin": "https://attacker.example"}),
    ]

    assert [answer.status_code for answer in refused] == [403] * 6
    assert await is_logged_in(town_hall, browser)


async def test_a_form_of_another_site_can_neither_end_the_session_nor_take_its_cookie_away(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    # A browser sends it without the session cookie (SameSite=Lax), but it would obey a Set-Cookie in the answer.
    logged_in = await provider.logged_in_browser(consenting_to=town_hall)
    hint = (await town_hall.log_in(logged_in))["id_token"]
    form = {"post_logout_redirect_uri": _BACK, "id_token_hint": hint, "state": "s"}

    answer = await provider.browser().http.post("/logout", data=form, headers={"sec-fetch-site": "cross-site"})
    asked = await logged_in.get(answer.headers["location"])

    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers
    assert hint not in answer.headers["location"]
    assert asked.status_code == 200
    assert csrf_of(asked)
    assert await is_logged_in(town_hall, logged_in)


async def test_every_service_that_took_part_is_told_under_its_own_name_for_the_person(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    library = await provider.register("library", backchannel_logout_uri="https://library.example/backchannel")
    silent = await provider.register("silent")
    apart = await provider.register("apart", backchannel_logout_uri="https://apart.example/backchannel")
    browser = await provider.logged_in_browser(consenting_to=town_hall, person_id="hoa")
    for party in (library, silent, apart):
        await provider.consent("hoa", party)
    subs = {}
    for party in (town_hall, library, silent):
        tokens = await party.log_in(browser)
        subs[party.client_id] = (await party.userinfo(tokens["access_token"])).json()["sub"]

    await provider.log_out(browser)
    messages = {message["client_id"]: message for message in await told(provider)}

    assert set(messages) == {"town-hall", "library"}
    assert messages["town-hall"]["sub"] == subs["town-hall"]
    assert messages["library"]["sub"] == subs["library"]
    assert messages["town-hall"]["sid"] == messages["library"]["sid"]


async def test_a_second_logout_is_quiet(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    hint = (await town_hall.log_in(browser))["id_token"]

    answers = await provider.at_once(
        browser.get("/logout", id_token_hint=hint, post_logout_redirect_uri=_BACK) for _ in range(8)
    )
    again = await browser.get("/logout", id_token_hint=hint, post_logout_redirect_uri=_BACK)

    assert {answer.headers["location"] for answer in (*answers, again)} == {_BACK}
    assert await provider.count_of(SessionEnded) == 1
    assert len(await told(provider)) == 1


async def test_what_was_granted_dies_unless_it_was_granted_offline(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    library = await provider.register("library")
    browser = await provider.logged_in_browser(consenting_to=town_hall, person_id="hoa")
    await provider.consent("hoa", library)
    online = await town_hall.log_in(browser)
    offline = await library.log_in(browser, scope="openid profile offline_access")

    await provider.log_out(browser)

    assert (await town_hall.userinfo(online["access_token"])).status_code == 401
    assert (await library.refresh(offline["refresh_token"])).status_code == 200


async def test_the_old_cookie_is_worth_nothing_after_logout(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    name = provider.services.cookies.session
    cookie = browser.http.cookies[name]

    await provider.log_out(browser)
    thief = provider.browser()
    thief.http.cookies.set(name, cookie)

    assert not await is_logged_in(town_hall, thief)


async def test_the_question_says_who_is_logged_in_and_where(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    await town_hall.log_in(browser)

    page = await browser.get("/logout", client_id=town_hall.client_id, ui_locales="en")

    assert "Nguyễn Thị Hòa" in page.text
    assert "Town hall" in page.text
