"""Single sign-on logins without end: several browsers of one citizen at once, who remember what was acknowledged."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.support.service import Service

_STALLED_SECONDS = 60
_PAUSE_SECONDS = 0.05


@dataclass
class Load:
    """`refusals` are answers that were no success, as `503 /token`; `broken` counts requests without any answer."""

    service: Service
    cookies: httpx2.Cookies
    tokens: list[dict[str, str]] = field(default_factory=list, repr=False)
    refusals: list[str] = field(default_factory=list)
    broken: int = 0
    _progress: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def running(self, parties: int) -> AsyncIterator[None]:
        """Ends when every party has its answer, so that nothing acknowledged goes unnoticed."""
        ending = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for _ in range(parties):
                group.create_task(self._log_in_until(ending))
            try:
                yield
            finally:
                ending.set()

    async def acknowledged(self, count: int) -> None:
        """Returns once this many token answers came, in all."""
        await self._until(lambda: len(self.tokens) >= count)

    async def refused(self, count: int) -> None:
        """Returns once this many refusals came, in all."""
        await self._until(lambda: len(self.refusals) >= count)

    async def _until(self, holds: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(_STALLED_SECONDS):
                while not holds():
                    self._progress.clear()
                    await self._progress.wait()
        except TimeoutError as stalled:
            refused = Counter(self.refusals)
            raise AssertionError(f"{len(self.tokens)} acknowledged, {refused}, {self.broken} broken") from stalled

    async def _log_in_until(self, ending: asyncio.Event) -> None:
        while not ending.is_set():
            try:
                fault = await self._log_in()
            except httpx2.TransportError:
                self.broken += 1
                continue
            if fault is not None:
                self.refusals.append(fault)
                self._progress.set()
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _log_in(self) -> str | None:
        """Asks for a code with the session, redeems it; what was refused."""
        cookie = "; ".join(f"{each.name}={each.value}" for each in self.cookies.jar)
        asked = await self.service.http.get(self.service.authorization_url(), headers={"cookie": cookie})
        code = parse_qs(urlsplit(asked.headers.get("location", "")).query).get("code")
        if code is None:
            return f"{asked.status_code} /authorize"
        answer = await self.service.redeem(code[0])
        if answer.status_code != 200:
            return f"{answer.status_code} /token"
        self.tokens.append(answer.json())
        self._progress.set()
        return None
