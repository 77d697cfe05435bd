"""A visitor of a portal: signs in as a browser does, redirect by redirect."""

from typing import Final
from urllib.parse import urljoin

import httpx2

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
