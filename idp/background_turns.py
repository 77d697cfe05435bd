"""Which turns a worker takes: read the configuration again, deliver the outbox, seal the log, purge what is over."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from idp.audit.events import LogoutNotified
from idp.audit.log import audit_entry
from idp.audit.seal_key import seal_signer
from idp.audit.seals import seal
from idp.background import Turn
from idp.configuration import POLL_SECONDS
from idp.logout.backchannel import addressee_of, deliver_logout
from idp.notices.outbox_sms import SMS, SmsDelivery, sms_gateway
from idp.services import Services
from idp.sessions.ending import OUTBOX_KIND as BACKCHANNEL_LOGOUT
from idp.storage.outbox import Deliver, OutboxMessage, deliver_due, gives_up
from idp.storage.purge import purge

log = logging.getLogger("motcua")

_OUTBOX_SECONDS: Final = 1
_SEAL_SECONDS: Final = 30
_PURGE_SECONDS: Final = 120


def background_turns(services: Services) -> Sequence[Turn]:
    deliveries = deliveries_of(services)
    return (
        Turn(name="configuration", seconds=POLL_SECONDS, take=services.configuration.refresh),
        Turn(
            name="outbox",
            seconds=_OUTBOX_SECONDS,
            take=lambda: deliver_outbox(services, deliveries),
            wakes_on_poke=True,
        ),
        Turn(name="seals", seconds=_SEAL_SECONDS, take=lambda: seal_log(services)),
        Turn(name="purge", seconds=_PURGE_SECONDS, take=lambda: purge(services.database, now=int(services.clock()))),
    )


def deliveries_of(services: Services) -> Mapping[str, Deliver]:
    """Who takes which kind of message out of the house."""
    sms = SmsDelivery(sms_gateway(services.http, services.settings))

    async def deliver_sms(message: OutboxMessage) -> None:
        outcome = await sms.deliver(message.payload, message_id=message.id, now=services.clock())
        if outcome == "refused":
            log.warning("the SMS gateway refused a message for good")

    async def deliver_logout_token(message: OutboxMessage) -> None:
        client_id = addressee_of(message.payload)
        try:
            await deliver_logout(services, message.payload, now=services.clock())
        except Exception:
            if gives_up(message, now=int(services.clock())):
                await note_logout(client_id, "given_up", message)
            raise
        await note_logout(client_id, "delivered", message)

    async def note_logout(client_id: str, outcome: str, message: OutboxMessage) -> None:
        event = LogoutNotified(client_id=client_id, outcome=outcome, attempts=message.attempts)
        await services.database.commit(audit_entry(event, now_ms=int(services.clock() * 1000)))

    return {SMS: deliver_sms, BACKCHANNEL_LOGOUT: deliver_logout_token}


async def seal_log(services: Services) -> None:
    await seal(services.database, seal_signer(services.vault), int(services.clock() * 1000))


async def deliver_outbox(services: Services, deliveries: Mapping[str, Deliver]) -> int:
    """One turn of the outbox; how many messages went out."""
    return await deliver_due(services.database, services.vault, deliveries, now=int(services.clock()))
