"""A citizen of the sandbox with a browser of their own, without JavaScript: reads pages, fills forms, gets messages.

Follows redirects until a page, or until an address of a service that nobody listens at. Knows the stable hooks of
the pages and nothing else of the provider.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2

from tests.support.page import Page, page_of

_REDIRECTS = 20
_STEPS = 12
_DELIVERY_SECONDS = 10


@dataclass
class Citizen:
    """`persona` is an entry of the demo's `citizens`; `away` holds the addresses where a walk ends."""

    persona: Mapping[str, Any]
    outbox: str
    away: tuple[str, ...] = ()
    http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=30, trust_env=False), repr=False)
    read: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def log_in(self, url: str, *, source: str = "tax", approve: bool = True) -> Page:
        """From an authorization URL (or a service's login) through every page there is, to where it leads."""
        page = self.open(url)
        for _ in range(_STEPS):
            following = self.step(page, source=source, approve=approve)
            if following is None:
                return page
            page = following
        raise AssertionError(f"no end of pages: {page.url}")

    def step(self, page: Page, *, source: str, approve: bool = True) -> Page | None:
        """The one thing a citizen would do on this page; None where nothing is left to do."""
        if page.status != 200:
            return None
        if page.has(f"source={source}"):
            return self.press(page, f"source={source}")
        if page.has("one-time-code"):
            return self.press(page, "continue", {"one-time-code": self.newest_code()})
        if page.has("identifier"):
            return self._identify(page, source)
        if page.has("approve"):
            return self.press(page, "approve" if approve else "refuse")
        if "continue" in page.links:
            return self.follow(page, "continue")
        return None

    def open(self, url: str) -> Page:
        return self._walk("GET", url, {})

    def follow(self, page: Page, link: str) -> Page:
        """The link with this id."""
        return self.open(urljoin(page.url, page.links[link]))

    def press(self, page: Page, button: str, typed: Mapping[str, str] | None = None) -> Page:
        """Sends the form of this button (its id, or `source=tax`) with what was typed into fields, by their ids."""
        pressed = page.buttons[button]
        assert not pressed.disabled, f"{button} is disabled on {page.url}"
        form = pressed.form.filled(typed or {})
        if pressed.name:
            form[pressed.name] = pressed.value
        return self._walk(pressed.form.method.upper(), urljoin(page.url, pressed.form.action), form, sender=page.url)

    def newest_code(self) -> str:
        """The code of the newest message to this citizen's telephone that was not read yet; waits for its delivery."""
        deadline = time.monotonic() + _DELIVERY_SECONDS
        while time.monotonic() < deadline:
            codes = self.codes()
            if len(codes) > self.read:
                self.read = len(codes)
                return codes[0]
            time.sleep(0.05)
        raise AssertionError("no message arrived")

    def codes(self) -> list[str]:
        """All codes ever sent to this telephone, newest first."""
        messages = self.http.get(f"{self.outbox}/messages.json", params={"to": self.persona["phone"]}).json()
        return [message["code"] for message in messages if message["code"]]

    def _identify(self, page: Page, source: str) -> Page:
        held = self.persona["sources"][source]
        typed = {"identifier": held["identifier"]}
        if page.has("password"):
            typed["password"] = held["password"]
        self.read = len(self.codes())
        return self.press(page, "continue", typed)

    def _walk(self, method: str, url: str, form: Mapping[str, str], *, sender: str | None = None) -> Page:
        """One navigation of a browser: what it sends along, and every redirect."""
        for _ in range(_REDIRECTS):
            if url.startswith(self.away):
                return Page(url, 0, "")
            same = sender is not None and _origin(sender) == _origin(url)
            headers = {"sec-fetch-site": "none" if sender is None else "same-origin" if same else "cross-site"}
            if method == "POST":
                headers["origin"] = _origin(sender or url)
                response = self.http.post(url, data=dict(form), headers=headers)
            else:
                response = self.http.get(url, params=dict(form) or None, headers=headers)
            if not response.has_redirect_location:
                return page_of(str(response.url), response.status_code, response.text)
            sender, method, form = url, "GET", {}
            url = urljoin(str(response.url), response.headers["location"])
        raise AssertionError(f"no end of redirects: {url}")


def answer_of(page: Page) -> dict[str, str]:
    """The parameters a citizen brought to the address where the walk ended."""
    return dict(parse_qsl(urlsplit(page.url).query))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
