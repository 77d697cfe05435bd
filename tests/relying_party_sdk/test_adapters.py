"""A whole login, logout and their abuses, at the same service in Starlette, Flask and Django."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from relying_party_sdk import RelyingParty
from relying_party_sdk.identity import Identity
from relying_party_sdk.session import IDLE_SECONDS, TOTAL_SECONDS
from relying_party_sdk.testing import FakeProvider, Fault
from tests.relying_party_sdk.conftest import HandClock
from tests.relying_party_sdk.sites import SESSION_COOKIE, Page, Site, build_flask

OWN_ORIGIN = {"Origin": "http://localhost"}


def begin(site: Site, return_to: str = "/ho-so") -> str:
    """Start a login in a tab; where the browser is sent."""
    return site.get(f"/dang-nhap/bat-dau?return_to={return_to}").location


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def finish(site: Site, provider: FakeProvider, url: str) -> Page:
    return site.get(path_of(provider.authorize(url)))


def test_a_page_sends_a_stranger_through_the_login_and_back(site: Site, provider: FakeProvider) -> None:
    refused = site.get("/ho-so?trang=2")
    assert refused.status == 303

    started = site.get(refused.location)
    finished = finish(site, provider, started.location)

    assert finished.location == "/ho-so?trang=2"
    assert site.get(finished.location).text == "Xin chào Nguyễn Thị Hoa"


def test_a_page_open_to_all_tells_citizens_from_guests(site: Site, provider: FakeProvider) -> None:
    assert site.get("/").text == "khách"

    provider.sign_in(site.client)

    assert site.get("/").text == "công dân"


def test_a_post_by_a_stranger_comes_back_to_the_home_page(site: Site) -> None:
    refused = site.post("/ho-so", {}, {})

    assert refused.status in (303, 403)
    if refused.status == 303:
        assert parse_qs(urlsplit(refused.location).query)["return_to"] == ["/"]


def test_a_higher_page_asks_for_the_higher_level(site: Site, provider: FakeProvider) -> None:
    provider.sign_in(site.client)

    refused = site.get("/cao")
    asked = parse_qs(urlsplit(site.get(refused.location).location).query)

    assert asked["acr_values"] == ["eidas3"]


def test_a_higher_page_stays_shut_when_the_level_is_not_reached(site: Site, provider: FakeProvider) -> None:
    answered = finish(site, provider, site.get(site.get("/cao").location).location)

    assert answered.status == 403
    assert "level_too_low" in answered.text
    assert site.get("/cao").status == 303


def test_a_higher_page_opens_at_the_level_reached(site: Site, provider: FakeProvider) -> None:
    provider.log_in_as(Identity.sample(level="eidas3"))

    finished = finish(site, provider, site.get(site.get("/cao").location).location)

    assert site.get(finished.location).text == "Mức cao"


def test_two_tabs_do_not_disturb_each_other(site: Site, provider: FakeProvider) -> None:
    first, second = begin(site, "/ho-so?tab=1"), begin(site, "/ho-so?tab=2")

    assert finish(site, provider, second).location == "/ho-so?tab=2"
    assert finish(site, provider, first).location == "/ho-so?tab=1"


def test_many_tabs_do_not_fill_the_cookie_header(site: Site, clock: HandClock) -> None:
    for _ in range(12):
        clock.now += 1
        begin(site)

    assert len([name for name in site.cookie_names() if "login_" in name]) == 8


def test_a_replayed_callback_is_refused_with_a_way_on(site: Site, provider: FakeProvider) -> None:
    callback = path_of(provider.authorize(begin(site)))
    site.get(callback)

    again = site.get(callback)

    assert again.status == 400
    assert "login_state_missing" in again.text
    assert "/dang-nhap/bat-dau" in again.text


def test_a_callback_in_another_browser_is_refused(site: Site, provider: FakeProvider) -> None:
    callback = path_of(provider.authorize(begin(site)))
    stranger = type(site)(provider.relying_party())  # type: ignore[call-arg] # every site is made from a party

    assert "login_state_missing" in stranger.get(callback).text
    assert stranger.get("/").text == "khách"


def test_a_doubled_parameter_is_refused(site: Site, provider: FakeProvider) -> None:
    callback = path_of(provider.authorize(begin(site)))

    assert "callback_malformed" in site.get(f"{callback}&code=khac").text


def test_the_login_cookie_is_gone_after_the_login(site: Site, provider: FakeProvider) -> None:
    provider.sign_in(site.client)

    assert site.cookie_names() == {SESSION_COOKIE}


def test_the_session_is_new_with_every_login_and_the_old_one_dies(
    site: Site, provider: FakeProvider, clock: HandClock
) -> None:
    old = session_cookie(finish(site, provider, begin(site)))
    new = session_cookie(finish(site, provider, begin(site)))

    assert old != new
    assert with_session(site, old).get("/").text == "khách"


def test_the_next_citizen_of_a_browser_is_who_the_pages_see(site: Site, provider: FakeProvider) -> None:
    provider.sign_in(site.client)
    assert site.get("/ho-so").text == "Xin chào Nguyễn Thị Hoa"

    provider.log_in_as(replace(provider.identity, subject="cong-dan-khac", claims={"name": "Trần Văn An"}))
    provider.sign_in(site.client)

    assert site.get("/ho-so").text == "Xin chào Trần Văn An"


def test_in_flask_one_application_context_around_two_requests_keeps_two_people_apart(
    party: RelyingParty, provider: FakeProvider
) -> None:
    app = build_flask(party)
    citizen = app.test_client()
    provider.sign_in(citizen)

    with app.app_context():
        assert citizen.get("/").text == "công dân"
        assert app.test_client().get("/").text == "khách"


def test_cookies_are_kept_from_scripts_and_other_sites(site: Site, provider: FakeProvider) -> None:
    started = site.get("/dang-nhap/bat-dau")
    finished = finish(site, provider, started.location)

    for cookie in (*started.set_cookies, *finished.set_cookies):
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()
        assert "path=/" in cookie.lower()
        assert "domain" not in cookie.lower()


def test_personal_answers_are_not_stored(site: Site, provider: FakeProvider) -> None:
    started = site.get("/dang-nhap/bat-dau")

    assert started.headers["cache-control"] == "no-store"
    assert finish(site, provider, started.location).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("fault", [Fault.ACCESS_DENIED, Fault.WRONG_NONCE, Fault.SERVER_ERROR, Fault.WRONG_SUBJECT])
def test_a_failed_login_shows_a_page_in_two_languages_and_logs_nobody_in(
    site: Site, provider: FakeProvider, fault: Fault
) -> None:
    provider.fail_with(fault)

    answered = finish(site, provider, begin(site))

    assert answered.status >= 400
    assert "Đăng nhập lại" in answered.text
    assert "Log in again" in answered.text
    assert "default-src 'none'" in answered.headers["content-security-policy"]
    assert site.get("/").text == "khách"


@pytest.mark.parametrize("return_to", ["https://la.example/", "//la.example", "/%5Cla.example", "/%09/la.example"])
def test_a_link_to_another_site_comes_back_home(site: Site, provider: FakeProvider, return_to: str) -> None:
    assert finish(site, provider, begin(site, return_to)).location in ("/", "/%5Cla.example")


def test_a_logout_by_link_asks_first(site: Site, provider: FakeProvider) -> None:
    provider.sign_in(site.client)

    asked = site.get("/dang-nhap/thoat")

    assert '<form method="post" action="/dang-nhap/thoat">' in asked.text
    assert site.get("/").text == "công dân"


def test_a_logout_ends_the_session_here_and_goes_on_to_the_provider(site: Site, provider: FakeProvider) -> None:
    cookie = session_cookie(finish(site, provider, begin(site)))

    left = site.post("/dang-nhap/thoat", {}, OWN_ORIGIN)

    sent = urlsplit(left.location)
    assert (sent.netloc, sent.path) == ("dinhdanh.example", "/logout")
    assert "id_token_hint" in parse_qs(sent.query)
    assert site.get("/").text == "khách"
    assert with_session(site, cookie).get("/").text == "khách"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://la.example"}, id="another origin"),
        pytest.param({"Origin": "null"}, id="no origin of its own"),
        pytest.param({}, id="no word about the origin"),
        pytest.param({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, id="the browser says cross-site"),
        pytest.param({"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"}, id="a sister host"),
    ],
)
def test_a_logout_from_another_site_does_nothing(site: Site, provider: FakeProvider, headers: dict[str, str]) -> None:
    provider.sign_in(site.client)

    refused = site.post("/dang-nhap/thoat", {}, headers)

    assert refused.status == 403
    assert site.get("/").text == "công dân"


def test_a_logout_by_nobody_ends_at_the_landing_page(site: Site) -> None:
    left = site.post("/dang-nhap/thoat", {}, OWN_ORIGIN)

    assert left.location == "/dang-nhap/da-thoat"
    assert "Đã đăng xuất" in site.get(left.location).text


def test_a_logout_at_the_provider_ends_the_session_here(site: Site, provider: FakeProvider) -> None:
    provider.sign_in(site.client)

    assert provider.sign_out_everywhere(site.client) == 200

    assert site.get("/").text == "khách"
    assert site.get("/ho-so").status == 303


def test_a_logout_of_the_person_ends_the_session_but_not_the_next_one(
    site: Site, provider: FakeProvider, clock: HandClock
) -> None:
    provider.sign_in(site.client)
    token = provider.logout_token(subject=provider.identity.subject)
    assert site.post("/dang-nhap/thoat-nen", {"logout_token": token}, {}).status == 200
    assert site.get("/").text == "khách"

    clock.now += 1
    provider.sign_in(site.client)

    assert site.get("/").text == "công dân"


def test_a_logout_of_somebody_else_ends_nothing(site: Site, provider: FakeProvider) -> None:
    provider.sign_in(site.client)

    site.post("/dang-nhap/thoat-nen", {"logout_token": provider.logout_token(session_id="phien-khac")}, {})

    assert site.get("/").text == "công dân"


@pytest.mark.parametrize("token", ["", "rác", "a.b.c"])
def test_a_bad_logout_token_is_refused_without_a_word(site: Site, token: str) -> None:
    refused = site.post("/dang-nhap/thoat-nen", {"logout_token": token}, {})

    assert (refused.status, refused.text) == (400, '{"error": "invalid_request"}')
    assert refused.headers["cache-control"] == "no-store"


def test_a_session_ends_after_half_an_hour_of_silence(site: Site, provider: FakeProvider, clock: HandClock) -> None:
    provider.sign_in(site.client)

    clock.now += IDLE_SECONDS

    assert site.get("/").text == "khách"


def test_a_session_in_use_lives_on_but_no_longer_than_the_whole_time(
    site: Site, provider: FakeProvider, clock: HandClock
) -> None:
    provider.sign_in(site.client)
    begun = clock.now

    while clock.now < begun + TOTAL_SECONDS - IDLE_SECONDS // 2:
        clock.now += IDLE_SECONDS // 2
        assert site.get("/ho-so").status == (200 if clock.now < begun + TOTAL_SECONDS else 303)
    clock.now = begun + TOTAL_SECONDS

    assert site.get("/ho-so").status == 303


@pytest.mark.parametrize("value", ["", "rac", "A" * 3000])
def test_a_forged_session_cookie_is_nobody(site: Site, value: str) -> None:
    assert with_session(site, value).get("/").text == "khách"


def test_a_provider_that_is_down_is_a_page_not_a_stack(site: Site, provider: FakeProvider) -> None:
    provider.fail_with(Fault.UNREACHABLE)

    answered = site.get("/dang-nhap/bat-dau")

    assert answered.status == 503
    assert "provider_unavailable" in answered.text


def test_a_logout_works_here_while_the_provider_is_down(site: Site, provider: FakeProvider, clock: HandClock) -> None:
    provider.sign_in(site.client)
    clock.now += IDLE_SECONDS - 1
    provider.fail_with(Fault.UNREACHABLE)

    site.post("/dang-nhap/thoat", {}, OWN_ORIGIN)

    assert site.get("/").text == "khách"


def session_cookie(page: Page) -> str:
    values = [
        cookie.split(";")[0].partition("=")[2] for cookie in page.set_cookies if cookie.startswith(f"{SESSION_COOKIE}=")
    ]
    return values[0].strip('"')


def with_session(site: Site, value: str) -> Site:
    """The same browser, with this session cookie put back."""
    site.put_cookie(SESSION_COOKIE, value)
    return site
