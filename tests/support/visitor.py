"""A person in front of Chromium: what they do, what they see, and what the browser complains about.

Every page they meet is looked at: in the right language, nothing cut off, no axe violation, not a word on the console.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response

from tests.support.demo import Demo

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_AXE = Axe()


@dataclass(frozen=True)
class Look:
    """The person's browser: its language, its width, and whether it runs scripts."""

    language: str
    width: int
    scripts: bool = True

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{'scripts' if self.scripts else 'no-scripts'}"


EVERY_LOOK = (Look("vi", 360), Look("en", 1280), Look("en", 360, scripts=False), Look("vi", 1280, scripts=False))
NARROW, WIDE, NARROW_PLAIN, WIDE_PLAIN = EVERY_LOOK


@dataclass
class Visitor:
    """`faults` must be empty at the end of a test; `seen` saves looking at the same page twice."""

    context: BrowserContext
    page: Page
    demo: Demo
    look: Look
    seen: set[tuple[str, ...]]
    faults: list[str] = field(default_factory=list)

    @classmethod
    def arriving(cls, browser: Browser, demo: Demo, look: Look, seen: set[tuple[str, ...]]) -> "Visitor":
        context = browser.new_context(
            viewport={"width": look.width, "height": 740}, locale=look.language, java_script_enabled=look.scripts
        )
        # Long for a busy machine; a page that never comes still fails.
        context.set_default_timeout(30_000)
        visitor = cls(context, context.new_page(), demo, look, seen)
        visitor._listen(visitor.page)
        return visitor

    def new_tab(self) -> "Visitor":
        """The same browser, beside the first page."""
        tab = Visitor(self.context, self.context.new_page(), self.demo, self.look, self.seen, self.faults)
        tab._listen(tab.page)
        return tab

    def open(self, url: str) -> Response | None:
        response = self.page.goto(url)
        self.check()
        return response

    def start_at(self, service: str) -> None:
        """To the first page of the provider, or straight back where nothing is to be asked."""
        self.open(service)
        self.click("#log-in")

    def choose(self, source: str) -> None:
        self.click(f'button[name="source"][value="{source}"]')

    def submit_identifier(self, identifier: str) -> None:
        self.page.fill("#identifier", identifier)
        self.click("#continue")

    def submit_code(self, code: str) -> None:
        self.page.fill("#one-time-code", code)
        self.click("#continue")

    def submit_password(self, account: dict[str, Any]) -> None:
        self.page.fill("#identifier", account["identifier"])
        self.page.fill("#password", account["password"])
        self.click("#continue")

    def authenticate(self, citizen: dict[str, Any], source: str) -> None:
        """From the choice of a source to what comes after it."""
        self.choose(source)
        if source == "tax":
            self.submit_password(citizen["sources"]["tax"])
        else:
            self.submit_code(self.request_code(citizen["sources"][source]["identifier"], citizen["phone"]))

    def request_code(self, identifier: str, phone: str) -> str:
        earlier = len(self.demo.codes(phone))
        self.submit_identifier(identifier)
        return self.demo.code_after(phone, earlier=earlier)

    def log_in(self, service: str, citizen: dict[str, Any], source: str) -> str:
        """The whole way, agreeing where asked; the identifier that the service got."""
        self.start_at(service)
        self.authenticate(citizen, source)
        self.agree()
        return self.subject

    def answer_to_form(self, fields: dict[str, str]) -> str:
        """Sends the form of this page as the browser would, but stays here: where the answer leads."""
        hidden = {
            str(one.get_attribute("name")): str(one.get_attribute("value"))
            for one in self.page.locator("input[type=hidden]").all()
        }
        action = self.page.locator("form[method=post]").first.get_attribute("action") or self.page.url
        return self._location("POST", urljoin(self.page.url, action), {**hidden, **fields})

    def redirect_of(self, url: str) -> str:
        """Where the address leads this browser, without going there."""
        return self._location("GET", url, None)

    def _location(self, method: str, url: str, form: dict[str, str | float | bool] | None) -> str:
        origin = "/".join(self.page.url.split("/")[:3])
        answer = self.context.request.fetch(
            url, method=method, form=form, headers={"Origin": origin} if form else {}, max_redirects=0
        )
        assert answer.status == 303, f"{answer.status} {answer.text()}"
        return urljoin(url, answer.headers["location"])

    def read_notice(self) -> None:
        """Goes on from the page that tells what was written differently, where there is one."""
        if self.page.url.endswith("/linking") and self.page.locator("#continue").count():
            self.click("#continue")

    def agree(self) -> None:
        if self.page.locator("#approve").count():
            self.click("#approve")

    def click(self, selector: str) -> None:
        # A click that leads to another page returns when that page is being loaded.
        self.page.click(selector)
        self.page.wait_for_load_state()
        self.check()

    def back(self) -> None:
        self.page.go_back()
        self.page.wait_for_load_state()

    def reload(self) -> None:
        self.page.reload()
        self.check()

    @property
    def subject(self) -> str:
        return self.page.locator("#subject").inner_text()

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def claims(self) -> dict[str, str]:
        """What the service shows that it received."""
        found = self.page.locator("[data-claim]").all()
        return {str(one.get_attribute("data-claim")): one.inner_text() for one in found}

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()

    @property
    def bytes(self) -> str:
        """The page as it came, without what differs at every visit: tokens, and how long to wait."""
        varying = r'/interactions/[\w-]+|(?<=name="csrf" value=")[^"]*|data-wait="\d+"|\b\d+ giây|: \d+</button>'
        return re.sub(varying, "", self.page.content())

    @property
    def support_code(self) -> str | None:
        found = re.search(r"MC-\d{4}", self.text)
        return found.group() if found else None

    @property
    def alert(self) -> Locator:
        return self.page.locator("[role=alert]")

    @property
    def is_at_provider(self) -> bool:
        return self.page.url.startswith(f"{self.demo.addresses.issuer}/")

    def check(self) -> None:
        """Looks at the page as a whole, once for each look and state of it."""
        page, where = self.page, re.sub(r"/interactions/[\w-]+|/login/[\w-]+|\?.*", "", self.page.url)
        state = (str(self.look), where, page.title(), *page.locator("h1, h2, [role=alert]").all_inner_texts())
        if state in self.seen:
            return
        self.seen.add(state)
        if page.locator("html").get_attribute("lang") not in (self.look.language, None) and not self._is_bilingual():
            self.faults.append(f"{where}: not in {self.look.language}")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            self.faults.append(f"{where}: wider than {self.look.width} px")
        if self.look.scripts:
            for fault in _AXE.run(page).response["violations"]:
                self.faults.append(f"{where}: axe {fault['id']} {fault['nodes'][0]['html']}")

    def _is_bilingual(self) -> bool:
        # A service's page for a login that failed speaks both languages at once.
        return self.page.locator("#error-code").count() == 1

    def _listen(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("response", self._answered)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))

    def _answered(self, response: Response) -> None:
        if response.status == 500:
            self.faults.append(f"{response.url.split('?')[0]} answered 500")

    def _said(self, message: ConsoleMessage) -> None:
        # A refusal's own status is the one thing the browser reports by itself.
        if "the server responded with a status of" not in message.text:
            self.faults.append(f"{self.page.url} says {message.text}")


Arrive = Callable[..., Visitor]
