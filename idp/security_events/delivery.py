"""Pushes a Security Event Token to its service (RFC 8935): one outbox row, one service, until it says 202."""

from idp.audit.log import audit_entry
from idp.audit.person_events import SecurityEventPushed
from idp.identity.protection.service_events import ServiceEvent
from idp.security_events.token import MEDIA_TYPE, TYP, token_claims
from idp.services import Services
from idp.storage.outbox import OutboxMessage, gives_up


class SecurityEventNotDelivered(Exception):
    """The service did not take the token; the outbox tries again. `reason` is a word, safe to store."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def deliver_security_event(services: Services, payload: bytes, *, now: float) -> bool:
    """Whether it was told: a service that is gone, disabled or takes no events any more is not, and that is all.

    Raises SecurityEventNotDelivered, and what the guarded client raises for one out of reach.
    """
    event = ServiceEvent.from_bytes(payload)
    client = await services.configuration.client(event.client_id)
    if client is None or client.disabled or client.security_events_uri is None:
        return False
    claims = token_claims(event, issuer=services.settings.issuer, now=now)
    token = services.sign(client.id_token_signed_response_alg, TYP, claims)
    answer = await services.http.request(
        "POST",
        client.security_events_uri,
        headers={"content-type": MEDIA_TYPE, "accept": "application/json"},
        content=token.encode(),
    )
    # RFC 8935 §2.2 has one word for success; whatever else comes back may be a proxy that read nothing.
    if answer.status != 202:
        raise SecurityEventNotDelivered(f"status_{answer.status}")
    return True


async def deliver_and_note(services: Services, message: OutboxMessage) -> None:
    """The same, with an entry in the log once it arrived, or once nobody tries any more."""
    now = services.clock()
    try:
        told = await deliver_security_event(services, message.payload, now=now)
    except Exception:
        if gives_up(message, now=int(now)):
            await _note(services, message, "given_up")
        raise
    await _note(services, message, "delivered" if told else "nobody_to_tell")


async def _note(services: Services, message: OutboxMessage, outcome: str) -> None:
    event = ServiceEvent.from_bytes(message.payload)
    entry = SecurityEventPushed(
        client_id=event.client_id, event_kind=event.kind.value, outcome=outcome, attempts=message.attempts
    )
    await services.database.commit(audit_entry(entry, now_ms=int(services.clock() * 1000)))
