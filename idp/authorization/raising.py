"""A login that is real and not sure enough: what could still lift it, looked up only then."""

from dataclasses import replace

from idp.authorization.situation import Situation
from idp.identity.authenticators import enrolled
from idp.interactions.interaction import Interaction
from idp.protocol.client import Client
from idp.protocol.reach import APP, Way, can_help
from idp.protocol.required_level import is_sure_enough
from idp.services import Services


async def with_ways_up(
    services: Services, situation: Situation, interaction: Interaction, client: Client, *, now: int
) -> Situation:
    """The situation with every way that could lift this login; an ordinary login pays nothing for it.

    Raises StorageUnavailable.
    """
    session, asked, factors = situation.session, interaction.request, interaction.factors
    if session is None or not factors or is_sure_enough(session.level, session.amr, asked, client):
        return situation
    sources = await services.configuration.sources()
    ways = [
        Way(source.configuration.id, source.configuration.assurance, source.category)
        for source in sources
        if not source.configuration.disabled
    ]
    if can_help(APP, asked, client, factors, now=now) and await enrolled(
        services.database, person_id=session.person_id
    ):
        ways.append(APP)
    helping = tuple(way for way in ways if can_help(way, asked, client, factors, now=now))
    return replace(situation, ways_up=helping)
