"""A database at whose commits something happens: a crash before or after, or somebody else who was quicker."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from idp.storage.database import Database, Row, Statement, StorageUnavailable, StoreCounters, Value, Write

Happening = Callable[[], Awaitable[object]]


class Interposed:
    """Passes everything on. `before` and `after`: what happens around the commit of that number, counted from one."""

    def __init__(
        self,
        database: Database,
        *,
        before: dict[int, Happening] | None = None,
        after: dict[int, Happening] | None = None,
    ) -> None:
        self._database = database
        self.dialect: Literal["sqlite", "postgresql"] = database.dialect
        self.counters: StoreCounters = database.counters
        self._before, self._after = before or {}, after or {}
        self.commits = 0

    async def fetch_row(self, text: str, *args: Value) -> Row | None:
        return await self._database.fetch_row(text, *args)

    async def fetch_all(self, text: str, *args: Value) -> Sequence[Row]:
        return await self._database.fetch_all(text, *args)

    async def commit(self, *writes: Write, gate: Statement | None = None) -> Row | None:
        self.commits += 1
        number = self.commits
        if number in self._before:
            await self._before[number]()
        done = await self._database.commit(*writes, gate=gate)
        if number in self._after:
            await self._after[number]()
        return done

    async def close(self) -> None:
        await self._database.close()


async def crash() -> None:
    """Nobody hears of what was, or was not, committed."""
    raise StorageUnavailable("crashed")
