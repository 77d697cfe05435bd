"""How sure a login has to be for one request: what the service is registered for, raised by what it asks."""

from collections.abc import Sequence

from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.claims import requested_values
from idp.protocol.client import Client
from idp.protocol.factors import uses_two_factors
from idp.protocol.levels import LevelOfAssurance, is_reached, level_of, wants_two_factors


def wanted_acr_values(request: AuthorizationRequest) -> tuple[str, ...]:
    """In order of preference; the `claims` parameter is the more precise way to ask (Core 5.5.1.1)."""
    return requested_values(request.claims, "acr") or tuple((request.acr_values or "").split())


def required_level(request: AuthorizationRequest, client: Client) -> LevelOfAssurance:
    """The service's registered minimum, raised by the lowest level that the request would be content with."""
    asked = [level for acr in wanted_acr_values(request) if (level := level_of(acr)) is not None]
    return max(client.minimum_level, min(asked, default=LevelOfAssurance.LOW))


def requires_two_factors(request: AuthorizationRequest) -> bool:
    """Whether nothing that the request would be content with can be had by one factor."""
    known = [acr for acr in wanted_acr_values(request) if level_of(acr) is not None]
    return bool(known) and all(wants_two_factors(acr) for acr in known)


def is_sure_enough(level: LevelOfAssurance, amr: Sequence[str], request: AuthorizationRequest, client: Client) -> bool:
    """Whether a login of that level and those methods is what the request asks for, in one of the ways it names."""
    if level < client.minimum_level:
        return False
    known = [acr for acr in wanted_acr_values(request) if level_of(acr) is not None]
    two = uses_two_factors(amr)
    return not known or any(is_reached(acr, level, two_factors=two) for acr in known)
