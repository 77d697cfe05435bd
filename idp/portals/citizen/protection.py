"""`/me/protection`: everything that stops somebody else, from "not me" to locking the whole account."""

from starlette.requests import Request
from starlette.responses import Response

from idp.errors import PageNotFound
from idp.identity.authenticators import enrolled
from idp.identity.protection.locks import lock_everything
from idp.identity.protection.misuse import not_me
from idp.portals.citizen.confirmation import Question, ask
from idp.portals.citizen.here import Here, moment
from idp.portals.citizen.history import OwnLogin, own_login
from idp.portals.guard import read_own_form
from idp.portals.telling import telling
from idp.portals.visitors import Visitor
from idp.services import Services

_PLACE = "/me/protection"


async def protection(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    factors = await enrolled(services.database, person_id=visitor.person_id)
    return here.page("portals/citizen/protection", enrolled_at=moment(factors[0].enrolled_at) if factors else None)


async def not_my_login(services: Services, request: Request, visitor: Visitor) -> Response:
    """From one line of the history: the way that login came in is frozen."""
    here = Here.of(services, request, visitor)
    login = await own_login(services.database, person_id=visitor.person_id, record_id=request.path_params["record_id"])
    if login is None:
        raise PageNotFound
    return await _report(here, login)


async def not_me_at_all(services: Services, request: Request, visitor: Visitor) -> Response:
    """Somebody called, a message came, a telephone is gone: no login to point at."""
    return await _report(Here.of(services, request, visitor), None)


async def _report(here: Here, login: OwnLogin | None) -> Response:
    """Asks for no fresh login: whoever is frightened must not be sent round."""
    request, services, visitor = here.request, here.services, here.visitor
    if request.method == "GET":
        return ask(here, await _reporting(here, login), action=request.url.path)
    await read_own_form(services, request, visitor)
    reference = await not_me(
        services.database,
        services.vault,
        services.configuration.client,
        person_id=visitor.person_id,
        link_id=login.link_id if login else None,
        session_id=login.session_id if login else None,
        tell=await telling(services, here.locale),
        now=here.now,
    )
    services.outbox_poke()
    return here.last_page("portals/citizen/reported", reference=reference)


async def lock(services: Services, request: Request, visitor: Visitor) -> Response:
    """One page and one button, at once: opening it again is what takes proof."""
    here = Here.of(services, request, visitor)
    if request.method == "GET":
        return ask(here, _locking(here), action=request.url.path)
    await read_own_form(services, request, visitor)
    await lock_everything(
        services.database,
        services.vault,
        services.configuration.client,
        person_id=visitor.person_id,
        by="citizen",
        tell=await telling(services, here.locale),
        now=here.now,
    )
    services.outbox_poke()
    return here.last_page("portals/citizen/locked")


async def _reporting(here: Here, login: OwnLogin | None) -> Question:
    parts = ["sessions", "services", "case", "undo"]
    if login is not None:
        parts.insert(1, "source")
    source = await here.source_label(login.source_id) if login else ""
    return Question(
        title=here.say("citizen.not_me.title"),
        body=here.say("citizen.not_me.body.login" if login else "citizen.not_me.body"),
        consequences=[here.say(f"citizen.not_me.{part}", nguon=source) for part in parts],
        button=here.say("citizen.not_me.button"),
        back="/me/history" if login else _PLACE,
    )


def _locking(here: Here) -> Question:
    return Question(
        title=here.say("citizen.lock.title"),
        body=here.say("citizen.lock.body", noi=here.say("citizen.counter")),
        consequences=[here.say(f"citizen.lock.{part}") for part in ("sessions", "services", "open")],
        button=here.say("citizen.lock.button"),
        back=_PLACE,
    )
