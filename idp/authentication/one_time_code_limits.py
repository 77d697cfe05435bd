"""How often codes may be sent and guessed. Every count is one conditional statement, so it holds across workers.

Counters are named by keyed indexes of the canonical identifier: all spellings share one count, and the table tells
nobody a number. Limits fail closed: a database that does not answer sends and accepts nothing.
"""

from dataclasses import dataclass
from typing import Final

from idp.storage.counters import current, decrement, increment
from idp.storage.database import Database, Row, Statement
from idp.storage.vault import Vault

HOUR: Final = 3600
DAY: Final = 24 * HOUR
EVER: Final = 100 * 365 * DAY

RESEND_SECONDS: Final = 30
TRIES_PER_CODE: Final = 5
WRONG_PER_DAY: Final = 10
WRONG_EVER: Final = 100

# (name, limit, window in seconds). Mobile networks put thousands of honest people behind one address.
SENDS_PER_IDENTIFIER: Final = (("30s", 1, RESEND_SECONDS), ("hour", 5, HOUR), ("day", 10, DAY))
# A phone that is on file at a register and typed as a number: the sum of both budgets, and never told.
SENDS_PER_PHONE: Final = (("hour", 10, HOUR), ("day", 20, DAY))
SENDS_PER_ADDRESS: Final = (("hour", 300, HOUR), ("day", 2000, DAY))
SENDS_PER_PREFIX: Final = (("hour", 300, HOUR),)
SENDS_GLOBAL: Final = (("minute", 600, 60), ("day", 200_000, DAY))
# Numbers are bought in blocks: fraud on premium routes runs through one block after the other.
_PREFIX_LENGTH: Final = len("+84530000")


class LimitReached(Exception):
    """`seconds` until it may be tried again; None where only a person at the hotline can lift it."""

    def __init__(self, seconds: int | None) -> None:
        super().__init__("limit reached")
        self.seconds = seconds

    @property
    def minutes(self) -> int:
        return max(1, -(-(self.seconds or 0) // 60))


class NoTriesLeft(Exception):
    """This code was tried as often as a code may be."""


@dataclass(frozen=True)
class CodeLimits:
    """Limits on one identifier of one kind, whichever source asks. Keys: `kind` and the canonical form, indexed."""

    database: Database
    vault: Vault

    async def check_not_exhausted(self, kind: str, identifier: str, *, now: int) -> None:
        """Raises LimitReached where a code could not be used anyway: nothing is sent then."""
        name = self._name(kind, identifier)
        if await self._count(f"wrong|ever|{name}", now) >= WRONG_EVER:
            raise LimitReached(None)
        row = await self._row(f"wrong|day|{name}", now)
        if row is not None and _number(row, "value") >= WRONG_PER_DAY:
            raise LimitReached(_number(row, "expires_at") - now)

    async def count_request(self, kind: str, identifier: str, *, address_key: str, now: int) -> None:
        """One more code asked for, known identifier or not. Raises LimitReached."""
        # The address first: one that is over its own budget must not use up anybody else's.
        await self._count_all(f"send|address|{address_key}", SENDS_PER_ADDRESS, now)
        await self._count_all(f"send|{self._name(kind, identifier)}", SENDS_PER_IDENTIFIER, now)
        await self._count_all("send|global", SENDS_GLOBAL, now)

    async def count_destination(self, phone: str, *, now: int) -> None:
        """One more message to a phone, whichever identifier led to it. Raises LimitReached, which nobody may be told:
        it would say that this very phone is on file somewhere."""
        await self._count_all(f"send|phone|{self._name('phone', phone)}", SENDS_PER_PHONE, now)
        await self._count_all(f"send|block|{self._name('block', phone[:_PREFIX_LENGTH])}", SENDS_PER_PREFIX, now)

    async def reserve_try(self, kind: str, identifier: str, *, challenge: str, code_seconds: int, now: int) -> int:
        """Counts a try before anything is compared; how many this code has left after it.

        Raises NoTriesLeft, LimitReached. Whoever loses a race for the last try never gets to compare.
        """
        row = await self.database.commit(
            gate=increment(f"try|{challenge}", limit=TRIES_PER_CODE, window=code_seconds, now=now)
        )
        if row is None:
            raise NoTriesLeft
        name = self._name(kind, identifier)
        await self._count_all(f"wrong|day|{name}", (("", WRONG_PER_DAY, DAY),), now)
        ever = increment(f"wrong|ever|{name}", limit=WRONG_EVER, window=EVER, now=now)
        if await self.database.commit(gate=ever) is None:
            raise LimitReached(None)
        return TRIES_PER_CODE - _number(row, "value")

    def refunds(self, kind: str, identifier: str, *, now: int) -> tuple[Statement, ...]:
        """What a right code gives back: it was no wrong try. Written with the challenge's use."""
        name = self._name(kind, identifier)
        return (decrement(f"wrong|day|{name}", now=now), decrement(f"wrong|ever|{name}", now=now))

    async def _count_all(self, key: str, limits: tuple[tuple[str, int, int], ...], now: int) -> None:
        for window_name, limit, window in limits:
            full = f"{key}|{window_name}" if window_name else key
            if await self.database.commit(gate=increment(full, limit=limit, window=window, now=now)) is None:
                row = await self._row(full, now)
                raise LimitReached(_number(row, "expires_at") - now if row is not None else window)

    async def _count(self, key: str, now: int) -> int:
        row = await self._row(key, now)
        return 0 if row is None else _number(row, "value")

    async def _row(self, key: str, now: int) -> Row | None:
        query = current(key, now=now)
        return await self.database.fetch_row(query.text, *query.args)

    def _name(self, kind: str, identifier: str) -> str:
        return f"{kind}|{self.vault.blind_index(f'limit:{kind}', identifier).hex()}"


def _number(row: Row, column: str) -> int:
    value = row[column]
    assert isinstance(value, int)
    return value
