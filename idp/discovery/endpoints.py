"""`/.well-known/openid-configuration`, its OAuth twin, and `/jwks`: encoded once, served from memory."""

import json
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from idp.discovery.metadata import provider_metadata
from idp.services import services_of
from idp.settings import Settings

_HEADERS = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*"}


class Discovery:
    """Holds whole answers, which are alike for everybody; that of the keys is made anew only when the ring changes."""

    def __init__(self, settings: Settings, detail_types: Iterable[str] = ()) -> None:
        document = json.dumps(provider_metadata(settings, detail_types)).encode()
        self._document = Response(document, media_type="application/json", headers=_HEADERS)
        self._jwks: tuple[object, Response] | None = None

    async def configuration(self, request: Request) -> Response:
        return self._document

    async def jwks(self, request: Request) -> Response:
        ring = services_of(request).configuration.key_ring
        if self._jwks is None or self._jwks[0] is not ring:
            encoded = json.dumps(ring.jwks()).encode()
            self._jwks = (ring, Response(encoded, media_type="application/jwk-set+json", headers=_HEADERS))
        return self._jwks[1]
