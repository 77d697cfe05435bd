"""Somebody in front of the provider's own sources, step by step, through every page of a doubt about who they are."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.support.entrance import Entrance, csrf_of
from tests.support.provider import Browser

INSURANCE_NUMBER = "9900000017"
OTHER_NUMBER = "9900000027"
HOA: dict[str, Any] = {
    "subject": "R-1",
    "name": "Nguyễn Thị Hoa",
    "birthdate": "1984-05-06",
    "gender": "female",
    "birthplace": "Hà Nội",
    "personal_id": "099184000011",
}


@dataclass
class Person:
    """Somebody with a browser of their own. `number` is what they type at the insurance."""

    door: Entrance
    browser: Browser
    number: str = INSURANCE_NUMBER

    async def arrive(self, **changes: str | None) -> str:
        return await self.door.arrive(self.browser, **changes)

    async def log_in_at_tax(self, at: str, *, code: str = "code-1") -> httpx2.Response:
        sent = await self.door.open(self.browser, at, "tax")
        return await self.return_from_tax(sent, code=code)

    async def return_from_tax(self, sent: httpx2.Response, *, code: str = "code-1") -> httpx2.Response:
        answer = self.door.neighbours.tax.authorize(sent.headers["location"], code=code)
        return await self.browser.get("/sources/tax/callback", **answer)

    async def log_in_at_insurance(self, at: str) -> httpx2.Response:
        await self.door.open(self.browser, at, "social-insurance")
        return await self.finish_at_insurance(at)

    async def finish_at_insurance(self, at: str) -> httpx2.Response:
        # A number is sent one code in half a minute.
        self.door.provider.clock.now += 31
        await self.door.fill(self.browser, at, "social-insurance", identifier=self.number)
        return await self.door.fill(self.browser, at, "social-insurance", code=await self.door.code())

    async def page(self, at: str) -> httpx2.Response:
        return await self.browser.get(f"{at}/linking")

    async def answer(self, at: str, **form: str) -> httpx2.Response:
        page = await self.page(at)
        return await self.browser.post(f"{at}/linking", {"csrf": csrf_of(page), **form})

    async def prove_at_insurance(self, at: str) -> httpx2.Response:
        chosen = await self.answer(at, source="social-insurance")
        assert chosen.headers["location"] == f"{at}/sources/social-insurance"
        return await self.finish_at_insurance(at)

    async def step(self, at: str) -> str:
        """What comes next."""
        location: str = (await self.browser.get(at)).headers["location"]
        return location.removeprefix(at)
