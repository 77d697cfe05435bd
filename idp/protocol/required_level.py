"""How sure a login has to be for one request: what the service is registered for, raised by what it asks."""

from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.claims import requested_values
from idp.protocol.client import Client
from idp.protocol.levels import LevelOfAssurance, level_of


def wanted_acr_values(request: AuthorizationRequest) -> tuple[str, ...]:
    """In order of preference; the `claims` parameter is the more precise way to ask (Core 5.5.1.1)."""
    return requested_values(request.claims, "acr") or tuple((request.acr_values or "").split())


def required_level(request: AuthorizationRequest, client: Client) -> LevelOfAssurance:
    """The service's registered minimum, raised by the lowest level that the request would be content with."""
    asked = [level for acr in wanted_acr_values(request) if (level := level_of(acr)) is not None]
    return max(client.minimum_level, min(asked, default=LevelOfAssurance.LOW))
