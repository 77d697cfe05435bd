"""The message that wakes a client in ping mode, as a row written with the decision (CIBA Core 10.2).

Knows nothing of how it is delivered.
"""

import json
import secrets
from typing import Final

from idp.authorization_server.polled_requests import PolledRequest
from idp.storage.database import Insert
from idp.storage.outbox import enqueue
from idp.storage.vault import Vault

OUTBOX_KIND: Final = "ciba_ping"
# What a request of a client in ping mode keeps for this, in its `details`.
AUTH_REQ_ID: Final = "auth_req_id"
NOTIFICATION_TOKEN: Final = "client_notification_token"


def ping_messages(polled: PolledRequest, *, vault: Vault, now: int) -> list[Insert]:
    """Of a yes and of a no alike; none for a client that only polls."""
    if NOTIFICATION_TOKEN not in polled.details:
        return []
    payload = {
        "client_id": polled.client_id,
        AUTH_REQ_ID: polled.details[AUTH_REQ_ID],
        NOTIFICATION_TOKEN: polled.details[NOTIFICATION_TOKEN],
        "expires_at": polled.expires_at,
    }
    return [enqueue(OUTBOX_KIND, json.dumps(payload).encode(), id=secrets.token_urlsafe(16), now=now, vault=vault)]
