"""The work beside the requests, in every worker. Knows when, not what: the turns are handed in.

Several workers may take the same turn at once: what must happen once is decided in the database.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

log = logging.getLogger("motcua")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """`take` is called every `seconds`, and at once when woken if it listens. A failing turn is tried again."""

    name: str
    seconds: float
    take: Callable[[], Awaitable[object]]
    wakes_on_poke: bool = False


class Background:
    def __init__(self) -> None:
        self._poked = asyncio.Event()

    def poke(self) -> None:
        """Something was put into the outbox: no need to wait for the next turn."""
        self._poked.set()

    @asynccontextmanager
    async def running(self, turns: Sequence[Turn]) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._run(turn), name=turn.name) for turn in turns]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

    async def _run(self, turn: Turn) -> None:
        while True:
            try:
                await turn.take()
            except Exception as error:  # the edge of the worker: whatever went wrong, the next turn comes
                log.warning("turn %s failed: %s", turn.name, type(error).__name__)
            # Spread out, so that many workers do not ask the database at one moment.
            wait = turn.seconds * random.uniform(0.8, 1.2)
            if not turn.wakes_on_poke:
                await asyncio.sleep(wait)
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._poked.wait(), wait)
            self._poked.clear()
