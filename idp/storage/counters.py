"""Counters with a limit and a window: attempts, messages sent, failures. Builds statements, runs but one look at many.

The key is hashed before it is stored, because it may be made of an address or of a number.
"""

from collections.abc import Sequence
from typing import Final

from idp.storage.database import Database, Statement
from idp.storage.vault import token_hash

_KIND = "counter"
_AT_ONCE: Final = 500


def increment(key: str, *, limit: int, window: int, now: int) -> Statement:
    """A gate: counts one more and returns `value` and `expires_at`, or no row once `limit` is reached.

    The window begins with its first count and lasts `window` seconds; later counts do not extend it.
    """
    if limit < 1 or window < 1:
        raise ValueError("limit and window must be at least 1")
    return Statement(
        "INSERT INTO counter (key_hash, value, expires_at) VALUES ($1, 1, $2)"
        " ON CONFLICT (key_hash) DO UPDATE SET"
        " value = CASE WHEN counter.expires_at <= $3 THEN 1 ELSE counter.value + 1 END,"
        " expires_at = CASE WHEN counter.expires_at <= $3"
        " THEN excluded.expires_at ELSE counter.expires_at END"
        " WHERE counter.value < $4 OR counter.expires_at <= $3 RETURNING value, expires_at",
        (token_hash(_KIND, key), now + window, now, limit),
    )


def decrement(key: str, *, now: int) -> Statement:
    """Takes one count back within the window, never below zero. A gate or a further write."""
    return Statement(
        "UPDATE counter SET value = value - 1 WHERE key_hash = $1 AND value > 0 AND expires_at > $2 RETURNING value",
        (token_hash(_KIND, key), now),
    )


def reset(key: str) -> Statement:
    """Forgets every count. A gate or a further write."""
    return Statement("DELETE FROM counter WHERE key_hash = $1 RETURNING value", (token_hash(_KIND, key),))


async def several(database: Database, keys: Sequence[str], *, now: int) -> list[tuple[str, int, int]]:
    """Those of `keys` that count something: key, value, `expires_at`."""
    if not keys:
        return []
    hashes = {token_hash(_KIND, key): key for key in keys}
    found: list[tuple[str, int, int]] = []
    for start in range(0, len(hashes), _AT_ONCE):
        some = tuple(hashes)[start : start + _AT_ONCE]
        places = ", ".join(f"${number}" for number in range(2, len(some) + 2))
        rows = await database.fetch_all(
            f"SELECT key_hash, value, expires_at FROM counter WHERE expires_at > $1 AND key_hash IN ({places})",
            now,
            *some,
        )
        for row in rows:
            key_hash, value, expires_at = row["key_hash"], row["value"], row["expires_at"]
            assert isinstance(key_hash, bytes)
            assert isinstance(value, int)
            assert isinstance(expires_at, int)
            found.append((hashes[key_hash], value, expires_at))
    return found


def move(old: str, new: str, *, value: int, expires_at: int) -> tuple[Statement, Statement]:
    """A gate and its write: what `old` counts goes to `new`, unless somebody counted there since it was read."""
    gate = Statement(
        "DELETE FROM counter WHERE key_hash = $1 AND value = $2 AND expires_at = $3 RETURNING value",
        (token_hash(_KIND, old), value, expires_at),
    )
    write = Statement(
        "INSERT INTO counter (key_hash, value, expires_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (key_hash) DO UPDATE SET value = counter.value + $4",
        (token_hash(_KIND, new), value, expires_at, value),
    )
    return gate, write


def current(key: str, *, now: int) -> Statement:
    """A query for `value` and `expires_at`; no row means zero. To show, never to decide by."""
    return Statement(
        "SELECT value, expires_at FROM counter WHERE key_hash = $1 AND expires_at > $2",
        (token_hash(_KIND, key), now),
    )
