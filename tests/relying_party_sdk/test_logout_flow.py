"""Logout through the provider and back (RP-Initiated Logout 1.0): `state` belongs to the browser that began it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from relying_party_sdk.logout_state import LOGOUT_LIFETIME
from relying_party_sdk.testing import FakeProvider, Fault
from tests.relying_party_sdk.conftest import HandClock
from tests.relying_party_sdk.sites import Page, Site

OWN_ORIGIN = {"Origin": "http://localhost"}
LANDING = "/dang-nhap/da-thoat"


def log_out(site: Site, **form: str) -> Page:
    return site.post("/dang-nhap/thoat", form, OWN_ORIGIN)


def state_of(page: Page) -> str:
    return parse_qs(urlsplit(page.location).query)["state"][0]


def test_a_logout_comes_back_to_the_page_that_was_asked_for(site: Site, provider: FakeProvider) -> None:
    provider.sign_in(site.client)
    left = log_out(site, return_to="/tam-biet")

    back = site.get(f"{LANDING}?state={state_of(left)}")

    assert (back.status, back.location) == (303, "/tam-biet")
    assert "logout" not in site.cookie_names()


def test_a_logout_without_a_wish_ends_on_the_page_that_says_so(site: Site, provider: FakeProvider) -> None:
    provider.sign_in(site.client)
    left = log_out(site)

    back = site.get(f"{LANDING}?state={state_of(left)}")

    assert back.status == 200
    assert "Đã đăng xuất" in back.text


@pytest.mark.parametrize("query", ["", "?state=cua-ai-khac", "?state=", "?state=%F0%9F%92%A5"])
def test_a_strange_or_missing_state_leads_nowhere(site: Site, provider: FakeProvider, query: str) -> None:
    """The suite's modules `…-other-state` and `…-no-state`: the citizen is logged out all the same."""
    provider.sign_in(site.client)
    log_out(site, return_to="/tam-biet")

    back = site.get(f"{LANDING}{query}")

    assert back.status == 200
    assert site.get("/").text == "khách"


def test_the_state_of_one_browser_means_nothing_in_another(site: Site, provider: FakeProvider) -> None:
    provider.sign_in(site.client)
    state = state_of(log_out(site, return_to="/tam-biet"))
    site.put_cookie("logout", "cua-toi")

    assert site.get(f"{LANDING}?state={state}").status == 200


def test_a_logout_that_took_too_long_leads_nowhere(site: Site, provider: FakeProvider, clock: HandClock) -> None:
    provider.sign_in(site.client)
    state = state_of(log_out(site, return_to="/tam-biet"))
    clock.now += LOGOUT_LIFETIME

    assert site.get(f"{LANDING}?state={state}").status == 200


@pytest.mark.parametrize("wish", ["https://la.example/", "//la.example", "/\\la.example"])
def test_a_wish_for_another_site_is_not_granted(site: Site, provider: FakeProvider, wish: str) -> None:
    provider.sign_in(site.client)
    state = state_of(log_out(site, return_to=wish))

    assert site.get(f"{LANDING}?state={state}").status == 200


def test_the_question_carries_the_wish_escaped(site: Site) -> None:
    asked = site.get('/dang-nhap/thoat?return_to=/tam-biet?a="><script>')

    assert "<script>" not in asked.text
    assert 'name="return_to"' in site.get("/dang-nhap/thoat?return_to=/tam-biet").text
    assert 'name="return_to"' not in site.get("/dang-nhap/thoat?return_to=//la.example").text


def test_a_logout_while_the_provider_is_down_goes_straight_to_the_wish(
    site: Site, provider: FakeProvider, clock: HandClock
) -> None:
    provider.sign_in(site.client)
    provider.fail_with(Fault.UNREACHABLE)
    clock.now += 25 * 60
    assert site.get("/").text == "công dân"

    left = log_out(site, return_to="/tam-biet")

    assert left.status == 303
    assert site.get("/").text == "khách"
