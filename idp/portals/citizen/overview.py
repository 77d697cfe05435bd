"""`/me`: who is here, how they came in, and the way to everything else."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.identity.cases.search import cases_of_person
from idp.identity.links import lets_in, links_of
from idp.portals.citizen.asked import requests_for
from idp.portals.citizen.here import Here, moment
from idp.portals.visitors import Visitor
from idp.services import Services


@dataclass(frozen=True)
class Tile:
    url: str
    name: str
    note: str


async def overview(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    links = await links_of(services.database, services.vault, visitor.person_id)
    cases = await cases_of_person(services.database, services.vault, visitor.person_id)
    usable = sum(lets_in(link.status) for link in links)
    undecided = sum(case.is_undecided for case in cases)
    waiting = await requests_for(services, visitor.person_id)
    notes = {
        "asked": here.say("citizen.tile.asked.waiting", n=len(waiting)) if waiting else "",
        "sources": here.say("citizen.tile.sources.note", n=usable),
        "cases": here.say("citizen.tile.cases.note", n=undecided) if undecided else here.say("citizen.cases.none"),
    }
    tiles = [
        Tile(
            f"/me/{section}",
            here.say(f"citizen.tile.{section}"),
            notes.get(section) or here.say(f"citizen.tile.{section}.note"),
        )
        for section in ("asked", "sources", "identifiers", "history", "privacy", "protection", "cases")
    ]
    return here.page(
        "portals/citizen/overview",
        name=visitor.name,
        source=await here.source_label(visitor.source_id),
        since=moment(visitor.auth_time),
        level=here.level_in_words(visitor.level.acr),
        tiles=tiles,
    )
