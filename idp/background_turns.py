"""Which turns a worker takes: read the configuration again, deliver the outbox, seal the log, purge what is over."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from idp.audit.seals import seal
from idp.authentication.outbox_sms import SMS, SmsDelivery
from idp.background import Turn
from idp.configuration import POLL_SECONDS
from idp.logout.backchannel import deliver_logout
from idp.services import Services
from idp.sessions.ending import OUTBOX_KIND as BACKCHANNEL_LOGOUT
from idp.storage.outbox import Deliver, deliver_due
from idp.storage.purge import purge

log = logging.getLogger("motcua")

_OUTBOX_SECONDS: Final = 2
_SEAL_SECONDS: Final = 10
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
