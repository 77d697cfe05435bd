"""Which ways in can still bring a login to what its service asks for, after what was done in it already. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.client import Client
from idp.protocol.factors import BESIDE_SECONDS, TOTP_SOURCE, Factor, FactorCategory, adding, reached_for
from idp.protocol.levels import LevelOfAssurance
from idp.protocol.required_level import is_sure_enough, required_level

_METHODS: Final = {
    FactorCategory.KNOWLEDGE: "pwd",
    FactorCategory.POSSESSION: "otp",
    FactorCategory.INHERENCE: "face",
}


@dataclass(frozen=True)
class Way:
    """A source, or an app that shows codes. `category`: the kind of factor it asks for, None where nobody knows."""

    source_id: str
    assurance: LevelOfAssurance
    category: FactorCategory | None


APP: Final = Way(TOTP_SOURCE, LevelOfAssurance.LOW, FactorCategory.POSSESSION)


def can_help(
    way: Way,
    request: AuthorizationRequest,
    client: Client,
    factors: Sequence[Factor] = (),
    *,
    has_app: bool = False,
    now: int,
) -> bool:
    """Whether the login could be sure enough by this way, alone, on top of `factors`, or with the person's app."""
    if way.source_id != TOTP_SOURCE and not _is_allowed(way, client):
        return False
    # What was done too long ago is done anew, as a first factor.
    factors = [factor for factor in factors if factor.at >= now - BESIDE_SECONDS]
    if not factors and way == APP:
        return False
    if not factors or _is_enough(factors, request, client):
        # A first factor, be it one of two: it has to be trusted as far as the service asks, or the app comes to help.
        if way.assurance >= required_level(request, client):
            return True
        return has_app and any(_helps(APP, request, client, (done,), now=now) for done in _possible(way, now=now))
    return _helps(way, request, client, factors, now=now)


def _helps(way: Way, request: AuthorizationRequest, client: Client, factors: Sequence[Factor], *, now: int) -> bool:
    if any(factor.source_id == way.source_id for factor in factors):
        return False
    person_id = factors[-1].person_id
    return any(
        _is_enough(adding(factors, done), request, client) for done in _possible(way, person_id=person_id, now=now)
    )


def _possible(way: Way, *, person_id: str = "", now: int) -> list[Factor]:
    categories = list(FactorCategory) if way.category is None else [way.category]
    return [
        Factor(
            source_id=way.source_id,
            link_id="",
            person_id=person_id,
            amr=(_METHODS[category],),
            level=way.assurance,
            at=now,
        )
        for category in categories
    ]


def _is_enough(factors: Sequence[Factor], request: AuthorizationRequest, client: Client) -> bool:
    reached = reached_for(factors, client.allowed_sources)
    return is_sure_enough(reached.level, reached.amr, request, client)


def _is_allowed(way: Way, client: Client) -> bool:
    return client.allowed_sources is None or way.source_id in client.allowed_sources
