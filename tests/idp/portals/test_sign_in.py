"""The portals are relying parties of ours: the whole walk of their sign-in, inside one process."""

from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from idp.audit.events import AuthorizationCodeReplayed
from idp.portals.guard import for_visitors, form_token, read_own_form
from idp.portals.portal import CITIZEN, OPERATOR
from idp.portals.visitors import Visitor, require_recent
from idp.protocol.built_in_clients import CITIZEN_PORTAL
from idp.protocol.client_metadata import InvalidClientMetadata, parse_client
from idp.protocol.levels import LevelOfAssurance
from idp.services import Services
from idp.storage.database import Database, Statement
from idp.storage.open import open_database
from tests.support.page import page_of
from tests.support.portal import follow, visit
from tests.support.provider import Browser, Provider, answer_of, running_provider, worker_beside

DESK = "/operator/desk"


async def _desk(services: Services, request: Request, visitor: Visitor) -> Response:
    """A page of a portal: GET says who is there, POST needs a login of the last five minutes."""
    if request.method == "GET":
        return PlainTextResponse(f"{visitor.person_id} {form_token(services, visitor, DESK)}")
    form = await read_own_form(services, request, visitor)
    require_recent(visitor, 300, now=services.clock(), form=form)
    return PlainTextResponse(f"done {form['what']}")


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database) as running:
        running.app.router.routes.append(Route(DESK, for_visitors(OPERATOR, _desk), methods=["GET", "POST"]))
        yield running


async def _token(browser: Browser) -> str:
    return (await visit(browser, DESK)).text.split()[1]


async def test_who_is_logged_in_here_comes_in_without_a_page_to_answer(provider: Provider) -> None:
    browser = await provider.logged_in_browser(person_id="hoa")

    answer = await visit(browser, f"{DESK}?case=7")

    assert answer.text.startswith("hoa ")
    assert str(answer.url) == f"{provider.issuer}{DESK}?case=7"
    assert [row["client_id"] for row in await provider.events() if row["event"] == "authorization_code.issued"] == [
        "motcua-operator"
    ]


async def test_who_is_not_logged_in_is_led_to_the_login_of_the_portal(provider: Provider) -> None:
    answer = await visit(provider.browser(), DESK)

    assert answer.url.path.startswith("/interactions/")
    assert "Bàn làm việc của cán bộ" in answer.text


async def test_a_person_has_another_identifier_in_each_portal(provider: Provider) -> None:
    browser = await provider.logged_in_browser(person_id="hoa")
    await visit(browser, DESK)
    await follow(browser, await browser.get("/me/sign-out"))

    rows = await provider.services.database.fetch_all("SELECT sector, sub FROM subject_identifier ORDER BY sector")

    assert [row["sector"] for row in rows] == [CITIZEN_PORTAL, "motcua-operator"]
    assert len({row["sub"] for row in rows}) == 2


async def test_the_visit_ends_with_the_session(provider: Provider) -> None:
    browser = await provider.logged_in_browser(person_id="hoa")
    await visit(browser, DESK)

    await provider.log_out(browser)

    assert answer_of(await browser.get(DESK))["client_id"] == "motcua-operator"


async def test_the_visit_ends_when_the_person_is_locked(provider: Provider) -> None:
    browser = await provider.logged_in_browser(person_id="hoa")
    await visit(browser, DESK)

    await provider.services.database.commit(Statement("UPDATE person SET status = 'locked' WHERE id = 'hoa'"))

    assert (await browser.get(DESK)).status_code == 303


async def test_a_visit_outlives_the_idle_limit_of_who_keeps_coming_back(provider: Provider) -> None:
    browser = await provider.logged_in_browser(person_id="hoa")
    await visit(browser, DESK)

    for _ in range(4):
        provider.clock.now += provider.services.settings.session_idle - 60
        assert (await browser.get(DESK)).status_code == 200
    provider.clock.now += provider.services.settings.session_idle + 1

    assert (await browser.get(DESK)).status_code == 303


async def test_a_portal_cookie_opens_nothing_in_the_session_of_somebody_else(provider: Provider) -> None:
    hoa = await provider.logged_in_browser(person_id="hoa")
    an = await provider.logged_in_browser(person_id="an")
    await visit(hoa, DESK)
    name = provider.services.cookies.portal(OPERATOR.cookie)

    an.http.cookies.set(name, hoa.http.cookies[name])

    assert (await an.get(DESK)).status_code == 303
    an.http.cookies.delete(name)
    assert (await visit(an, DESK)).text.startswith("an ")


