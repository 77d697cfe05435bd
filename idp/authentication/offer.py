"""Which sources a service may be entered through, for one request. Pure; asked again at every step of the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.authentication.contract import IdentitySource
from idp.interactions.interaction import Interaction
from idp.interactions.linking import LinkingState
from idp.protocol.client import Client, in_locale
from idp.protocol.factors import reached_for
from idp.protocol.reach import Way, can_help
from idp.protocol.required_level import is_sure_enough
from idp.web.views import SourceTile


@dataclass(frozen=True, kw_only=True)
class Asking:
    """For whom and for what a source is offered; `has_app`: whoever has a session here has an app that shows codes."""

    interaction: Interaction
    client: Client
    has_app: bool
    now: int

    @property
    def is_proof(self) -> bool:
        """Whether the next source proves a second end. What is proved is who holds a record, not a login at a level."""
        linking = self.interaction.linking
        return linking is not None and linking.state is LinkingState.PROVING

    @property
    def is_raising(self) -> bool:
        """Whether somebody authenticated here already, and it is not enough for the service."""
        factors = self.interaction.factors
        if not factors:
            return False
        reached = reached_for(factors, self.client.allowed_sources)
        return not is_sure_enough(reached.level, reached.amr, self.interaction.request, self.client)


def is_offered(source: IdentitySource, asking: Asking) -> bool:
    """Enabled, allowed for this service, and able to reach what is asked beside what was done already."""
    if source.configuration.disabled:
        return False
    if asking.is_proof:
        return True
    way = Way(source.configuration.id, source.configuration.assurance, source.category)
    interaction = asking.interaction
    return can_help(
        way, interaction.request, asking.client, interaction.factors, has_app=asking.has_app, now=asking.now
    )


def offered(sources: Iterable[IdentitySource], asking: Asking) -> tuple[IdentitySource, ...]:
    return tuple(source for source in sources if is_offered(source, asking))


def tiles(sources: Sequence[IdentitySource], *, locale: str) -> list[SourceTile]:
    """A source that is known to fail stays in sight, greyed: people look for the one they have."""
    return [
        SourceTile(
            id=source.configuration.id,
            label=in_locale(source.configuration.label, locale),
            hint=in_locale(source.configuration.hint, locale),
            available=not source.is_failing(),
        )
        for source in sources
    ]
