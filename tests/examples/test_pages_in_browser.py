"""Every sandbox page in Chromium, narrow and wide, light and dark, in both languages: accessible, and never cut off."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.testclient import TestClient
from werkzeug.serving import WSGIRequestHandler, make_server

from examples.consultation.app import create_app as consultation_app
from examples.mobile_operator.app import create_app as mobile_operator_app
from examples.portal.app import create_app as portal_app
from examples.register.protocol import Credentials
from examples.sandbox import BANNER
from examples.sms_outbox.app import create_app as sms_outbox_app
from examples.sms_outbox.messages import Outbox
from examples.social_insurance_register.app import create_app as social_insurance_app
from examples.tax_authority.app import create_app as tax_authority_app
from examples.tax_authority.requests import RegisteredClient
from relying_party_sdk import Identity
from relying_party_sdk.testing import FakeProvider
from tests.support.http_server import served

pytestmark = pytest.mark.browser

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
LOOKS = [(360, "light", "vi"), (360, "dark", "en"), (1280, "light", "en")]
SESSION_SECRET = "a session secret for tests only"
CREDENTIALS = Credentials(client_id="motcua", client_secret="s" * 43)
TAX_CLIENT = RegisteredClient(
    client_id="motcua", client_secret="s" * 43, redirect_uris=("http://127.0.0.1:8000/sources/tax/callback",)
)
TAX_REQUEST = urlencode(
    {
        "client_id": "motcua",
        "redirect_uri": TAX_CLIENT.redirect_uris[0],
        "response_type": "code",
        "scope": "openid identity",
        "nonce": "n",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
)
CITIZEN = Identity.sample(name="Tôn Nữ Thị Ninh Giang", subject="Zx3k9fTq0hYw2bW5sVmPqLr8nXcA1uDzLVrCUKZNWmCG")
FAILED_LOGIN = "/dang-nhap/ket-thuc?code=x&state=y"


@dataclass
class Sandbox:
    """The addresses to look at, and the cookies of somebody who is logged in."""

    pages: list[str] = field(default_factory=list)
    pages_logged_in: list[str] = field(default_factory=list)
    tax_login: str = ""
    cookies: list[Any] = field(default_factory=list)


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """The test's output is for failures."""


@contextmanager
def flask_served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    outbox = Outbox()
    text = "DNVN: 482615 la ma xac thuc cua ong/ba. Khong cung cap ma cho bat ky ai."
    outbox.take({"to": "+84530000001", "text": text, "idempotency_key": "1"}, now=1_795_000_000)
    letter = {"to": "ngan@congdan.example", "subject": "Thông báo: đăng nhập từ thiết bị mới", "text": text}
    outbox.take({**letter, "idempotency_key": "2"}, now=1_795_000_060)
    with ExitStack() as stack:
        provider = stack.enter_context(FakeProvider(identity=CITIZEN))
        portal = portal_app(provider.relying_party(), session_secret=SESSION_SECRET)
        consultation = consultation_app(provider.relying_party(), session_secret=SESSION_SECRET)
        tax = stack.enter_context(served(tax_authority_app("http://127.0.0.1:8001", TAX_CLIENT)))
        insurance = stack.enter_context(served(social_insurance_app(CREDENTIALS, today=date(2026, 11, 21))))
        operator = stack.enter_context(served(mobile_operator_app(CREDENTIALS)))
        messages = stack.enter_context(served(sms_outbox_app("t" * 43, outbox=outbox)))
        services = [stack.enter_context(served(portal)), stack.enter_context(flask_served(consultation))]
        signed_in = provider.sign_in(TestClient(portal, base_url="http://localhost"))
        yield Sandbox(
            pages=[
                *(f"{part}/" for part in (tax, insurance, operator, messages, *services)),
                f"{messages}/?to=%2B84530000009",
                f"{tax}/authorize?client_id=unknown",
                *(service + path for service in services for path in (FAILED_LOGIN, "/dang-nhap/da-thoat")),
            ],
            pages_logged_in=[
                *(f"{service}/" for service in services),
                *(f"{service}/dang-nhap/thoat" for service in services),
                f"{services[0]}/ho-so",
                f"{services[1]}/gop-y",
            ],
            tax_login=f"{tax}/authorize?{TAX_REQUEST}",
            cookies=[
                {"name": cookie.name, "value": cookie.value, "url": "http://127.0.0.1"}
                for cookie in signed_in.cookies.jar
            ],
        )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_every_page_is_accessible_fits_its_screen_and_says_what_it_is(
    sandbox: Sandbox, chromium: Browser, width: int, scheme: Literal["light", "dark"], language: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme, locale=language)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(f"{page.url} says {message.text}"))
    for address in sandbox.pages:
        page.goto(address)
        faults += _faults(page, language)
    page.goto(sandbox.tax_login)
    faults += _faults(page, language)
    page.fill("#identifier", "9900000016")
    page.fill("#password", "wrong")
    page.click("#continue")
    page.wait_for_selector("[role=alert]")
    faults += _faults(page, language)
    context.add_cookies(sandbox.cookies)
    for address in sandbox.pages_logged_in:
        page.goto(address)
        assert page.locator("#log-out").count() == 1
        faults += _faults(page, language)
    context.close()

    # A refusal's own status is the one thing the browser reports by itself.
    assert [fault for fault in faults if "the server responded with a status of" not in fault] == []


def test_a_message_can_be_read_and_filtered_without_javascript(sandbox: Sandbox, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="vi")
    page = context.new_page()
    page.goto(sandbox.pages[3])
    page.select_option("#to", "+84530000001")
    page.get_by_role("button", name="Xem tin mới").click()

    assert page.locator(".big").inner_text() == "482615"
    assert "to=%2B84530000001" in page.url
    context.close()


def _faults(page: Page, language: str) -> list[str]:
    # The page of a failed login is in both languages at once.
    banner = page.locator(".band").inner_text()
    found = [
        f"{page.url}: {fault['id']} {fault['nodes'][0]['html']}" for fault in Axe().run(page).response["violations"]
    ]
    if banner not in BANNER.values() or (banner != BANNER[language] and FAILED_LOGIN not in page.url):
        found.append(f"{page.url}: no sandbox notice in {language}")
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{page.url}: wider than its screen")
    return found
