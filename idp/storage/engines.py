"""SQLAlchemy engines for what is not hot: migrations and the configuration that operators edit.

No pool: such work is rare, and an idle connection in every worker would cost more than opening one.
"""

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from idp.storage.location import Location, SqliteLocation

_LOCK_TIMEOUT = 5.0
_CONNECT_TIMEOUT = 3.0


def async_engine(location: Location) -> AsyncEngine:
    """An engine on the database; on SQLite a transaction takes the write lock at its beginning."""
    if isinstance(location, SqliteLocation):
        return _sqlite(location)
    return create_async_engine(
        "postgresql+asyncpg://",
        # The driver reads the DSN itself: it understands several hosts, sockets and TLS settings.
        connect_args={
            "dsn": location.dsn,
            "timeout": _CONNECT_TIMEOUT,
            "server_settings": {"application_name": "motcua"},
        },
        poolclass=NullPool,
        hide_parameters=True,
    )


def _sqlite(location: SqliteLocation) -> AsyncEngine:
    async def connect() -> aiosqlite.Connection:
        # The driver would begin a transaction before the first write only, and never before DDL: a reader
        # would have to upgrade its lock and could fail, and a migration would not be atomic.
        connection = await aiosqlite.connect(location.target, uri=True, timeout=_LOCK_TIMEOUT, isolation_level=None)
        await connection.execute("PRAGMA foreign_keys = ON")
        await connection.execute("PRAGMA synchronous = FULL")
        return connection

    engine = create_async_engine("sqlite+aiosqlite://", async_creator=connect, poolclass=NullPool, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
