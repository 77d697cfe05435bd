"""Logins in flight: no page elsewhere begins them unseen, and they never fill the cookie header."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from relying_party_sdk import RelyingParty, ReturnToRefused
from relying_party_sdk.browser_exchange import BrowserAnswer, BrowserRequest
from relying_party_sdk.login_flow import LoginFlow
from relying_party_sdk.open_logins import MAX_OPEN_BYTES, MAX_OPEN_LOGINS
from relying_party_sdk.testing import FakeProvider
from tests.relying_party_sdk.conftest import HandClock
from tests.relying_party_sdk.sites import SECRET

MODES = ("query", "form_post")
ISSUER = "https://dinhdanh.example"


@pytest.fixture(params=MODES)
def flow(request: pytest.FixtureRequest, provider: FakeProvider) -> LoginFlow:
    return LoginFlow(_party(provider, request.param), session_secret=SECRET)


def _party(provider: FakeProvider, mode: str) -> RelyingParty:
    return provider.relying_party(redirect_uri="https://thue.example/dang-nhap/ket-thuc", response_mode=mode)


class Jar(dict[str, str]):
    """The cookies of one browser."""

    def keep(self, answer: BrowserAnswer) -> BrowserAnswer:
        for cookie in answer.cookies:
            if cookie.max_age:
                self[cookie.name] = cookie.value
            else:
                self.pop(cookie.name, None)
        return answer

    @property
    def header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.items())


def begin(flow: LoginFlow, how: str, cookies: dict[str, str], headers: dict[str, str]) -> BrowserAnswer:
    if how == "start":
        return flow.start(BrowserRequest("GET", "return_to=/ho-so", cookies, headers))
    if how == "invited by a link":
        return flow.invited(BrowserRequest("GET", urlencode({"iss": ISSUER}), cookies, headers))
    return flow.invited(BrowserRequest("POST", "", cookies, headers, urlencode({"iss": ISSUER}).encode()))


@pytest.mark.parametrize("how", ["start", "invited by a link", "invited by a form"])
@pytest.mark.parametrize("part", ["image", "iframe", "frame", "embed", "object", "script", "style", "empty", ""])
def test_a_part_of_a_page_begins_no_login(flow: LoginFlow, how: str, part: str) -> None:
    refused = begin(flow, how, {}, {"sec-fetch-dest": part})

    assert (refused.status, refused.cookies) == (400, ())
    assert "not_a_visit" in refused.body
    assert "Location" not in refused.headers


@pytest.mark.parametrize("how", ["start", "invited by a link", "invited by a form"])
@pytest.mark.parametrize("headers", [{"sec-fetch-dest": "document", "sec-fetch-site": "cross-site"}, {}])
def test_a_page_that_is_opened_begins_one_and_so_does_an_older_browser(
    flow: LoginFlow, how: str, headers: dict[str, str]
) -> None:
    begun = begin(flow, how, {}, headers)

    assert (begun.status, len(begun.cookies)) == (303, 1)


@pytest.mark.parametrize("length", [1, 200, 500, 1000, 1500])
def test_the_cookies_of_many_logins_stay_within_what_servers_accept(
    flow: LoginFlow, clock: HandClock, length: int
) -> None:
    jar = Jar()
    wanted = {"return_to": "/" + "a" * length, "acr_values": " ".join(["b" * 128] * 8)}
    for _ in range(MAX_OPEN_LOGINS * 2):
        clock.now += 1
        newest = jar.keep(flow.start(BrowserRequest("GET", urlencode(wanted), dict(jar)))).cookies[-1]

        assert newest.name in jar
        assert len(jar.header) <= MAX_OPEN_BYTES
        assert len(jar) <= MAX_OPEN_LOGINS


def test_of_small_logins_the_newest_stay(flow: LoginFlow, clock: HandClock) -> None:
    jar, begun = Jar(), []
    for _ in range(MAX_OPEN_LOGINS + 2):
        clock.now += 1
        begun.append(jar.keep(flow.start(BrowserRequest("GET", "", dict(jar)))).cookies[-1].name)

    assert set(jar) == set(begun[2:])


def test_cookies_of_other_services_are_left_alone(flow: LoginFlow) -> None:
    others = {f"__Host-login_{number:016}": "cua-ai-khac" * 40 for number in range(MAX_OPEN_LOGINS + 4)}

    assert [cookie.max_age for cookie in flow.start(BrowserRequest("GET", "", others)).cookies] == [600]


@pytest.mark.parametrize(("mode", "longest"), [("query", 1024), ("form_post", 512)])
def test_a_page_to_come_back_to_is_as_long_as_its_cookie_may_be(
    provider: FakeProvider, mode: str, longest: int
) -> None:
    party = _party(provider, mode)
    flow = LoginFlow(party, session_secret=SECRET)
    fits, too_long = "/" + "a" * (longest - 1), "/" + "a" * longest

    party.begin_login(fits)
    with pytest.raises(ReturnToRefused):
        party.begin_login(too_long)

    for path, expected in ((fits, fits), (too_long, "/")):
        for asked in (
            flow.start(BrowserRequest("GET", urlencode({"return_to": path}), {})),
            flow.invited(
                BrowserRequest("GET", urlencode({"iss": ISSUER, "target_link_uri": f"https://thue.example{path}"}), {})
            ),
        ):
            assert party.open_login(asked.cookies[0].value).return_to == expected
