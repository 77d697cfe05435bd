"""The production database: asyncpg without ORM or transaction blocks; one statement is one transaction.

What the driver raises is translated here, and its text is dropped: PostgreSQL quotes rows in its messages.
"""

import asyncio
import random
from collections.abc import Sequence
from typing import Literal

import asyncpg

from idp.storage.composition import Shape, arguments_of, compose, shape_of
from idp.storage.database import (
    IntegrityConflict,
    Row,
    Statement,
    StatementRefused,
    StorageUnavailable,
    StoreCounters,
    Value,
    Write,
)
from idp.storage.location import PostgresqlLocation
from idp.storage.postgresql_pool import ConnectionPool

_RETRIES = 3

_CONFLICTS = (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError)
_TRY_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# InternalClientError: what the driver says when the server's farewell lay unread on an idle connection.
_LOST = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
)
# Also servers starting up, out of resources, or demoted to a read-only standby, and time limits.
_UNAVAILABLE = (
    *_LOST,
    OSError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
)


class PostgresqlDatabase:
    """A lazily filled pool for one event loop."""

    def __init__(self, location: PostgresqlLocation, *, connections: int = 12) -> None:
        self.dialect: Literal["sqlite", "postgresql"] = "postgresql"
        self.counters = StoreCounters()
        self._pool = ConnectionPool(location.dsn, size=connections)
        self._composed: dict[Shape, str] = {}

    async def fetch_row(self, text: str, *args: Value) -> Row | None:
        rows = await self.fetch_all(text, *args)
        return rows[0] if rows else None

    async def fetch_all(self, text: str, *args: Value) -> Sequence[Row]:
        self.counters.round_trips += 1
        # Asking twice does no harm where nothing is written.
        rows = await self._run(text, args, read_only=text.lstrip()[:6].upper() == "SELECT")
        return [dict(row) for row in rows]

    async def commit(self, *writes: Write, gate: Statement | None = None) -> Row | None:
        if not writes and gate is None:
            return {}
        self.counters.round_trips += 1
        self.counters.commits += 1
        shape = shape_of(writes, gate)
        text = self._composed.get(shape)
        if text is None:
            text = self._composed[shape] = compose(writes, gate)
        rows = await self._run(text, arguments_of(writes, gate), read_only=False)
        if gate is None:
            return {}
        return dict(rows[0]) if rows else None

    async def close(self) -> None:
        await self._pool.close()

    async def _run(self, text: str, args: Sequence[Value], *, read_only: bool) -> list[asyncpg.Record]:
        attempt = 0
        while True:
            attempt += 1
            connection = await self._pool.acquire()
            try:
                rows: list[asyncpg.Record] = await connection.fetch(text, *args)
            except BaseException as error:
                lost = isinstance(error, _LOST) or connection.is_closed()
                if isinstance(error, asyncpg.PostgresError) and not isinstance(error, _UNAVAILABLE):
                    self._pool.release(connection)
                else:
                    # Also when cancelled in the middle: the answer to the cut-off statement is on its way.
                    self._pool.discard(connection)
                if lost:
                    # A connection can die unnoticed while idle, and it seldom dies alone.
                    self._pool.forget_idle()
                if not isinstance(error, Exception):
                    raise
                if isinstance(error, _TRY_AGAIN) and attempt <= _RETRIES:
                    await asyncio.sleep(0.005 * attempt * random.uniform(0.5, 1.5))
                elif not (lost and read_only and attempt == 1):
                    raise _translated(error, lost=lost) from None
            else:
                self._pool.release(connection)
                return rows


def _translated(error: Exception, *, lost: bool) -> Exception:
    if isinstance(error, _CONFLICTS):
        return IntegrityConflict(error.constraint_name or "constraint")
    if lost or isinstance(error, (*_UNAVAILABLE, *_TRY_AGAIN)):
        return StorageUnavailable(f"PostgreSQL did not answer ({type(error).__name__})")
    if isinstance(error, asyncpg.PostgresError):
        return _refused(error)
    if isinstance(error, asyncpg.InterfaceError):
        return StatementRefused("wrong number of values")
    return error


def _refused(error: asyncpg.PostgresError) -> StatementRefused:
    """Syntax errors and unknown columns quote our text, all other classes may quote the row."""
    sqlstate = error.sqlstate or "wrong type of value"
    if sqlstate.startswith("42"):
        return StatementRefused(f"{sqlstate}: {error.args[0]}")
    return StatementRefused(sqlstate)
