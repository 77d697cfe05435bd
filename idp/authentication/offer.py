"""Which sources a service may be entered through, for one request. Pure; asked again at every step of the way."""

from collections.abc import Iterable, Sequence

from idp.authentication.contract import IdentitySource
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.client import Client, in_locale
from idp.protocol.required_level import required_level
from idp.web.views import SourceTile


def is_offered(source: IdentitySource, request: AuthorizationRequest, client: Client) -> bool:
    """Enabled, allowed for this service, and able to reach what is asked."""
    configuration = source.configuration
    if configuration.disabled or configuration.assurance < required_level(request, client):
        return False
    return client.allowed_sources is None or configuration.id in client.allowed_sources


def offered(
    sources: Iterable[IdentitySource], request: AuthorizationRequest, client: Client
) -> tuple[IdentitySource, ...]:
    return tuple(source for source in sources if is_offered(source, request, client))


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
