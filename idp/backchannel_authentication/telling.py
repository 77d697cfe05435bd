"""Tells a person on their telephone that somebody asks them: who, what they wrote, the number to compare; no link.

Done from the outbox, so that the answer to the service takes as long for a hint that names nobody. A person who has no
number that sources vouched for finds the request in their own space, and is told by nobody.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.polled_events import PersonAsked
from idp.authorization_server.polled_requests import PolledRequest, find_polled_request
from idp.backchannel_authentication.addressee import is_nobody
from idp.identity.channels import Channel, ChannelKind, channels_of_person
from idp.notices.outbox_sms import sms_message
from idp.services import Services
from idp.storage.database import Insert
from idp.storage.outbox import OutboxMessage, enqueue
from idp.storage.vault import Vault
from mobile_otp.messages import Language
from mobile_otp.numbers import InvalidMobileNumber, parse_mobile_number
from mobile_otp.request_notices import request_waiting

OUTBOX_KIND: Final = "request_waiting"


def to_be_told(polled: PolledRequest, *, vault: Vault, now: int) -> Insert:
    """One row, for a request of nobody as for any other. Its id is the request's: it is told once."""
    return enqueue(
        OUTBOX_KIND, json.dumps({"request": polled.id}).encode(), id=_outbox_id(polled), now=now, vault=vault
    )


Budget = Callable[[str, int], Awaitable[bool]]
"""Counts one more message to a number; whether it may be sent."""


async def tell(services: Services, message: OutboxMessage, *, budget: Budget) -> None:
    """Writes the text message. Nothing where there is nobody to tell, or it was decided meanwhile."""
    now = int(services.clock())
    polled = await find_polled_request(
        services.database, services.vault, json.loads(message.payload)["request"], now=now
    )
    if polled is None or polled.person_id is None or is_nobody(polled.person_id):
        return
    client = await services.configuration.client(polled.client_id)
    channel = await _telephone(services, str(polled.person_id), known_before=polled.created_at)
    if client is None or client.disabled or channel is None:
        return
    text = request_waiting(
        services.settings.sms_brand,
        services.settings.hotline,
        service=client.name_in(Language.VI.value),
        message=polled.message,
        number=polled.number,
    )
    outcome = "sent" if await _may_be_sent(services, channel.address, budget=budget, now=now) else "limited"
    event = PersonAsked(client_id=polled.client_id, person_id=polled.person_id, request=polled.id, outcome=outcome)
    told = audit_entry(event, now_ms=now * 1000)
    # Delivered at least once: what is done again finds its own rows.
    writes = [replace(told, values={**told.values, "id": f"request-told-{polled.id}"}, on_conflict_do_nothing=True)]
    if outcome == "sent":
        message_id = f"request-sms-{polled.id}"
        sms = sms_message(
            services.vault,
            to=channel.address,
            text=text,
            decoy=False,
            expires_at=polled.expires_at,
            now=now,
            id=message_id,
        )
        writes.append(sms)
    await services.database.commit(*writes)


async def _may_be_sent(services: Services, phone: str, *, budget: Budget, now: int) -> bool:
    """To numbers that codes go to, and within the same budgets; the request waits in their own space anyhow."""
    try:
        number = parse_mobile_number(phone, allow_sandbox=services.settings.is_sandbox)
    except InvalidMobileNumber:
        return False
    return await budget(number.e164, now)


async def _telephone(services: Services, person_id: str, *, known_before: int) -> Channel | None:
    """The oldest one: what was added last may be what somebody else added."""
    channels = await channels_of_person(services.database, services.vault, person_id, known_before=known_before)
    return next((channel for channel in channels if channel.kind is ChannelKind.SMS), None)


def _outbox_id(polled: PolledRequest) -> str:
    return f"request-{polled.id}"
