"""Turns an event into the row that is written in the same transaction as the change it tells of."""

import secrets
from collections.abc import Collection

import orjson

from idp.audit.events import AuditEvent
from idp.storage.database import FromGate, Insert


def audit_entry(event: AuditEvent, *, now_ms: int) -> Insert:
    """The insert for one event. `now_ms`: epoch milliseconds of the decision."""
    return Insert(
        "audit_entry",
        {
            "id": secrets.token_urlsafe(16),
            "recorded_at": now_ms,
            "event": event.name,
            "client_id": event.client_id,
            "source_id": event.source_id,
            "person_id": event.person_id,
            "session_id": event.session_id,
            "grant_id": event.grant_id,
            "interaction_id": event.interaction_id,
            "detail": orjson.dumps(event.detail(), option=orjson.OPT_SORT_KEYS).decode(),
        },
    )


def audit_entry_of_gate(event: AuditEvent, *, now_ms: int, columns: Collection[str]) -> Insert:
    """The same, where the ids in `columns` are known only to the row that the transaction's gate finds."""
    entry = audit_entry(event, now_ms=now_ms)
    return Insert(entry.table, {**entry.values, **{column: FromGate(column) for column in columns}})
