"""Which turns a worker takes: read the configuration again, deliver the outbox, seal the log, purge what is over."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from idp.audit.events import LogoutNotified
from idp.audit.log import audit_entry
from idp.audit.seal_key import seal_signer
from idp.audit.seals import seal
from idp.authentication.one_time_code_limits import CodeLimits
from idp.authorization_server.ping_messages import OUTBOX_KIND as CIBA_PING
from idp.backchannel_authentication.ping import deliver_ping
from idp.backchannel_authentication.telling import OUTBOX_KIND as REQUEST_WAITING
from idp.backchannel_authentication.telling import tell
from idp.background import Turn
from idp.configuration import POLL_SECONDS
from idp.identity.protection.service_events import OUTBOX_KIND as SECURITY_EVENT
from idp.logout.backchannel import addressee_of, deliver_logout
from idp.notices.outbox_email import EMAIL, EmailDelivery
from idp.notices.outbox_sms import SMS, SmsDelivery, sms_gateway
from idp.notices.smtp import SmtpTransport, mail_server
from idp.registration.unused import forget_unused
from idp.security_events.delivery import deliver_and_note
from idp.services import Services
from idp.sessions.ending import OUTBOX_KIND as BACKCHANNEL_LOGOUT
from idp.storage.outbox import Deliver, Kinds, OutboxMessage, deliver_due, gives_up
from idp.storage.purge import purge

log = logging.getLogger("motcua")

_OUTBOX_SECONDS: Final = 1
# A mail server takes its time, and is given it: in a turn of its own, so that no one-time code waits behind it.
_MAIL_SECONDS: Final = 2
_MAIL_PATIENCE: Final = 25.0
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
        Turn(name="mail", seconds=_MAIL_SECONDS, take=lambda: deliver_mail(services, deliveries)),
        Turn(name="seals", seconds=_SEAL_SECONDS, take=lambda: seal_log(services)),
        Turn(name="purge", seconds=_PURGE_SECONDS, take=lambda: purge_expired(services)),
    )


def deliveries_of(services: Services) -> Mapping[str, Deliver]:
    """Who takes which kind of message out of the house."""
    sms = SmsDelivery(sms_gateway(services.http, services.settings))
    budgets = CodeLimits(services.database, services.vault)
    server = mail_server(services.settings)
    allow_list = services.settings.outbound_allow_list
    email = EmailDelivery(None if server is None else SmtpTransport(server, allow_list=allow_list))

    async def deliver_sms(message: OutboxMessage) -> None:
        try:
            outcome = await sms.deliver(message.payload, message_id=message.id, now=services.clock())
        except Exception:
            warn_if_given_up(message, "the SMS gateway")
            raise
        if outcome == "refused":
            log.warning("the SMS gateway refused a message for good")

    async def deliver_email(message: OutboxMessage) -> None:
        try:
            outcome = await email.deliver(message.payload, message_id=message.id, now=services.clock())
        except Exception:
            warn_if_given_up(message, "the mail server")
            raise
        if outcome == "refused":
            log.warning("the mail server refused a message for good")

    def warn_if_given_up(message: OutboxMessage, receiver: str) -> None:
        if gives_up(message, now=int(services.clock())):
            log.warning("a message is given up after a day of trying (%s): run `motcua doctor`", receiver)

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

    return {
        SMS: deliver_sms,
        EMAIL: deliver_email,
        BACKCHANNEL_LOGOUT: deliver_logout_token,
        SECURITY_EVENT: lambda message: deliver_and_note(services, message),
        CIBA_PING: lambda message: deliver_ping(services, message),
        REQUEST_WAITING: lambda message: tell(services, message, budget=budgets.count_notice),
    }


async def seal_log(services: Services) -> None:
    await seal(services.database, seal_signer(services.vault), int(services.clock() * 1000))


async def purge_expired(services: Services) -> None:
    months = services.settings.history_months
    await purge(services.database, now=int(services.clock()), history_months=months)
    if services.settings.is_sandbox:
        await forget_unused(services.database, now=int(services.clock()))


async def deliver_outbox(services: Services, deliveries: Mapping[str, Deliver]) -> int:
    """One turn of the outbox, letters left out; how many messages went out."""
    now, kinds = int(services.clock()), Kinds((EMAIL,), others=True)
    return await deliver_due(services.database, services.vault, deliveries, now=now, kinds=kinds)


async def deliver_mail(services: Services, deliveries: Mapping[str, Deliver]) -> int:
    """One turn of the letters; how many went out."""
    now, kinds = int(services.clock()), Kinds((EMAIL,))
    return await deliver_due(
        services.database, services.vault, deliveries, now=now, kinds=kinds, patience=_MAIL_PATIENCE
    )
