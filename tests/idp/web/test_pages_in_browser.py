"""Every page in Chromium: accessibility, narrow screens, the content security policy, life without a script."""

import socket
import threading
from collections.abc import Iterator
from typing import Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.idp.web.gallery import build_gallery, page_paths

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
# What dark changes is colour alone.
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LOOKS = [("vi", "light", RULES), ("en", "light", RULES), ("vi", "dark", CONTRAST), ("en", "dark", CONTRAST)]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(build_gallery(issuer), log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield issuer
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


def phone(browser: Browser, *, width: int = 360, **more: object) -> BrowserContext:
    return browser.new_context(viewport={"width": width, "height": 740}, **more)  # type: ignore[arg-type]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = phone(chromium, locale="vi")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("locale", "scheme", "rules"), LOOKS, ids=["vi", "en", "vi-dark", "en-dark"])
def test_no_page_has_an_accessibility_fault_or_a_console_message(
    site: str, chromium: Browser, locale: str, scheme: Literal["light", "dark"], rules: dict[str, object]
) -> None:
    axe = Axe()
    context = phone(chromium, locale=locale, color_scheme=scheme)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(f"{page.url} says {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"{page.url} throws {error}"))
    for path in page_paths():
        page.goto(site + path)
        assert page.locator("html").get_attribute("lang") == locale
        found = axe.run(page, options=rules)
        faults += [f"{path}: {fault['id']} {fault['nodes'][0]['html']}" for fault in found.response["violations"]]
    context.close()

    # A refusal's own status is the one thing the browser reports by itself.
    assert [fault for fault in faults if "the server responded with a status of" not in fault] == []


@pytest.mark.parametrize("width", [320, 360])
def test_no_page_scrolls_sideways_on_a_narrow_screen(site: str, chromium: Browser, width: int) -> None:
    context = phone(chromium, width=width, locale="vi")
    page = context.new_page()
    wide: list[str] = []
    for path in page_paths():
        page.goto(site + path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path)
    context.close()

    assert wide == []


def test_buttons_and_fields_suit_a_thumb(site: str, page: Page) -> None:
    small: list[str] = []
    for path in page_paths():
        page.goto(site + path)
        for target in page.locator("main button, main input:not([type=hidden],[type=checkbox]), main a.mc-way").all():
            box = target.bounding_box()
            if box is not None and box["height"] < 48:
                small.append(f"{path}: {target.inner_text()} {box['height']}")

    assert small == []


def test_a_form_of_ours_passes_the_same_origin_rule_under_no_referrer(site: str, page: Page) -> None:
    page.goto(f"{site}/pages/choose")
    page.click("button[name=source][value=tax]")

    assert "source=tax" in page.inner_text("body")
    assert "sec-fetch-site: same-origin" in page.inner_text("body")


def test_a_form_from_elsewhere_gets_the_page_of_a_stale_form(site: str, page: Page) -> None:
    page.goto("data:text/html,<p>elsewhere")
    page.set_content(f"<form method=post action='{site}/posted'><button id=go>go</button></form>")
    page.click("#go")

    assert "MC-1202" in page.inner_text("main")


def test_the_policy_stops_a_form_that_leads_elsewhere(site: str, page: Page) -> None:
    page.goto(f"{site}/pages/choose")
    page.evaluate("document.querySelector('form').action = 'http://localhost:1/stolen'")
    with page.expect_console_message() as message:
        page.dispatch_event("button[name=source][value=tax]", "click")

    assert "form-action" in message.value.text
    assert page.url == f"{site}/pages/choose"


def test_a_form_may_be_led_on_to_the_service_that_the_policy_names(site: str, page: Page) -> None:
    page.goto(f"{site}/leaving/open")
    page.click("#go")

    assert page.url == site.replace("127.0.0.1", "localhost") + "/pages/home"


def test_a_form_is_not_led_on_to_a_service_that_the_policy_leaves_out(site: str, page: Page) -> None:
    page.goto(f"{site}/leaving/closed")
    with page.expect_console_message() as message:
        page.dispatch_event("#go", "click")

    assert "form-action" in message.value.text
    assert "localhost" not in page.url


def test_the_switch_changes_the_language_and_stays_on_the_page(site: str, page: Page) -> None:
    page.goto(f"{site}/pages/code")
    page.click("text=English")

    assert page.url == f"{site}/pages/code"
    assert page.inner_text("h1") == "Enter the one-time code"
    page.goto(f"{site}/pages/consent")
    assert page.inner_text("h1") == "Agree to share information"


def test_the_summary_takes_a_keyboard_to_the_field(site: str, page: Page) -> None:
    page.goto(f"{site}/pages/code-wrong")

    assert page.evaluate("document.activeElement.className") == "mc-summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "one-time-code"


def test_the_skip_link_is_the_first_stop(site: str, page: Page) -> None:
    page.goto(f"{site}/pages/code")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.url.endswith("#main")


def test_the_wait_for_a_new_code_ends_by_itself(site: str, page: Page) -> None:
    page.clock.install()
    page.goto(f"{site}/pages/code-untold")
    button = page.locator("#resend")

    assert button.is_disabled()
    page.clock.run_for(10_000)
    assert button.inner_text() == "Có thể gửi lại sau 20 giây"
    page.clock.run_for(21_000)
    assert button.inner_text() == "Gửi lại mã"
    button.click()
    assert "resend=yes" in page.inner_text("body")


def test_without_a_script_the_wait_is_a_link_away(site: str, chromium: Browser) -> None:
    context = phone(chromium, locale="vi", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/pages/code-untold")
    page.get_by_text("Tải lại trang này").click()

    assert page.url == f"{site}/pages/code-untold"
    context.close()


def test_an_optional_claim_is_sent_only_when_ticked(site: str, page: Page) -> None:
    page.goto(f"{site}/pages/consent")
    page.click("#approve")
    assert "claim.phone_number" not in page.inner_text("body")

    page.goto(f"{site}/pages/consent")
    page.check("input[name='claim.phone_number']")
    page.click("#approve")
    assert "claim.phone_number=yes" in page.inner_text("body")
    assert "decision=approve" in page.inner_text("body")
