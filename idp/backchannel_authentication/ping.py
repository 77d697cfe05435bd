"""Wakes a client in ping mode (CIBA Core 10.2): tells it which request was decided, never how.

Its address is reached through the guarded client, which follows no redirect. Whatever it answers below 500 is an
answer; who does not answer, or fails, is tried again until the request runs out.
"""

import json
from typing import Final

from idp.authorization_server.ping_messages import AUTH_REQ_ID, NOTIFICATION_TOKEN
from idp.services import Services
from idp.storage.outbox import OutboxMessage

_SERVER_ERRORS: Final = 500


class PingNotDelivered(Exception):
    """The client could not take it; the outbox tries again. `reason` is a word, safe to store."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def deliver_ping(services: Services, message: OutboxMessage) -> None:
    """Raises PingNotDelivered, and what the guarded client raises for one out of reach."""
    told = json.loads(message.payload)
    client = await services.configuration.client(told["client_id"])
    if client is None or client.disabled or client.backchannel is None or told["expires_at"] <= services.clock():
        return
    endpoint = client.backchannel.notification_endpoint
    if endpoint is None:
        return
    answer = await services.http.request(
        "POST",
        endpoint,
        headers={"authorization": f"Bearer {told[NOTIFICATION_TOKEN]}", "content-type": "application/json"},
        content=json.dumps({AUTH_REQ_ID: told[AUTH_REQ_ID]}).encode(),
    )
    if answer.status >= _SERVER_ERRORS:
        raise PingNotDelivered(f"status_{answer.status}")
