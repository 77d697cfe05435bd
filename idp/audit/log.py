"""Turns an event into the row that is written in the same transaction as the change it tells of."""

import json
import secrets

from idp.audit.events import AuditEvent
from idp.storage.database import Insert


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
            "detail": json.dumps(event.detail(), separators=(",", ":"), sort_keys=True),
        },
    )
