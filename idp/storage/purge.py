"""Deletes what is over, a few hundred rows at a time, so that nobody ever waits behind it.

Never touches people, links, consents or the audit log. A person's history is kept as long as the settings say.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from idp.storage.database import Database

_BATCH = 500
_BATCHES_A_TURN = 20

# A used or expired code or replay value is remembered this much longer than it lives.
REPLAY_GRACE = 600
# An ended session is kept for logout messages and support, a delivered message for support.
_SESSION_GRACE = 24 * 3600
_OUTBOX_GRACE = 24 * 3600
_MONTH = 31 * 24 * 3600
_HISTORY_MONTHS = 24
# After this long a browser is new again: cookies are lent, sold with the machine, and forgotten.
_DEVICE_FORGOTTEN = 2 * 366 * 24 * 3600

_EXPIRED_SESSIONS = "SELECT id FROM sso_session WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2"
_EXPIRED_TOKENS = "SELECT token_hash FROM refresh_token WHERE expires_at <= $1 ORDER BY expires_at, token_hash LIMIT $2"


@dataclass(frozen=True)
class _Expiry:
    """One table: which rows are over, and what goes just before them because nothing else would find it."""

    table: str
    key: str
    over: str
    grace: int
    before: str | None = None


_EXPIRIES = (
    _Expiry(
        "short_lived",
        "key_hash",
        "SELECT key_hash FROM short_lived WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        REPLAY_GRACE,
    ),
    _Expiry(
        "polled_request",
        "id",
        "SELECT id FROM polled_request WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        REPLAY_GRACE,
    ),
    _Expiry(
        "retired_subject",
        "old_sub",
        "SELECT old_sub FROM retired_subject WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        0,
    ),
    _Expiry(
        "counter",
        "key_hash",
        "SELECT key_hash FROM counter WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        0,
    ),
    _Expiry(
        "refresh_token",
        "token_hash",
        _EXPIRED_TOKENS,
        0,
        # A grant that outlived its session ends with the last of its refresh tokens.
        "DELETE FROM authorization_grant WHERE id IN (SELECT grant_id FROM refresh_token WHERE token_hash IN"
        f" ({_EXPIRED_TOKENS}))"
        " AND NOT EXISTS (SELECT 1 FROM refresh_token r WHERE r.grant_id = authorization_grant.id"
        " AND r.expires_at > $1)"
        " AND NOT EXISTS (SELECT 1 FROM sso_session s WHERE s.id = authorization_grant.session_id)"
        " RETURNING id",
    ),
    _Expiry(
        "sso_session",
        "id",
        _EXPIRED_SESSIONS,
        _SESSION_GRACE,
        f"DELETE FROM authorization_grant WHERE session_id IN ({_EXPIRED_SESSIONS})"
        " AND NOT EXISTS (SELECT 1 FROM refresh_token r WHERE r.grant_id = authorization_grant.id)"
        " RETURNING id",
    ),
    _Expiry(
        "outbox",
        "id",
        "SELECT id FROM outbox WHERE done_at IS NOT NULL AND done_at <= $1 ORDER BY done_at LIMIT $2",
        _OUTBOX_GRACE,
    ),
    _Expiry(
        "retired_subject",
        "old_sub",
        "SELECT old_sub FROM retired_subject WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        0,
    ),
    _Expiry(
        "known_device",
        "(person_id, browser_hash)",
        "SELECT person_id, browser_hash FROM known_device WHERE last_seen_at <= $1 ORDER BY last_seen_at LIMIT $2",
        _DEVICE_FORGOTTEN,
    ),
)


def _history(months: int) -> _Expiry:
    """Login records are as old as the installation lets them become (domain §3.2)."""
    over = "SELECT id FROM login_record WHERE at <= $1 ORDER BY at LIMIT $2"
    return _Expiry("login_record", "id", over, months * _MONTH)


async def purge(database: Database, *, now: int, history_months: int = _HISTORY_MONTHS) -> Mapping[str, int]:
    """Deleted rows by table; tables where nothing was over are left out.

    Bounded: what one turn does not reach, the next one does. Raises StorageUnavailable.
    """
    deleted: dict[str, int] = {}
    for expiry in (*_EXPIRIES, _history(history_months)):
        for _ in range(_BATCHES_A_TURN):
            grants, rows = await _delete_batch(database, expiry, now - expiry.grace)
            _count(deleted, "authorization_grant", grants)
            _count(deleted, expiry.table, rows)
            # SQLite answers without ever waiting: let the others have the event loop between two batches.
            await asyncio.sleep(0)
            if rows < _BATCH:
                break
    return deleted


async def _delete_batch(database: Database, expiry: _Expiry, until: int) -> tuple[int, int]:
    before = await database.fetch_all(expiry.before, until, _BATCH) if expiry.before else ()
    rows = await database.fetch_all(
        f"DELETE FROM {expiry.table} WHERE {expiry.key} IN ({expiry.over}) RETURNING 1 AS gone", until, _BATCH
    )
    return len(before), len(rows)


def _count(deleted: dict[str, int], table: str, rows: int) -> None:
    if rows:
        deleted[table] = deleted.get(table, 0) + rows
