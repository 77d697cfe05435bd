"""A handful of PostgreSQL connections, made when needed and thrown away when broken.

Smaller than asyncpg's own pool, and without its reset query and its task for every release: the connections
only ever run single statements, so there is no state to reset. Nothing is connected until somebody asks,
and a server that was away is found again by the next one who asks.
"""

import asyncio

import asyncpg

from idp.storage.database import StorageUnavailable

_CONNECT_TIMEOUT = 3.0
_COMMAND_TIMEOUT = 5.0
_QUEUE_TIMEOUT = 3.0


async def connect(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """One connection with our time limits. Raises StorageUnavailable, without repeating the DSN."""
    try:
        return await asyncpg.connect(
            dsn,
            timeout=_CONNECT_TIMEOUT,
            command_timeout=_COMMAND_TIMEOUT,
            statement_cache_size=512,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            server_settings={"application_name": "motcua", "jit": "off"},
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StorageUnavailable(f"PostgreSQL refuses a connection ({type(error).__name__})") from None


class ConnectionPool:
    """At most `size` connections at once; who comes later waits in line, but not for long."""

    def __init__(self, dsn: str, *, size: int) -> None:
        self._dsn = dsn
        self._slots = asyncio.Semaphore(size)
        self._idle: list[asyncpg.Connection[asyncpg.Record]] = []

    async def acquire(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection nobody else uses; give it back with `release` or `discard`."""
        if self._slots.locked():
            await self._wait_in_line()
        else:
            await self._slots.acquire()
        while self._idle:
            # The one used last: its statements are prepared, and the others can grow old and be dropped.
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        try:
            return await connect(self._dsn)
        except BaseException:
            self._slots.release()
            raise

    def release(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        if not connection.is_closed():
            self._idle.append(connection)
        self._slots.release()

    def discard(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """For a connection whose state nobody knows: cut off in the middle, timed out, or lost."""
        connection.terminate()
        self._slots.release()

    def forget_idle(self) -> None:
        """Throws away what nobody uses: the next questions get fresh connections."""
        while self._idle:
            self._idle.pop().terminate()

    async def close(self) -> None:
        while self._idle:
            try:
                await self._idle.pop().close(timeout=1)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                continue

    async def _wait_in_line(self) -> None:
        try:
            async with asyncio.timeout(_QUEUE_TIMEOUT):
                await self._slots.acquire()
        except TimeoutError:
            raise StorageUnavailable("every PostgreSQL connection is busy") from None