async def test_the_cookie_of_one_portal_is_nothing_to_the_other(provider: Provider) -> None:
    browser = await provider.logged_in_browser(person_id="hoa")
    await visit(browser, DESK)
    cookies = provider.services.cookies

    browser.http.cookies.set(cookies.portal(CITIZEN.cookie), browser.http.cookies[cookies.portal(OPERATOR.cookie)])

    assert answer_of(await browser.get("/me/sign-out"))["client_id"] == CITIZEN_PORTAL


async def test_a_callback_that_is_opened_again_leads_on_and_logs_nobody_in_anew(provider: Provider) -> None:
    browser = await provider.logged_in_browser(person_id="hoa")
    begun = await browser.get(DESK)
    callback = (await browser.get(begun.headers["location"])).headers["location"]
    await browser.get(callback)

    again = await browser.get(callback)

    assert again.headers["location"] == "/operator"


async def test_a_callback_that_is_sent_to_two_workers_uses_its_code_once(provider: Provider, database_url: str) -> None:
    """A second use of the code would look like a thief's, and end what the first one was given."""
    browser = await provider.logged_in_browser(person_id="hoa")
    begun = await browser.get(DESK)
    callback = (await browser.get(begun.headers["location"])).headers["location"]
    connections = open_database(database_url)
    async with worker_beside(provider, connections) as worker:
        twice = worker.browser()
        twice.http.cookies.update(browser.http.cookies)
        await browser.get(callback)

        again = await twice.get(callback)

    await connections.close()
    assert answer_of(again)["client_id"] == "motcua-operator"
    assert await provider.count_of(AuthorizationCodeReplayed) == 0
    (grant,) = await provider.services.database.fetch_all("SELECT revoked_at FROM authorization_grant")
    assert grant["revoked_at"] is None


async def test_a_callback_in_a_browser_that_began_nothing_begins_its_own_login(provider: Provider) -> None:
    attacker = await provider.logged_in_browser(person_id="attacker")
    begun = await attacker.get(DESK)
    callback = (await attacker.get(begun.headers["location"])).headers["location"]
    victim = provider.browser()

    answer = await victim.get(callback)

    assert answer_of(answer)["client_id"] == "motcua-operator"
    assert provider.services.cookies.portal(OPERATOR.cookie) not in victim.http.cookies


async def test_who_cancels_the_login_is_back_on_the_home_page(provider: Provider) -> None:
    browser = provider.browser()
    page = await visit(browser, DESK)
    cancel = page_of(str(page.url), 200, page.text).buttons["cancel"].form

    answer = await follow(browser, await browser.post(cancel.action, cancel.fields))

    assert answer.url.path == "/"


async def test_a_form_needs_the_token_of_its_own_session_and_path(provider: Provider) -> None:
    hoa = await provider.logged_in_browser(person_id="hoa")
    an = await provider.logged_in_browser(person_id="an")
    await visit(an, DESK)
    token = await _token(hoa)

    assert (await hoa.post(DESK, {"csrf": token, "what": "tea"})).text == "done tea"
    assert (await an.post(DESK, {"csrf": token, "what": "tea"})).status_code == 403
    assert (await hoa.post("/operator/sign-out", {"csrf": token})).status_code == 403
    assert (await hoa.post(DESK, {"what": "tea"})).status_code == 403


async def test_a_form_from_another_site_is_refused(provider: Provider) -> None:
    browser = await provider.logged_in_browser(person_id="hoa")
    token = await _token(browser)

    answer = await browser.http.post(
        DESK, data={"csrf": token, "what": "tea"}, headers={"sec-fetch-site": "cross-site"}
    )

    assert answer.status_code == 403


async def test_a_form_that_needs_a_fresh_login_is_kept_for_after_it(provider: Provider) -> None:
    browser = await provider.logged_in_browser(person_id="hoa")
    token = await _token(browser)
    provider.clock.now += 301

    interrupted = await browser.post(DESK, {"csrf": token, "what": "tea"})
    sources = await follow(browser, interrupted)
    assert sources.url.path.endswith("/sources")
    await _log_in_anew(provider, browser)
    page = await follow(browser, await browser.get(str(sources.url.path).removesuffix("/sources")))

    assert "Đã xác thực lại" in page.text
    form = page_of(str(page.url), 200, page.text).buttons["continue"].form
    assert (form.action, form.fields["what"]) == (DESK, "tea")
    assert (await browser.post(form.action, form.fields)).text == "done tea"


