"""A visitor of a portal: signs in as a browser does, redirect by redirect."""

from typing import Final
from urllib.parse import urljoin

import httpx2

from tests.support.page import page_of
from tests.support.provider import Browser

_MOST_HOPS: Final = 12


async def follow(browser: Browser, response: httpx2.Response) -> httpx2.Response:
    """The page where the redirects end."""
    for _ in range(_MOST_HOPS):
        if response.status_code != 303:
            return response
        response = await browser.get(urljoin(str(response.url), response.headers["location"]))
    raise AssertionError("the redirects do not end")


async def visit(browser: Browser, path: str = "/me") -> httpx2.Response:
    """The page at `path`, signing in on the way where that is needed."""
    return await follow(browser, await browser.get(path))


def form_of(text: str, button: str = "continue") -> tuple[str, dict[str, str]]:
    """Where the form with this button is sent, and what it would send; a tick box is left as it is."""
    form = page_of("", 200, text).buttons[button].form
    return form.action, form.fields


async def send(browser: Browser, page: httpx2.Response, *, button: str = "continue", **typed: str) -> httpx2.Response:
    """Sends the page's form, filled in by field names, and follows to the page after it."""
    action, fields = form_of(page.text, button)
    return await follow(browser, await browser.post(action, {**fields, **typed}))
