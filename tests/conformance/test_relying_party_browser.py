"""The browser of the relying-party journeys keeps the rule the form post mode depends on: SameSite."""

import httpx2
import pytest

from tests.conformance.relying_party_browser import Browser

COOKIES = ("lax=1; Path=/; SameSite=Lax; Secure", "none=1; Path=/; SameSite=None; Secure", "bare=1; Path=/; Secure")


class Sites:
    """A service that sets three cookies, and a provider whose page submits a form to it or sends back to it."""

    def __init__(self, back: httpx2.Response) -> None:
        self.back = back
        self.heard: list[tuple[str, str, str]] = []

    def browser(self) -> Browser:
        return Browser(httpx2.Client(transport=httpx2.MockTransport(self._answer), follow_redirects=False))

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.host == "op.example":
            return self.back
        sent = request.headers.get("cookie", "")
        self.heard.append((request.method, request.headers["sec-fetch-site"], sent))
        if request.url.path == "/bat-dau":
            away = [("Location", "https://op.example/"), *(("Set-Cookie", cookie) for cookie in COOKIES)]
            return httpx2.Response(303, headers=away)
        return httpx2.Response(200, text="xong")


def form(onload: str) -> httpx2.Response:
    page = f'<body onload="{onload}"><form action="https://rp.example/ket-thuc"><input name="code" value="a"></form>'
    return httpx2.Response(200, html=page)


def test_a_form_of_another_site_brings_only_cookies_that_say_so() -> None:
    sites = Sites(form("submitform()"))

    assert sites.browser().open("https://rp.example/bat-dau").text == "xong"
    assert sites.heard[-1] == ("POST", "cross-site", "none=1")


def test_a_redirect_of_another_site_brings_lax_cookies_too() -> None:
    sites = Sites(httpx2.Response(302, headers={"Location": "https://rp.example/ket-thuc?code=a"}))

    sites.browser().open("https://rp.example/bat-dau")

    method, _, cookies = sites.heard[-1]
    assert (method, set(cookies.split("; "))) == ("GET", {"lax=1", "none=1", "bare=1"})


def test_a_form_that_waits_for_a_person_is_not_submitted() -> None:
    sites = Sites(form(""))

    assert "form" in sites.browser().open("https://rp.example/bat-dau").text
    assert len(sites.heard) == 1


def test_another_browser_has_no_cookies() -> None:
    sites = Sites(httpx2.Response(302, headers={"Location": "https://rp.example/ket-thuc"}))
    browser = sites.browser()
    browser.open("https://rp.example/bat-dau")
    browser.forget()
    browser.look("https://rp.example/ho-so")

    assert sites.heard[-1] == ("GET", "none", "")


def test_a_journey_without_end_is_given_up() -> None:
    sites = Sites(httpx2.Response(302, headers={"Location": "https://rp.example/bat-dau"}))

    with pytest.raises(RuntimeError, match="still on the way"):
        sites.browser().open("https://rp.example/bat-dau")
