"""What the hot path asks of a database: one read in one round trip, one transaction in one round trip.

Both implementations (`sqlite`, `postgresql`) take the same SQL text with `$1, $2 …` parameters, and only
values of four types: `str`, `int`, `bytes`, `None`. Times are epoch seconds (`int`), ids are random text.

`commit` is how single use is made atomic: its *gate* is one conditional statement; if the gate changes or
finds no row, nothing else in the transaction happens. PostgreSQL runs gate and writes as one statement
with data-modifying CTEs, SQLite as one `BEGIN IMMEDIATE` transaction. Text that must run on both keeps to
what they share: `CAST($1 AS BIGINT)` and not `$1::bigint`, `ON CONFLICT` and not `INSERT OR …`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Value = str | int | bytes | None
Row = Mapping[str, Value]


class StorageUnavailable(Exception):
    """The database did not answer or refused to; nothing was committed as far as anyone can know."""


class IntegrityConflict(Exception):
    """A unique key was already taken, or a row referred to is gone; nothing was committed.

    The caller loads again and decides anew. The message names the constraint, never a value.
    """


class StatementRefused(Exception):
    """The database does not accept the statement: a mistake of ours, not of the caller's data.

    The driver's own message is left out where it would quote the row.
    """


@dataclass(frozen=True)
class FromGate:
    """A value that is known only once the gate has found its row: the column of that row."""

    column: str


@dataclass(frozen=True)
class Insert:
    """One row for one table. With `on_conflict_do_nothing`, a row whose key exists is silently kept."""

    table: str
    values: Mapping[str, Value | FromGate] = field(repr=False)
    on_conflict_do_nothing: bool = False


@dataclass(frozen=True)
class Statement:
    """One UPDATE, DELETE, or INSERT … RETURNING. The text uses `$1 …` for `args`, in order of appearance.

    As a gate it must end in RETURNING, or be a SELECT that finds what the writes depend on. As a further write
    it must not touch a row the gate or another write touches, nor read what they wrote: PostgreSQL lets all of
    them see the state before the commit. As a write beside a gate, an UPDATE or DELETE needs a WHERE of its own.
    """

    text: str
    args: tuple[Value, ...] = field(default=(), repr=False)


Write = Insert | Statement


@dataclass
class StoreCounters:
    """How often the store was asked, for the deterministic budgets. Never decreases."""

    round_trips: int = 0
    commits: int = 0


class Database(Protocol):
    dialect: Literal["sqlite", "postgresql"]
    counters: StoreCounters

    async def fetch_row(self, text: str, *args: Value) -> Row | None:
        """The first row of a query, or None. Raises StorageUnavailable."""

    async def fetch_all(self, text: str, *args: Value) -> Sequence[Row]:
        """Every row of a query, or of one UPDATE or DELETE … RETURNING, which then is its own transaction.

        Raises StorageUnavailable.
        """

    async def commit(self, *writes: Write, gate: Statement | None = None) -> Row | None:
        """All writes in one transaction, durable before it returns.

        With a gate: the gate's first returned row, or None when the gate returned none; then nothing was
        written. Without a gate: an empty mapping. A row referred to is written before the row that refers
        to it. Raises StorageUnavailable, IntegrityConflict.
        """

    async def close(self) -> None: ...


@dataclass
class UnitOfWork:
    """The writes one decision asks for, collected while deciding and committed once."""

    writes: list[Write] = field(default_factory=list)
    gate: Statement | None = None

    def add(self, *writes: Write) -> None:
        self.writes.extend(writes)

    async def commit(self, database: Database) -> Row | None:
        return await database.commit(*self.writes, gate=self.gate)
