"""The two services, each connected with a few lines: log in, see oneself, log out, hear of a log-out elsewhere."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from examples import consultation, portal
from examples.consultation.app import create_app as consultation_app
from examples.portal.app import create_app as portal_app
from examples.sandbox import BANNER, NotASandbox
from relying_party_sdk import Identity, RelyingParty
from relying_party_sdk.testing import FakeProvider

SESSION_SECRET = "a session secret for tests only"
OFFICIAL_BUTTON = Path(__file__).parents[2] / "idp" / "web" / "static" / "button.css"
CITIZEN = Identity.sample(
    level="eidas2",
    subject="sub-of-this-sector",
    name="Trần Văn Đức",
    gender="male",
    birthdate="1979-11-02",
    updated_at=1_795_291_522,
)


def portal_browser(party: RelyingParty) -> Any:
    return TestClient(portal_app(party, session_secret=SESSION_SECRET), base_url="http://localhost")


def consultation_browser(party: RelyingParty) -> Any:
    return consultation_app(party, session_secret=SESSION_SECRET).test_client()


BROWSERS: dict[str, Callable[[RelyingParty], Any]] = {
    "portal": portal_browser,
    "consultation": consultation_browser,
}
PROTECTED = {"portal": "/ho-so", "consultation": "/gop-y"}
FOLDERS = {"portal": portal, "consultation": consultation}
every_service = pytest.mark.parametrize("service", BROWSERS)


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider(identity=CITIZEN) as provider:
        yield provider


@pytest.fixture
def browser(service: str, provider: FakeProvider) -> Any:
    return BROWSERS[service](provider.relying_party())


@every_service
def test_offers_the_official_button_to_a_stranger(browser: Any, service: str) -> None:
    page = browser.get("/").text

    assert "Đăng nhập bằng Một cửa" in page
    assert 'class="motcua-button' in page
    assert "/dang-nhap/bat-dau?ui_locales=vi" in page
    assert BANNER["vi"] in page
    assert "<script" not in page


@every_service
def test_speaks_english_when_asked(browser: Any, service: str) -> None:
    browser.get("/?lang=en")
    page = browser.get("/").text

    assert '<html lang="en">' in page
    assert "Log in with MotCua" in page
    assert "ui_locales=en" in page
    assert BANNER["en"] in page


@every_service
def test_shows_who_is_logged_in_and_what_was_received(browser: Any, provider: FakeProvider, service: str) -> None:
    page = provider.sign_in(browser).get("/").text

    assert re.search(r'id="name">Trần Văn Đức<', page)
    assert re.search(r'id="subject">sub-of-this-sector<', page)
    assert re.search(r'id="level">đáng kể \(<code>eidas2</code>\)<', page)
    assert re.search(r'data-claim="birthdate">02/11/1979<', page)
    assert re.search(r'data-claim="gender">nam<', page)
    assert re.search(r'data-claim="updated_at">22/11/2026<', page)
    assert 'id="log-out"' in page


@every_service
def test_a_person_without_a_verified_name_is_still_somebody(browser: Any, provider: FakeProvider, service: str) -> None:
    provider.log_in_as(Identity(subject="nameless", level=CITIZEN.level, session_id="s", amr=("otp",)))

    page = provider.sign_in(browser).get("/").text

    assert "Không có họ tên được xác nhận" in page
    assert 'id="subject">nameless<' in page


@every_service
def test_a_protected_page_sends_a_stranger_through_the_login_and_back(
    browser: Any, provider: FakeProvider, service: str
) -> None:
    answer = browser.get(PROTECTED[service], follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/dang-nhap/bat-dau?return_to=")

    provider.sign_in(browser, return_to=PROTECTED[service])

    assert 'id="subject">sub-of-this-sector<' in browser.get(PROTECTED[service]).text


@every_service
def test_logs_out_here_and_at_the_provider(browser: Any, provider: FakeProvider, service: str) -> None:
    provider.sign_in(browser)

    answer = browser.post("/dang-nhap/thoat", headers={"Origin": "http://localhost"}, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(provider.issuer)
    assert 'id="log-in"' in browser.get("/").text
    assert 'id="logged-out"' in browser.get("/dang-nhap/da-thoat").text


@every_service
def test_a_link_asks_before_it_logs_out(browser: Any, provider: FakeProvider, service: str) -> None:
    provider.sign_in(browser)

    page = browser.get("/dang-nhap/thoat").text

    assert BANNER["vi"] in page
    assert 'id="log-out"' in page
    assert 'id="subject"' in browser.get("/").text


@every_service
def test_knows_at_once_that_the_person_logged_out_elsewhere(browser: Any, provider: FakeProvider, service: str) -> None:
    provider.sign_in(browser)

    assert provider.sign_out_everywhere(browser) == 200

    assert 'id="log-in"' in browser.get("/").text
    assert browser.get(PROTECTED[service], follow_redirects=False).status_code == 303


@every_service
def test_a_failed_login_shows_the_services_own_page_with_a_way_on(browser: Any, service: str) -> None:
    answer = browser.get("/dang-nhap/ket-thuc?code=x&state=unknown")

    assert answer.status_code == 400
    assert BANNER["vi"] in answer.text
    assert 'id="error-code">login_state_missing<' in answer.text
    assert "Please log in from the start." in answer.text
    assert 'id="log-in"' in answer.text
    assert "-src 'self'" in answer.headers["Content-Security-Policy"]


@every_service
def test_the_login_travels_in_the_language_of_the_page(browser: Any, provider: FakeProvider, service: str) -> None:
    answer = browser.get("/dang-nhap/bat-dau?ui_locales=en", follow_redirects=False)

    assert "ui_locales=en" in answer.headers["Location"]


@every_service
def test_refuses_to_start_in_production(service: str, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_ENVIRONMENT", "production")

    with pytest.raises(NotASandbox):
        BROWSERS[service](provider.relying_party())


@every_service
def test_is_connected_in_at_most_ten_lines_of_sdk(service: str) -> None:
    source = Path(FOLDERS[service].__path__[0], "app.py").read_text(encoding="utf-8")

    marked = [line for line in source.splitlines() if line.endswith("# sdk")]
    using = [
        line for line in source.splitlines() if re.search(r"relying_party_sdk\S* import|LoginRoutes\(|Login\(", line)
    ]

    assert 5 <= len(marked) <= 10
    assert set(using) <= set(marked)


@every_service
def test_the_button_is_the_official_one(service: str) -> None:
    copy = Path(FOLDERS[service].__path__[0], "static", "motcua-button.css").read_text(encoding="utf-8")

    assert copy == OFFICIAL_BUTTON.read_text(encoding="utf-8")


@every_service
def test_tells_its_health(browser: Any, service: str) -> None:
    assert browser.get("/health").status_code == 200
