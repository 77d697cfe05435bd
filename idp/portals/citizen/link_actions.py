"""`/me/sources/{link}/freeze`, `/unfreeze` and `/unlink`: what will happen is said first, then done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.errors import PageNotFound
from idp.identity.cases.case import CaseKind
from idp.identity.cases.search import cases_of_person
from idp.identity.links import LinkStatus, LinkView, lets_in, links_of
from idp.identity.protection.link_freezing import freeze_link, remove_link, unfreeze_link
from idp.identity.protection.ways_in import LastWayIn, OtherWays
from idp.portals.citizen.confirmation import TICK, Question, ask
from idp.portals.citizen.here import Here
from idp.portals.citizen.proof import can_be_shown, require_strong
from idp.portals.guard import read_own_form
from idp.portals.telling import telling
from idp.portals.visitors import Visitor
from idp.services import Services

_PLACE, _CLOSE = "/me/sources", "/me/close"


@dataclass(frozen=True, kw_only=True)
class _Aim:
    """One link of this visitor's, and whether nothing else lets them in."""

    link: LinkView
    label: str
    is_last: bool
    has_strong_way: bool


async def freeze(services: Services, request: Request, visitor: Visitor) -> Response:
    """Stops something, so it asks for no fresh login."""
    here = Here.of(services, request, visitor)
    aim = await _aim(here)
    if not lets_in(aim.link.status):
        return here.go(_PLACE)
    return await _confirmed(here, aim, "freeze", warns=aim.is_last, do=_freeze)


async def unfreeze(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    aim = await _aim(here)
    if aim.link.status is not LinkStatus.FROZEN:
        return here.go(_PLACE)
    report = await _open_report(here, aim.link.id)
    if report is not None:
        # It was frozen with a report: only taking that back, or its decision, thaws it.
        return here.go(f"/me/cases/{report}")
    if not aim.has_strong_way:
        return here.page("portals/citizen/counter", title=here.say("citizen.act.unfreeze"), back=_PLACE)
    return await _confirmed(here, aim, "unfreeze", warns=False, do=_unfreeze, strong=True)


async def unlink(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    aim = await _aim(here)
    if not lets_in(aim.link.status) and aim.link.status is not LinkStatus.FROZEN:
        return here.go(_PLACE)
    if not aim.has_strong_way:
        return here.page("portals/citizen/counter", title=here.say("citizen.act.unlink"), back=_PLACE)
    if aim.is_last:
        return _leaving(here, aim)
    try:
        return await _confirmed(here, aim, "unlink", warns=False, do=_unlink, strong=True)
    except LastWayIn:
        # Another tab took the other one off in the same moment.
        return _leaving(here, aim)


def _leaving(here: Here, aim: _Aim) -> Response:
    """Whoever takes off the last way in leaves for good: that is closing the account, and asks more than once."""
    return here.page(
        "portals/citizen/last_way",
        title=here.say("citizen.unlink.title", nguon=aim.label),
        close=_CLOSE,
        back=_PLACE,
    )


async def _confirmed(
    here: Here,
    aim: _Aim,
    name: str,
    *,
    warns: bool,
    do: Callable[[Here, _Aim], Awaitable[str]],
    strong: bool = False,
) -> Response:
    """Asks on GET, does on POST. Where it `warns`, a tick shows that the warning was read."""
    action = f"{_PLACE}/{aim.link.id}/{name}"
    question = Question(
        title=here.say(f"citizen.{name}.title", nguon=aim.label),
        body=here.say(f"citizen.{name}.body", nguon=aim.label),
        button=here.say(f"citizen.act.{name}"),
        back=_PLACE,
        warning=here.say("citizen.last_source") if warns else "",
        tick=here.say("citizen.last_source.tick") if warns else "",
    )
    if here.request.method == "GET":
        return ask(here, question, action=action)
    form = await read_own_form(here.services, here.request, here.visitor)
    if warns and form.get(TICK) != "yes":
        return ask(here, question, action=action, unticked=True)
    if strong:
        await require_strong(here, form=form)
    return here.go(_PLACE, done=await do(here, aim))


async def _freeze(here: Here, aim: _Aim) -> str:
    services = here.services
    await freeze_link(
        services.database,
        services.vault,
        services.configuration.client,
        link_id=aim.link.id,
        person_id=here.visitor.person_id,
        by="citizen",
        tell=await telling(services, here.locale),
        now=here.now,
    )
    services.outbox_poke()
    return "frozen"


async def _unfreeze(here: Here, aim: _Aim) -> str:
    services = here.services
    await unfreeze_link(
        services.database,
        services.vault,
        link_id=aim.link.id,
        person_id=here.visitor.person_id,
        by="citizen",
        tell=await telling(services, here.locale),
        now=here.now,
    )
    services.outbox_poke()
    return "unfrozen"


async def _unlink(here: Here, aim: _Aim) -> str:
    """What was opened by the link ends with it; whoever is here by another one stays. Raises LastWayIn."""
    services = here.services
    await remove_link(
        services.database,
        services.vault,
        services.configuration.client,
        link_id=aim.link.id,
        person_id=here.visitor.person_id,
        by="citizen",
        sources=await _sources_there(here),
        tell=await telling(services, here.locale),
        now=here.now,
    )
    services.outbox_poke()
    return "unlinked"


async def _sources_there(here: Here) -> list[str]:
    return [source.configuration.id for source in await here.services.configuration.sources()]


async def _aim(here: Here) -> _Aim:
    """Raises PageNotFound for a link of somebody else's, as for one that never was."""
    links = await links_of(here.services.database, here.services.vault, here.visitor.person_id)
    found = next((link for link in links if link.id == here.request.path_params["link_id"]), None)
    if found is None or found.status in (LinkStatus.REMOVED, LinkStatus.SUPERSEDED):
        raise PageNotFound
    others = OtherWays(person_id=here.visitor.person_id, link_id=found.id, sources=await _sources_there(here))
    return _Aim(
        link=found,
        label=await here.source_label(found.source_id),
        is_last=not await others.are_there(here.services.database),
        has_strong_way=await can_be_shown(here, links),
    )


async def _open_report(here: Here, link_id: str) -> str | None:
    cases = await cases_of_person(here.services.database, here.services.vault, here.visitor.person_id)
    return next(
        (case.id for case in cases if case.kind is CaseKind.NOT_ME and case.is_undecided and case.link_id == link_id),
        None,
    )
