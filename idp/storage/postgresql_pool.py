"""A handful of PostgreSQL connections, made when needed and thrown away when broken.

Smaller than asyncpg's own pool, and without its reset query and its task for every release: the connections
only ever run single statements, so there is no state to reset. Nothing is connected until somebody asks,
and a server that was away is found again by the next one who asks.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import asyncpg

from idp.storage.database import StorageUnavailable

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

_CONNECT_TIMEOUT = 3.0
_COMMAND_TIMEOUT = 5.0
_QUEUE_TIMEOUT = 3.0


async def connect(dsn: str) -> Connection:
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
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise StorageUnavailable(f"PostgreSQL refuses a connection ({type(error).__name__})") from None


class ConnectionPool:
    """At most `size` connections at once; who comes later waits in line, but not for long."""

    def __init__(self, dsn: str, *, size: int) -> None:
        self._dsn = dsn
        self._free = size
        self._idle: list[Connection] = []
        self._line: deque[asyncio.Future[Connection | None]] = deque()

    async def acquire(self) -> Connection:
        """A connection nobody else uses; give it back with `release` or `discard`."""
        # The one used last: its statements are prepared, and the others can grow old and be dropped.
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._free += 1
        if self._free:
            self._free -= 1
            return await self._connect()
        return await self._wait_in_line() or await self._connect()

    def release(self, connection: Connection) -> None:
        if connection.is_closed():
            self._give_up_place()
        elif (next_one := self._next_in_line()) is not None:
            next_one.set_result(connection)
        else:
            self._idle.append(connection)

    def discard(self, connection: Connection) -> None:
        """For a connection whose state nobody knows: cut off in the middle, timed out, or lost."""
        connection.terminate()
        self._give_up_place()

    def forget_idle(self) -> None:
        """Throws away what nobody uses: the next questions get fresh connections."""
        while self._idle:
            self._idle.pop().terminate()
            self._free += 1

    async def close(self) -> None:
        while self._idle:
            try:
                await self._idle.pop().close(timeout=1)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                continue
            finally:
                self._free += 1

    async def _connect(self) -> Connection:
        try:
            return await connect(self._dsn)
        except BaseException:
            self._give_up_place()
            raise

    async def _wait_in_line(self) -> Connection | None:
        """A connection handed over by who had it, or None for a place in which to make one."""
        place: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._line.append(place)
        try:
            async with asyncio.timeout(_QUEUE_TIMEOUT):
                return await place
        except BaseException as error:
            # What was handed over in the very moment of giving up goes to the next one.
            if place.done() and not place.cancelled():
                given = place.result()
                if given is None:
                    self._give_up_place()
                else:
                    self.release(given)
            if isinstance(error, TimeoutError):
                raise StorageUnavailable("every PostgreSQL connection is busy") from None
            raise

    def _give_up_place(self) -> None:
        if (next_one := self._next_in_line()) is not None:
            next_one.set_result(None)
        else:
            self._free += 1

    def _next_in_line(self) -> "asyncio.Future[Connection | None] | None":
        while self._line:
            place = self._line.popleft()
            if not place.done():
                return place
        return None