async def test_what_one_person_was_about_to_send_is_not_shown_to_another(provider: Provider) -> None:
    hoa = await provider.logged_in_browser(person_id="hoa")
    token = await _token(hoa)
    provider.clock.now += 301
    sent = await hoa.post(DESK, {"csrf": token, "what": "tea"})
    party = provider.app.state.portals[OPERATOR.client_id]
    cookie = party.login_cookie_name({"state": answer_of(sent)["state"]})
    kept = party.open_login(hoa.http.cookies[cookie]).return_to
    row = await provider.services.database.fetch_row("SELECT payload FROM short_lived WHERE kind = 'portal_intent'")
    assert row is not None
    assert b"tea" not in memoryview(row["payload"]).tobytes()  # type: ignore[arg-type]  # the column holds bytes

    an = await provider.logged_in_browser(person_id="an")
    await visit(an, DESK)

    assert kept.startswith("/operator/continue/")
    assert (await an.get(kept)).headers["location"] == "/operator"


async def test_signing_out_ends_the_session_for_every_service(provider: Provider) -> None:
    town_hall = await provider.register()
    browser = await provider.logged_in_browser(person_id="hoa", consenting_to=town_hall)
    tokens = await town_hall.log_in(browser)
    await visit(browser, DESK)

    page = await browser.get("/operator/sign-out")
    assert page.headers["location"] == "/operator"
    await _sign_out(provider, browser)

    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401
    assert (await town_hall.authorize(browser)).headers["location"].startswith("/interactions/")


async def test_a_row_with_the_id_of_a_portal_changes_nothing(provider: Provider) -> None:
    await provider.register(CITIZEN_PORTAL, redirect_uris=["https://evil.example/callback"])

    client = await provider.services.configuration.client(CITIZEN_PORTAL)

    assert client is not None
    assert client.redirect_uris == (f"{provider.issuer}/me/callback",)
    assert client.scope == {"openid"}


async def test_cookies_in_production_are_bound_to_the_host(database: Database) -> None:
    async with running_provider(database, issuer="https://id.example", environment="production") as provider:
        browser = await provider.logged_in_browser(person_id="hoa")
        begun = await browser.get("/me/sign-out")
        callback = (await browser.get(begun.headers["location"])).headers["location"]

        answer = await browser.get(callback)

    for cookie in [*begun.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")]:
        assert cookie.startswith("__Host-")
        assert cookie.endswith("; HttpOnly; SameSite=Lax; Secure")
    assert any(cookie.startswith("__Host-motcua_citizen=") for cookie in answer.headers.get_list("set-cookie"))


async def _log_in_anew(provider: Provider, browser: Browser) -> None:
    """As a finished login leaves the session: done in the one interaction that is open."""
    now = int(provider.clock())
    await provider.services.database.commit(
        Statement("UPDATE sso_session SET auth_time = $1, last_seen_at = $1 WHERE person_id = 'hoa'", (now,))
    )


async def _sign_out(provider: Provider, browser: Browser) -> None:
    services = provider.services
    row = await services.database.fetch_row("SELECT id FROM sso_session WHERE ended_at IS NULL")
    assert row is not None
    visitor = Visitor(
        person_id="hoa",
        sub="",
        session_id=str(row["id"]),
        source_id="tax",
        link_id="link",
        level=LevelOfAssurance.SUBSTANTIAL,
        amr=(),
        auth_time=0,
        portal=OPERATOR,
    )
    answer = await browser.post("/operator/sign-out", {"csrf": form_token(services, visitor, "/operator/sign-out")})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(("client_id", "sector"), [(CITIZEN_PORTAL, "a.example"), ("a", CITIZEN_PORTAL)])
def test_no_service_is_registered_in_the_place_of_a_portal(client_id: str, sector: str) -> None:
    with pytest.raises(InvalidClientMetadata, match="reserved"):
        parse_client(client_id, {"client_name": "A", "redirect_uris": ["https://a.example/callback"]}, sector=sector)
