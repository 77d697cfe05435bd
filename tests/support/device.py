"""A device without a keyboard and the person beside it: what the one shows, the other types."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.support.page import Page, page_of
from tests.support.provider import Browser, Provider, RelyingPartyDriver

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


async def register_device(provider: Provider, client_id: str = "television", **metadata: Any) -> RelyingPartyDriver:
    """A service without a redirect URI."""
    registered = {"redirect_uris": [], "grant_types": [GRANT, "refresh_token"], **metadata}
    if not registered["redirect_uris"]:
        # What `register` answers with is of no use here, and must not stand in the registration.
        registered["redirect_uris"] = [f"https://{client_id}.example/unused"]
    return await provider.register(client_id, **registered)


@dataclass
class Device:
    """Asks as its service; every method sends what it says."""

    party: RelyingPartyDriver

    async def ask(self, **form: str) -> httpx2.Response:
        return await self.party.post("/device_authorization", **{"scope": "openid profile", **form})

    async def codes(self, **form: str) -> dict[str, Any]:
        answer = await self.ask(**form)
        assert answer.status_code == 200, answer.text
        codes: dict[str, Any] = answer.json()
        return codes

    async def poll(self, codes: dict[str, Any], **form: str) -> httpx2.Response:
        return await self.party.token(grant_type=GRANT, device_code=codes["device_code"], **form)


async def read_code_page(browser: Browser, typed: str) -> tuple[Page, httpx2.Response]:
    answer = await browser.get("/device", user_code=typed)
    return page_of("/device", answer.status_code, answer.text), answer


async def decide(browser: Browser, page: Page, hook: str) -> httpx2.Response:
    """Presses one of a page's two buttons."""
    button = page.buttons[hook]
    return await browser.post(button.form.action, {**button.form.fields, button.name: button.value})


async def walk(browser: Browser, answer: httpx2.Response) -> tuple[str, httpx2.Response]:
    """Follows the redirects to the next page; its address and the page."""
    address = ""
    for _ in range(8):
        if answer.status_code != 303:
            return address, answer
        address = answer.headers["location"]
        answer = await browser.get(address)
    raise AssertionError("no page after eight redirects")


async def approve(browser: Browser, codes: dict[str, Any]) -> tuple[str, httpx2.Response]:
    """Everything a person does who is logged in already: compare, agree; the address and page where it ends."""
    page, _ = await read_code_page(browser, codes["user_code"])
    address, consent = await walk(browser, await decide(browser, page, "approve"))
    assert address.endswith("/consent"), (address, consent.text)
    return await walk(browser, await decide(browser, page_of(address, 200, consent.text), "approve"))
