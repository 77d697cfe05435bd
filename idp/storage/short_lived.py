"""The short-lived store: interactions, codes, access tokens, challenges, replay entries.

Builds statements and runs none. Values are bearer values: only their hash reaches the database. A row that
was taken stays, used up, until it is purged, so that its second use is seen and never succeeds.
"""

from idp.storage.database import Insert, Statement
from idp.storage.vault import token_hash


def put(kind: str, value: str, *, payload: bytes, expires_at: int, grant_id: str | None = None) -> Insert:
    """A new entry. Committing it twice is an IntegrityConflict."""
    return Insert(
        "short_lived",
        {
            "key_hash": token_hash(kind, value),
            "kind": kind,
            "grant_id": grant_id,
            "payload": payload,
            "version": 0,
            "expires_at": expires_at,
        },
    )


def get(kind: str, value: str, *, now: int) -> Statement:
    """A query for the live entry: `payload`, `grant_id`, `version`, `expires_at`."""
    return Statement(
        "SELECT payload, grant_id, version, expires_at FROM short_lived"
        " WHERE key_hash = $1 AND kind = $2 AND consumed_at IS NULL AND expires_at > $3",
        (token_hash(kind, value), kind, now),
    )


def find(kind: str, value: str) -> Statement:
    """A query for the entry whether live, used up or expired: as `get`, and `consumed_at`.

    For telling a replay from a stranger's guess; whoever asks must look at `consumed_at` and `expires_at`.
    """
    return Statement(
        "SELECT payload, grant_id, version, expires_at, consumed_at FROM short_lived WHERE key_hash = $1 AND kind = $2",
        (token_hash(kind, value), kind),
    )


def replace(kind: str, value: str, *, payload: bytes, version: int) -> Statement:
    """A gate: new content for an unused entry that is still at `version`; returns the new `version`."""
    return Statement(
        "UPDATE short_lived SET payload = $1, version = version + 1"
        " WHERE key_hash = $2 AND kind = $3 AND version = $4 AND consumed_at IS NULL RETURNING version",
        (payload, token_hash(kind, value), kind, version),
    )


def take(kind: str, value: str, *, now: int) -> Statement:
    """A gate: uses the live entry up. Of any number at once, one gets the row, as `get` describes it."""
    return Statement(
        "UPDATE short_lived SET consumed_at = $1"
        " WHERE key_hash = $2 AND kind = $3 AND consumed_at IS NULL AND expires_at > $1"
        " RETURNING payload, grant_id, version, expires_at",
        (now, token_hash(kind, value), kind),
    )


def add_once(kind: str, value: str, *, expires_at: int, now: int) -> Statement:
    """A gate: returns a row to the first who adds `value`, and to nobody else until `expires_at`."""
    return Statement(
        "INSERT INTO short_lived (key_hash, kind, payload, version, expires_at) VALUES ($1, $2, $3, 0, $4)"
        " ON CONFLICT (key_hash) DO UPDATE SET expires_at = excluded.expires_at"
        " WHERE short_lived.expires_at <= $5 RETURNING key_hash",
        (token_hash(kind, value), kind, b"", expires_at, now),
    )
