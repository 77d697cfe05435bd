"""A citizen in front of Chromium, for services whose client is the browser or that only a browser can walk through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page


@dataclass
class ChromiumCitizen:
    """`persona` as a Citizen's; `said` is what the console says."""

    page: Page
    persona: Mapping[str, Any]
    said: list[str] = field(default_factory=list)

    def log_in(self, *, until: str) -> None:
        """From the choice of a source to an element of the service, by the tax account; agrees where asked."""
        account = self.persona["sources"]["tax"]
        self.page.click('button[name="source"][value="tax"]')
        self.page.fill("#identifier", account["identifier"])
        self.page.fill("#password", account["password"])
        self.page.click("#continue")
        self.page.wait_for_selector(f"#approve, {until}", state="attached")
        if self.page.locator("#approve").count():
            self.page.click("#approve")
            self.page.wait_for_selector(until, state="attached")

    def is_asked_who_they_are(self) -> bool:
        return self.page.locator('button[name="source"]').count() > 0
