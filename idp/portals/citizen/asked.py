"""`/me/asked`: services that ask from elsewhere and wait for an answer, and those that may ask no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from idp.authorization_server.polled_decisions import begin_decision
from idp.authorization_server.polled_requests import PolledRequest, find_polled_request, waiting_for
from idp.authorization_server.request_blocks import allow_again, blocked_services
from idp.portals.citizen.here import Here, moment
from idp.portals.guard import read_own_form
from idp.portals.visitors import Visitor
from idp.services import Services

ASKED = "/me/asked"


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One request. `number` is on the service's screen too."""

    service: str
    organisation: str
    message: str
    number: str
    since: datetime
    until: datetime
    action: str
    csrf: str


@dataclass(frozen=True)
class BlockedService:
    label: str
    since: datetime
    action: str
    csrf: str


async def asked(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    waiting = [await _waiting(here, polled) for polled in await requests_for(services, visitor.person_id)]
    blocked = [
        BlockedService(
            label=await here.service_name(str(row["client_id"])),
            since=moment(int(row["blocked_at"] or 0)),
            action=(action := f"{ASKED}/blocks/{row['client_id']!s}"),
            csrf=here.token(action),
        )
        for row in await blocked_services(services.database, visitor.person_id)
    ]
    return here.page("portals/citizen/asked", waiting=waiting, blocked=blocked)


async def decide(services: Services, request: Request, visitor: Visitor) -> Response:
    """Begins the login in which it is decided. Whose request it is, is looked at here and once more where it ends."""
    here = Here.of(services, request, visitor)
    if request.method == "GET":
        return here.go(ASKED)
    await read_own_form(services, request, visitor)
    polled = await find_polled_request(
        services.database, services.vault, request.path_params["request_id"], now=int(here.now)
    )
    if polled is None or polled.person_id != visitor.person_id:
        return here.go(ASKED, done="too_late")
    return await begin_decision(services, request, polled, here.now)


async def allow(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    if request.method == "GET":
        return here.go(ASKED)
    await read_own_form(services, request, visitor)
    client_id = request.path_params["client_id"]
    done = await allow_again(services.database, client_id=client_id, person_id=visitor.person_id, now=here.now)
    return here.go(ASKED, done="unblocked" if done else "")


async def requests_for(services: Services, person_id: str) -> Sequence[PolledRequest]:
    """Of services in use, the newest of each alone: whoever asks again has given up what they asked before."""
    newest: dict[str, PolledRequest] = {}
    for polled in await waiting_for(services.database, services.vault, person_id, now=int(services.clock())):
        client = await services.configuration.client(polled.client_id)
        if client is not None and not client.disabled:
            newest.setdefault(polled.client_id, polled)
    return list(newest.values())


async def _waiting(here: Here, polled: PolledRequest) -> Waiting:
    client = await here.services.configuration.usable_client(polled.client_id)
    action = f"{ASKED}/{polled.id}"
    return Waiting(
        service=client.name_in(here.locale),
        organisation=client.organisation_in(here.locale),
        message=polled.message,
        number=polled.number,
        since=moment(polled.created_at),
        until=moment(polled.expires_at),
        action=action,
        csrf=here.token(action),
    )
