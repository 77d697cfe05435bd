"""What a service has to remember on its own side: ended sessions and used values, as hashes.

Sessions themselves live sealed in the citizen's cookie; without this memory a logout could not reach them.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Protocol


class SessionStore(Protocol):
    """A memory shared by all workers of the service. Times are epoch seconds."""

    def end(self, mark: str, *, at: int, until: int) -> None:
        """Sessions carrying `mark` and begun at or before `at` are over; remember it until `until`."""

    def ended_at(self, mark: str, *, now: int) -> int | None:
        """When sessions carrying `mark` were last ended, or `None`."""

    def use_once(self, mark: str, *, now: int, until: int) -> bool:
        """True for the first caller with `mark` before `until`, False for every other: one atomic step."""


class ServiceStore:
    """One service's marks in a store that others may share: a `sub` or `sid` of one provider is nobody at another."""

    def __init__(self, store: SessionStore, *, issuer: str, client_id: str) -> None:
        self._store = store
        self._service = f"{issuer} {client_id} "

    def end(self, mark: str, *, at: int, until: int) -> None:
        self._store.end(self._service + mark, at=at, until=until)

    def ended_at(self, mark: str, *, now: int) -> int | None:
        return self._store.ended_at(self._service + mark, now=now)

    def use_once(self, mark: str, *, now: int, until: int) -> bool:
        return self._store.use_once(self._service + mark, now=now, until=until)


class InMemorySessionStore:
    """For one process. Several workers need `SqliteSessionStore` or a store of their own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ended: dict[str, tuple[int, int]] = {}
        self._used: dict[str, int] = {}

    def end(self, mark: str, *, at: int, until: int) -> None:
        key = _hashed(mark)
        with self._lock:
            earlier = self._ended.get(key, (at, until))
            self._ended[key] = (max(at, earlier[0]), max(until, earlier[1]))

    def ended_at(self, mark: str, *, now: int) -> int | None:
        with self._lock:
            at, until = self._ended.get(_hashed(mark), (0, 0))
        return at if until > now else None

    def use_once(self, mark: str, *, now: int, until: int) -> bool:
        key = _hashed(mark)
        with self._lock:
            self._forget(now)
            if self._used.get(key, 0) > now:
                return False
            self._used[key] = until
            return True

    def _forget(self, now: int) -> None:
        # Values enter in order of time, so the old ones are in front.
        for key in [key for key, until in list(self._used.items())[:32] if until <= now]:
            del self._used[key]
        for key in [key for key, (_, until) in list(self._ended.items())[:32] if until <= now]:
            del self._ended[key]


class SqliteSessionStore:
    """For several workers on one machine: a small file, opened anew each time, so that forks are safe."""

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        with self._connection() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE IF NOT EXISTS ended (mark TEXT PRIMARY KEY, at INTEGER, until INTEGER)")
            database.execute("CREATE TABLE IF NOT EXISTS used (mark TEXT PRIMARY KEY, until INTEGER)")

    def end(self, mark: str, *, at: int, until: int) -> None:
        with self._connection() as database:
            database.execute("DELETE FROM ended WHERE until <= ?", (at,))
            database.execute(
                "INSERT INTO ended VALUES (?, ?, ?) ON CONFLICT (mark) DO UPDATE "
                "SET at = max(at, excluded.at), until = max(until, excluded.until)",
                (_hashed(mark), at, until),
            )

    def ended_at(self, mark: str, *, now: int) -> int | None:
        with self._connection() as database:
            row = database.execute("SELECT at FROM ended WHERE mark = ? AND until > ?", (_hashed(mark), now)).fetchone()
        return None if row is None else int(row[0])

    def use_once(self, mark: str, *, now: int, until: int) -> bool:
        with self._connection() as database:
            database.execute("DELETE FROM used WHERE until <= ?", (now,))
            inserted = database.execute(
                "INSERT INTO used VALUES (?, ?) ON CONFLICT (mark) DO NOTHING", (_hashed(mark), until)
            )
            return inserted.rowcount == 1

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=5, isolation_level=None)
        try:
            yield database
        finally:
            database.close()


def _hashed(mark: str) -> str:
    return hashlib.sha256(mark.encode()).hexdigest()
