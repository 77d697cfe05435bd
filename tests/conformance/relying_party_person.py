"""A person at a browser, who takes the steps of a journey one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx2

from tests.conformance.relying_party_browser import Browser
from tests.conformance.relying_party_journeys import LOGGED_OUT, SENT_ON, WELCOME, Step
from tests.conformance.relying_party_service import ACCOUNTS_PAGE, FRESH_PAGE, READY_PAGE, WELCOME_PAGE


@dataclass(frozen=True)
class Person:
    """`origin` is the service's; `invitation` gives the link of a third party."""

    browser: Browser
    origin: str
    invitation: Callable[[], str]

    def travel(self, steps: Sequence[Step]) -> str:
        """Where the person is at the end, in the words of `Journey.ends`."""
        taken: dict[Step, Callable[[], str]] = {
            Step.CHECK: lambda: self._open(READY_PAGE),
            Step.BEGIN: self._begin,
            Step.LOG_IN: lambda: self._open(WELCOME_PAGE),
            Step.READ_ACCOUNTS: lambda: self._open(ACCOUNTS_PAGE),
            Step.ANOTHER_BROWSER: self._change_browser,
            Step.REFRESH: lambda: self._open(FRESH_PAGE),
            Step.LOG_OUT: self._log_out,
            Step.INVITED: self._accept,
        }
        ended = ""
        for step in steps:
            ended = taken[step]()
        return ended

    def _open(self, page: str) -> str:
        return _seen(self.browser.open(f"{self.origin}{page}"))

    def _begin(self) -> str:
        answer = self.browser.look(f"{self.origin}/dang-nhap/bat-dau")
        return SENT_ON if answer.is_redirect else answer.text

    def _change_browser(self) -> str:
        self.browser.forget()
        return ""

    def _accept(self) -> str:
        """Lands on the home page, which says nothing; then it is the page for citizens that tells."""
        self.browser.open(self.invitation())
        answer = self.browser.look(f"{self.origin}{WELCOME_PAGE}")
        return _seen(answer)

    def _log_out(self) -> str:
        page = f"{self.origin}/dang-nhap/thoat"
        answer = self.browser.submit(page, page=page)
        here = answer.url.path
        return LOGGED_OUT if answer.status_code == 200 and here == "/dang-nhap/da-thoat" else _seen(answer)


def _seen(answer: httpx2.Response) -> str:
    if answer.status_code == 200 and answer.text == WELCOME:
        return WELCOME
    return answer.text if len(answer.text) < 100 else f"HTTP {answer.status_code} of {answer.url.path}"
