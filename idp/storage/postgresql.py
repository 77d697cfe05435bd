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
# Lost connections, servers shutting down, starting up, out of resources, or demoted to a read-only standby.
_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
)
_LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError)


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
            try:
                return await self._once(text, args)
            except _TRY_AGAIN as error:
                if attempt > _RETRIES:
                    raise StorageUnavailable(f"gave up after {_RETRIES} retries ({error.sqlstate})") from None
                await asyncio.sleep(0.005 * attempt * random.uniform(0.5, 1.5))
            except _UNAVAILABLE as error:
                lost = isinstance(error, _LOST)
                if lost:
                    # A connection can die unnoticed while idle, and it seldom dies alone.
                    self._pool.forget_idle()
                if not (read_only and lost and attempt == 1):
                    raise StorageUnavailable(f"PostgreSQL did not answer ({type(error).__name__})") from None

    async def _once(self, text: str, args: Sequence[Value]) -> list[asyncpg.Record]:
        connection = await self._pool.acquire()
        try:
            rows: list[asyncpg.Record] = await connection.fetch(text, *args)
        except _CONFLICTS as error:
            self._pool.release(connection)
            raise IntegrityConflict(error.constraint_name or "constraint") from None
        except _TRY_AGAIN:
            self._pool.release(connection)
            raise
        except _UNAVAILABLE:
            self._pool.discard(connection)
            raise
        except asyncpg.PostgresError as error:
            self._pool.release(connection)
            raise _refused(error) from None
        except asyncpg.InternalClientError:
            # What the driver says when the server's farewell lay unread on an idle connection.
            self._pool.discard(connection)
            raise ConnectionResetError from None
        except asyncpg.InterfaceError:
            lost = connection.is_closed()
            self._pool.discard(connection)
            raise (ConnectionResetError() if lost else StatementRefused("wrong number of values")) from None
        except BaseException:
            # Cancelled in the middle: the answer to the cut-off statement is still on its way.
            self._pool.discard(connection)
            raise
        self._pool.release(connection)
        return rows


def _refused(error: asyncpg.PostgresError) -> StatementRefused:
    """Syntax errors and unknown columns quote our text, all other classes may quote the row."""
    sqlstate = error.sqlstate or "wrong type of value"
    if sqlstate.startswith("42"):
        return StatementRefused(f"{sqlstate}: {error.args[0]}")
    return StatementRefused(sqlstate)
