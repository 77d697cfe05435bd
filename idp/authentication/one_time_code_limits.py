"""How often codes may be sent and guessed. Every count is one conditional statement, so it holds across workers.

Counters are named by keyed indexes of the canonical identifier: all spellings share one count, and the table tells
nobody a number. What was counted under an older master key is taken off the limit, so that a rotation lifts nothing.
Limits fail closed: a database that does not answer sends and accepts nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from idp.authentication.address import Network, NetworkKey
from idp.storage.counters import current, decrement, increment, reset
from idp.storage.database import Database, Row, Statement
from idp.storage.vault import Vault

HOUR: Final = 3600
DAY: Final = 24 * HOUR
EVER: Final = 100 * 365 * DAY

RESEND_SECONDS: Final = 30
TRIES_PER_CODE: Final = 5
WRONG_PER_DAY: Final = 10
WRONG_EVER: Final = 100

# (name, limit, window in seconds).
Budget = tuple[tuple[str, int, int], ...]
SENDS_PER_IDENTIFIER: Final[Budget] = (("30s", 1, RESEND_SECONDS), ("hour", 5, HOUR), ("day", 10, DAY))
# A phone that is on file at a register and typed as a number: the sum of both budgets, and never told.
SENDS_PER_PHONE: Final[Budget] = (("hour", 10, HOUR), ("day", 20, DAY))
SENDS_PER_PREFIX: Final[Budget] = (("hour", 300, HOUR),)
SENDS_GLOBAL: Final[Budget] = (("minute", 600, 60), ("day", 200_000, DAY))
# Mobile networks put thousands of honest people behind one address; but no network may use up what is everybody's.
_ONE_ADDRESS: Final[Budget] = (("hour", 300, HOUR), ("day", 2000, DAY))
_MANY_ADDRESSES: Final[Budget] = (("minute", 200, 60), ("hour", 3000, HOUR), ("day", 20_000, DAY))
SENDS_PER_NETWORK: Final[Mapping[Network, Budget]] = MappingProxyType(
    {
        Network.HOST: _ONE_ADDRESS,
        Network.POOL: _MANY_ADDRESSES,
        Network.SUBNET: _ONE_ADDRESS,
        Network.HOME: (("hour", 600, HOUR), ("day", 4000, DAY)),
        Network.SITE: _MANY_ADDRESSES,
        Network.UNKNOWN: _ONE_ADDRESS,
    }
)
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


class CrowdLimitReached(LimitReached):
    """Everybody together, or everybody in one network, asked for too many codes: nothing this citizen did."""


class NoTriesLeft(Exception):
    """This code was tried as often as a code may be."""


@dataclass(frozen=True)
class CodeLimits:
    """Limits on one identifier of one kind, whichever source asks. Keys: `kind` and the canonical form, indexed."""

    database: Database
    vault: Vault

    async def check_not_exhausted(self, kind: str, identifier: str, *, now: int) -> None:
        """Raises LimitReached where a code could not be used anyway: nothing is sent then."""
        if await self.wrong_ever(kind, identifier, now=now) >= WRONG_EVER:
            raise LimitReached(None)
        rows = await self._rows("wrong|day", self.names(kind, identifier), now)
        if sum(_number(row, "value") for row in rows) >= WRONG_PER_DAY:
            raise LimitReached(_wait(rows, now))

    async def count_request(self, kind: str, identifier: str, *, address_keys: Sequence[NetworkKey], now: int) -> None:
        """One more code asked for, known identifier or not. Raises LimitReached, CrowdLimitReached."""
        # What is everybody's comes first: who is refused for the others has used up nothing of their own.
        try:
            for key in address_keys:
                await self._count_all("send|address", (key.name,), SENDS_PER_NETWORK[key.network], now)
            await self._count_all("send", ("global",), SENDS_GLOBAL, now)
        except LimitReached as error:
            raise CrowdLimitReached(error.seconds) from error
        try:
            await self._count_all("send", self.names(kind, identifier), SENDS_PER_IDENTIFIER, now)
        except LimitReached:
            # No message: asking for one number again and again takes nothing from everybody.
            await self.database.commit(*(decrement(f"send|global|{window}", now=now) for window, *_ in SENDS_GLOBAL))
            raise

    async def count_destination(self, phone: str, *, now: int) -> None:
        """One more message to a phone, whichever identifier led to it. Raises LimitReached, which nobody may be told:
        it would say that this very phone is on file somewhere."""
        await self._count_all("send|phone", self.names("phone", phone), SENDS_PER_PHONE, now)
        await self._count_all("send|block", self.names("block", phone[:_PREFIX_LENGTH]), SENDS_PER_PREFIX, now)

    async def count_notice(self, phone: str, now: int) -> bool:
        """One more message that no citizen asked for: as few to one number as codes, and out of what is everybody's.
        False where it may not be sent, which nobody may be told."""
        try:
            # Its own comes first: asking one person again and again takes nothing from everybody.
            await self._count_all("notice", self.names("phone", phone), SENDS_PER_IDENTIFIER, now)
            await self._count_all("send|block", self.names("block", phone[:_PREFIX_LENGTH]), SENDS_PER_PREFIX, now)
            await self._count_all("send", ("global",), SENDS_GLOBAL, now)
        except LimitReached:
            return False
        return True

    async def reserve_try(self, kind: str, identifier: str, *, challenge: str, code_seconds: int, now: int) -> int:
        """Counts a try before anything is compared; how many this code has left after it.

        Raises NoTriesLeft, LimitReached. Whoever loses a race for the last try never gets to compare.
        """
        row = await self.database.commit(
            gate=increment(f"try|{challenge}", limit=TRIES_PER_CODE, window=code_seconds, now=now)
        )
        if row is None:
            raise NoTriesLeft
        names = self.names(kind, identifier)
        await self._count("wrong|day", names, limit=WRONG_PER_DAY, window=DAY, now=now)
        try:
            await self._count("wrong|ever", names, limit=WRONG_EVER, window=EVER, now=now)
        except LimitReached as error:
            raise LimitReached(None) from error
        return TRIES_PER_CODE - _number(row, "value")

    def refunds(self, kind: str, identifier: str, *, now: int) -> tuple[Statement, ...]:
        """What a right code gives back: it was no wrong try. Written with the challenge's use."""
        name, *_ = self.names(kind, identifier)
        return (decrement(f"wrong|day|{name}", now=now), decrement(f"wrong|ever|{name}", now=now))

    async def wrong_ever(self, kind: str, identifier: str, *, now: int) -> int:
        """How many wrong codes stand against it."""
        rows = await self._rows("wrong|ever", self.names(kind, identifier), now)
        return sum(_number(row, "value") for row in rows)

    def lift(self, kind: str, identifier: str) -> tuple[Statement, ...]:
        """Forgets every wrong code under every master key. What was sent stays counted: a message costs money."""
        names = self.names(kind, identifier)
        return tuple(reset(f"wrong|{window}|{name}") for window in ("day", "ever") for name in names)

    async def _count_all(self, what: str, names: Sequence[str], budget: Budget, now: int) -> None:
        for window_name, limit, window in budget:
            in_window = [f"{name}|{window_name}" for name in names]
            await self._count(what, in_window, limit=limit, window=window, now=now)

    async def _count(self, what: str, names: Sequence[str], *, limit: int, window: int, now: int) -> None:
        """Under the first name; what the older names counted is taken off the limit. Raises LimitReached."""
        active, *older = names
        counted = sum(_number(row, "value") for row in await self._rows(what, older, now))
        if counted < limit:
            gate = increment(f"{what}|{active}", limit=limit - counted, window=window, now=now)
            if await self.database.commit(gate=gate) is not None:
                return
        raise LimitReached(_wait(await self._rows(what, names, now), now) or window)

    async def _rows(self, what: str, names: Sequence[str], now: int) -> list[Row]:
        queries = [current(f"{what}|{name}", now=now) for name in names]
        rows = [await self.database.fetch_row(query.text, *query.args) for query in queries]
        return [row for row in rows if row is not None]

    def names(self, kind: str, identifier: str) -> tuple[str, ...]:
        """Under every master key, the active one first."""
        return tuple(f"{kind}|{index.hex()}" for index in self.vault.blind_indexes(f"limit:{kind}", identifier))


def _wait(rows: Sequence[Row], now: int) -> int:
    """Seconds until all that was counted is forgotten."""
    return max((_number(row, "expires_at") - now for row in rows), default=0)


def _number(row: Row, column: str) -> int:
    value = row[column]
    assert isinstance(value, int)
    return value
