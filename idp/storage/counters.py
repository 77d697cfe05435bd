"""Counters with a limit and a window: attempts, messages sent, failures. Builds statements and runs none.

The key is hashed before it is stored, because it may be made of an address or of a number.
"""

from idp.storage.database import Statement
from idp.storage.vault import token_hash

_KIND = "counter"


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


def current(key: str, *, now: int) -> Statement:
    """A query for `value` and `expires_at`; no row means zero. To show, never to decide by."""
    return Statement(
        "SELECT value, expires_at FROM counter WHERE key_hash = $1 AND expires_at > $2",
        (token_hash(_KIND, key), now),
    )
