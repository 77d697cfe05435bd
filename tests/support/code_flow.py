"""Drives a source that sends codes, as the endpoints do: keeps its state, commits its writes, reads the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.authentication.contract import Authenticated, AuthenticationResult, IdentitySource, Show
from idp.storage.database import Database
from tests.support.messages import messages_of
from tests.support.sources import NOW, visit


@dataclass
class CodeFlow:
    """One interaction of one browser. `now` moves as the test says."""

    source: IdentitySource
    database: Database
    interaction_id: str = "interaction-1"
    now: int = NOW
    state: Mapping[str, Any] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)

    async def open(self) -> Show:
        return await self._shown(await self.source.begin(self._visit()))

    async def type(self, identifier: str) -> Show:
        return await self._shown(await self.source.submit(self._visit(), {"identifier": identifier}))

    async def resend(self) -> Show:
        return await self._shown(await self.source.submit(self._visit(), {"resend": "yes"}))

    async def enter(self, code: str) -> Show | AuthenticationResult:
        outcome = await self.source.submit(self._visit(), {"code": code})
        if isinstance(outcome, Authenticated):
            return outcome.result
        return await self._shown(outcome)

    async def message(self) -> dict[str, Any]:
        """The newest message on its way out."""
        return (await messages_of(self.database))[-1]

    async def log_in(self, identifier: str) -> AuthenticationResult:
        await self.type(identifier)
        result = await self.enter((await self.message())["code"])
        assert isinstance(result, AuthenticationResult)
        return result

    def _visit(self) -> Any:
        return visit(interaction_id=self.interaction_id, state=self.state, now=self.now, **self.overrides)

    async def _shown(self, outcome: Any) -> Show:
        assert isinstance(outcome, Show)
        await self.database.commit(*outcome.writes)
        self.state = outcome.state
        return outcome
