"""How a person decides a polled request: in an ordinary interaction, which ends with a yes or a no of theirs.

The interaction is a login like any other, so that no rule of one is forgotten: sources, levels, second factors,
linking, consent. Only its ends differ, and they are here and in `idp.authorization.issuing.approve_request`: nothing
goes back to a redirect URI, and the browser is shown a page of ours.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.audit.events import AuditEvent
from idp.audit.log import audit_entry
from idp.audit.polled_events import PolledRequestDenied
from idp.authorization_server.interaction_start import start_interaction
from idp.authorization_server.ping_messages import ping_messages
from idp.authorization_server.polled_requests import (
    PolledRequest,
    denying,
    ending_beside,
    find_polled_request,
    waiting_beside,
)
from idp.authorization_server.responses import Reply
from idp.errors import AccessRefused, LoginRequired, OAuthError, SessionExpired
from idp.interactions.interaction import Interaction
from idp.interactions.storage import answering
from idp.services import Services
from idp.storage.database import Write


class Decided(StrEnum):
    """Where the browser ends: `/requests/{value}`, a page that says so and nothing more."""

    APPROVED = "approved"
    REFUSED = "refused"
    REPORTED = "reported"


# The word that the log keeps of a person's own no, wherever they said it.
_REFUSED: Final = "refused"


async def begin_decision(services: Services, request: Request, polled: PolledRequest, now: float) -> Response:
    """The first page of the login in which this browser decides. The consent page is always part of it: it names what
    is asked, and nothing is approved by having been logged in already.

    Who may begin, the caller has looked at: the person whom it is addressed to, or who typed its handle.
    Raises UnknownService, ServiceSuspended.
    """
    await services.configuration.usable_client(polled.client_id)
    asked = replace(polled.request, polled=polled.id, prompt="consent")
    return await start_interaction(services, request, asked, now)


async def polled_request_of(
    services: Services, interaction: Interaction, *, person_id: str | None, now: float
) -> PolledRequest:
    """What this interaction decides. `person_id`: who is logged in; None where nobody need be, to say no.

    Raises SessionExpired when it was decided or ran out meanwhile, AccessRefused when it is for somebody else.
    """
    assert interaction.request.polled is not None
    polled = await find_polled_request(services.database, services.vault, interaction.request.polled, now=int(now))
    if polled is None:
        raise SessionExpired
    if person_id is not None and polled.person_id not in (None, person_id):
        raise AccessRefused(private_detail="another_person")
    return polled


def decided(outcome: Decided) -> Response:
    return RedirectResponse(f"/requests/{outcome.value}", status_code=303)


async def refuse(
    reply: Reply, interaction: Interaction, error: OAuthError, event: AuditEvent, *, now: float
) -> Response:
    """Ends an interaction with a no: an error for the service at its redirect URI, or for who polls.

    `event` tells of it at a redirect URI; of a polled request, its own does. Raises SessionExpired where a request was
    decided meanwhile.
    """
    services = reply.services
    if interaction.request.polled is None:
        entry = audit_entry(event, now_ms=int(now * 1000))
        answered = await services.database.commit(entry, gate=answering(interaction, now=int(now)))
        if answered is None:
            raise SessionExpired(way_on=reply.client.client_uri)
        return await reply.error(error)
    if isinstance(error, LoginRequired):
        # Somebody else is at this screen: it is not theirs to refuse either.
        raise AccessRefused(private_detail="another_person")
    reason = _REFUSED if error.error == "access_denied" else error.error
    await deny(services, interaction, event, reason=reason, now=now)
    return decided(Decided.REFUSED)


async def deny(
    services: Services,
    interaction: Interaction,
    said: AuditEvent,
    *,
    reason: str,
    also: Sequence[Write] = (),
    now: float,
) -> None:
    """Writes a no, once, and what comes with it. `said`: by whom, in which session, as far as that is known.

    Raises SessionExpired when it was decided meanwhile.
    """
    polled = await polled_request_of(services, interaction, person_id=None, now=now)
    event = PolledRequestDenied(
        client_id=polled.client_id,
        person_id=said.person_id,
        session_id=said.session_id,
        interaction_id=interaction.id,
        kind=polled.kind.value,
        reason=reason,
    )
    beside = await ended_beside(services, polled, people=polled.addressed_to, now=int(now))
    done = await services.database.commit(
        answering(interaction, now=int(now)),
        audit_entry(event, now_ms=int(now * 1000)),
        *ping_messages(polled, vault=services.vault, now=int(now)),
        *beside,
        *also,
        gate=denying(polled.id, now=int(now)),
    )
    if done is None:
        raise SessionExpired
    services.outbox_poke()


async def ended_beside(services: Services, polled: PolledRequest, *, people: Sequence[str], now: int) -> list[Write]:
    """The end of everything else that its client asks these people: one request of a client waits for a person, and
    whoever answers it has answered them all. Each is a no, and told like one."""
    if not people:
        return []
    others = await waiting_beside(
        services.database, services.vault, client_id=polled.client_id, people=people, but=polled.id, now=now
    )
    return [
        ending_beside(client_id=polled.client_id, people=people, but=polled.id, now=now),
        *(ping for other in others for ping in ping_messages(other, vault=services.vault, now=now)),
    ]
