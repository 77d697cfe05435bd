"""How sure we want to be before something is done that a thief at an open browser would like to do."""

from collections.abc import Mapping, Sequence
from typing import Final

from idp.identity.authenticators import enrolled
from idp.identity.links import LinkStatus, LinkView, lets_in, links_of
from idp.portals.citizen.here import Here
from idp.portals.visitors import require_recent
from idp.protocol.levels import LevelOfAssurance, level_of

RECENT_SECONDS: Final = 300
_NOT_THEIRS: Final = frozenset({LinkStatus.REMOVED, LinkStatus.SUPERSEDED})


def strong_level(links: Sequence[LinkView]) -> LevelOfAssurance:
    """As strong as the person's best source, substantial at most: who has only a telephone cannot show more.

    A frozen source counts too: whoever holds the weaker telephone must not be able to thaw the stronger account.
    """
    levels = [level_of(link.assurance) or LevelOfAssurance.LOW for link in links if link.status not in _NOT_THEIRS]
    return min(LevelOfAssurance.SUBSTANTIAL, max(levels, default=LevelOfAssurance.LOW))


async def can_be_shown(here: Here, links: Sequence[LinkView]) -> bool:
    """Whether a usable source of the person is strong enough, or their code app lifts it: else a counter must help."""
    wanted = strong_level(links)
    usable = [level_of(link.assurance) or LevelOfAssurance.LOW for link in links if lets_in(link.status)]
    if any(level >= wanted for level in usable):
        return True
    return bool(usable) and bool(await enrolled(here.services.database, person_id=here.visitor.person_id))


async def require_strong(here: Here, *, form: Mapping[str, str] | None = None) -> None:
    """Raises RecentLoginNeeded, which the guard answers with that login."""
    links = await links_of(here.services.database, here.services.vault, here.visitor.person_id)
    require_recent(here.visitor, RECENT_SECONDS, now=here.now, level=strong_level(links), form=form)
