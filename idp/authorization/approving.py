"""The end of a login that decided a polled request: its client finds the authorization when it asks next."""

from idp.authorization.issuing import approve_request
from idp.authorization.letting_in import letting_in
from idp.authorization.situation import Situation
from idp.authorization_server.ping_messages import ping_messages
from idp.authorization_server.polled_decisions import ended_beside, polled_request_of
from idp.errors import SessionExpired
from idp.history.arrival import Arrival
from idp.interactions.interaction import Interaction
from idp.interactions.storage import answering
from idp.protocol.client import Client
from idp.services import Services
from idp.web.i18n import Locale


async def approve(
    services: Services,
    client: Client,
    interaction: Interaction,
    situation: Situation,
    *,
    arrival: Arrival,
    locale: Locale,
    now: float,
) -> None:
    """Writes a yes, once, in one transaction with all that comes of it.

    Raises SessionExpired when it was decided meanwhile, AccessRefused when it is for somebody else, IntegrityConflict
    when another tab made the grant.
    """
    session = situation.session
    assert session is not None
    polled = await polled_request_of(services, interaction, person_id=session.person_id, now=now)
    work = approve_request(
        polled,
        interaction.request,
        client,
        situation,
        vault=services.vault,
        now=now,
        interaction_id=interaction.id,
    )
    work.add(answering(interaction, now=int(now)), *ping_messages(polled, vault=services.vault, now=int(now)))
    work.add(*await ended_beside(services, polled, people=polled.addressed_to, now=int(now)))
    work.add(*await letting_in(services, client, session, polled, arrival=arrival, locale=locale, now=now))
    if await work.commit(services.database) is None:
        raise SessionExpired
    services.outbox_poke()
