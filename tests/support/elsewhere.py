"""A service that asks somebody from elsewhere (CIBA), and the person who decides in a browser of their own."""

from dataclasses import dataclass, field
from typing import Any

import httpx2

from idp.identity.subjects import insert_subject, subject_for
from idp.protocol.client_members import CIBA
from tests.support.portal import send, visit
from tests.support.provider import HOA, Browser, Provider, RelyingPartyDriver

ANSWER, APPROVE, REFUSE, REPORT = "answer-1", "approve", "refuse", "report"


@dataclass
class Elsewhere:
    """`party` is the service, `sub` what it calls the person `person_id`."""

    provider: Provider
    party: RelyingPartyDriver
    sub: str
    person_id: str = "hoa"
    message: str = field(default="Quay so 3")

    async def ask(self, **changes: str | None) -> httpx2.Response:
        parameters = {"scope": "openid profile", "login_hint": self.sub, "binding_message": self.message, **changes}
        return await self.party.post("/bc-authorize", **parameters)

    async def asked(self, **changes: str | None) -> dict[str, Any]:
        answer = await self.ask(**changes)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def poll(self, auth_req_id: str, **changes: str | None) -> httpx2.Response:
        return await self.party.token(**{"grant_type": CIBA, "auth_req_id": auth_req_id, **changes})

    async def browser(self) -> Browser:
        return await self.provider.logged_in_browser(HOA, person_id=self.person_id)

    async def looks(self, browser: Browser | None = None) -> tuple[Browser, httpx2.Response]:
        """As far as the page where the person decides."""
        at = browser or await self.browser()
        return at, await send(at, await visit(at, "/me/asked"), button=ANSWER)

    async def decides(self, button: str = APPROVE) -> httpx2.Response:
        """The last page, after yes or no."""
        browser, page = await self.looks()
        return await send(browser, page, button=button, decision=_DECISIONS[button])


_DECISIONS = {APPROVE: "approve", REFUSE: "refuse", REPORT: "report"}


async def asking_elsewhere(provider: Provider, client_id: str = "counter", **metadata: Any) -> Elsewhere:
    """A service registered to poll, and a person whom it knows."""
    party = await provider.register(
        client_id,
        **{
            "grant_types": [CIBA, "refresh_token"],
            "redirect_uris": [f"https://{client_id}.example/callback"],
            "backchannel_token_delivery_mode": "poll",
            **metadata,
        },
    )
    await provider.logged_in_browser(HOA, person_id="hoa")
    vault, sector = provider.services.vault, metadata.get("sector", f"{client_id}.example")
    sub = subject_for("hoa", sector, vault)
    await provider.services.database.commit(insert_subject("hoa", sector, sub, now=int(provider.clock())))
    return Elsewhere(provider, party, sub)
