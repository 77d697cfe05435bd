"""`/me/sources`: the sources linked to a person, what may be done to each, and those they want nothing to do with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from idp.identity.channels import channels_of_person
from idp.identity.links import LinkStatus, LinkView, lets_in, links_of
from idp.identity.protection.happenings import Happening
from idp.identity.protection.source_blocks import EVERY_NEW_SOURCE, block_source, blocked_sources, unblock_source
from idp.portals.citizen.here import Here, moment
from idp.portals.citizen.proof import require_strong
from idp.portals.guard import read_own_form
from idp.portals.signing_in import sign_in
from idp.portals.telling import telling
from idp.portals.visitors import Visitor
from idp.services import Services

ADD, ADDED, BLOCKS = "/me/sources/add", "/me/sources/added", "/me/sources/blocks"
# A link younger than this was made by the login that led back here.
_JUST_NOW_SECONDS = 300
_SHOWN = frozenset(LinkStatus) - {LinkStatus.REMOVED, LinkStatus.SUPERSEDED}


@dataclass(frozen=True)
class Action:
    url: str
    label: str


@dataclass(frozen=True, kw_only=True)
class LinkedSource:
    label: str
    status: str
    stopped: bool
    since: datetime
    last_used: datetime
    level: str
    actions: Sequence[Action]


@dataclass(frozen=True)
class Block:
    """A source that is not linked, or `*` for all of them."""

    source_id: str
    label: str
    blocked: bool


async def sources(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    links = await links_of(services.database, services.vault, visitor.person_id)
    shown = [await _linked(here, link) for link in links if link.status in _SHOWN]
    return here.page(
        "portals/citizen/sources",
        linked=shown,
        add=ADD,
        add_csrf=here.token(ADD),
        blocks=await _blocks(here, links),
        blocks_action=BLOCKS,
        blocks_csrf=here.token(BLOCKS),
    )


async def add_source(services: Services, request: Request, visitor: Visitor) -> Response:
    """A login of its own: at a source known already, then at the new one, in this browser."""
    here = Here.of(services, request, visitor)
    if request.method == "GET":
        return here.go("/me/sources")
    await read_own_form(services, request, visitor)
    return await sign_in(services, request, visitor.portal, return_to=ADDED, linking="add")


async def added(services: Services, request: Request, visitor: Visitor) -> Response:
    """Back from adding a source: says that it worked where it did; otherwise the linking step has said why not."""
    here = Here.of(services, request, visitor)
    links = await links_of(services.database, services.vault, visitor.person_id)
    newest = max((link.created_at for link in links if lets_in(link.status)), default=0)
    return here.go("/me/sources", done="linked" if here.now - newest < _JUST_NOW_SECONDS else "")


async def change_blocks(services: Services, request: Request, visitor: Visitor) -> Response:
    """Blocking is done at once; lifting a block opens a way in, so it wants a fresh login."""
    here = Here.of(services, request, visitor)
    if request.method == "GET":
        return here.go("/me/sources")
    form = await read_own_form(services, request, visitor)
    links = await links_of(services.database, services.vault, visitor.person_id)
    source_id = form.get("source", "")
    if source_id not in {block.source_id for block in await _blocks(here, links)}:
        return here.go("/me/sources")
    if form.get("change") == "unblock":
        await require_strong(here, form=form)
        await _unblock(here, source_id)
        return here.go("/me/sources", done="unblocked")
    await block_source(services.database, person_id=visitor.person_id, source_id=source_id, now=here.now)
    return here.go("/me/sources", done="blocked")


async def _unblock(here: Here, source_id: str) -> None:
    services, person_id = here.services, here.visitor.person_id
    tell = await telling(services, here.locale, every_source=here.say("citizen.blocks.every"))
    unblocked = Happening(
        kind="source_unblocked",
        person_id=person_id,
        channels=await channels_of_person(services.database, services.vault, person_id),
        now=here.now,
        source_id=source_id,
    )
    await unblock_source(
        services.database, person_id=person_id, source_id=source_id, now=here.now, writes=tell(unblocked)
    )
    services.outbox_poke()


async def _linked(here: Here, link: LinkView) -> LinkedSource:
    return LinkedSource(
        label=await here.source_label(link.source_id),
        status=here.say(f"citizen.link.{link.status.name.lower()}"),
        stopped=not lets_in(link.status),
        since=moment(link.created_at),
        last_used=moment(link.last_used_at),
        level=here.level_in_words(link.assurance),
        actions=[
            Action(f"/me/sources/{link.id}/{name}", here.say(f"citizen.act.{name}")) for name in _actions(link.status)
        ],
    )


def _actions(status: LinkStatus) -> tuple[str, ...]:
    """What is disputed or at odds with the person is for an operator to settle."""
    if status is LinkStatus.FROZEN:
        return ("unfreeze", "unlink")
    if lets_in(status):
        return ("freeze", "unlink")
    return ()


async def _blocks(here: Here, links: Sequence[LinkView]) -> list[Block]:
    blocked = await blocked_sources(here.services.database, here.visitor.person_id)
    linked = {link.source_id for link in links if link.status in _SHOWN}
    known = [source.configuration.id for source in await here.services.configuration.sources()]
    # A block outlives the source's link, and the source itself: it must stay possible to lift it.
    offered = dict.fromkeys([one for one in known if one not in linked or one in blocked])
    offered |= dict.fromkeys(sorted(blocked - {EVERY_NEW_SOURCE}))
    blocks = [Block(one, await here.source_label(one), one in blocked) for one in offered]
    every = Block(EVERY_NEW_SOURCE, here.say("citizen.blocks.every"), EVERY_NEW_SOURCE in blocked)
    return [*blocks, every]
