"""`/.well-known/openid-configuration`, its OAuth twin, and `/jwks`: encoded once, served from memory."""

import json

from starlette.requests import Request
from starlette.responses import Response

from idp.discovery.metadata import provider_metadata
from idp.services import services_of

_HEADERS = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*"}


class Discovery:
    """Holds the encoded document; the keys are encoded anew only when the ring changes."""

    def __init__(self, issuer: str) -> None:
        self._document = json.dumps(provider_metadata(issuer)).encode()
        self._jwks: tuple[object, bytes] | None = None

    async def configuration(self, request: Request) -> Response:
        return Response(self._document, media_type="application/json", headers=_HEADERS)

    async def jwks(self, request: Request) -> Response:
        ring = services_of(request).configuration.key_ring
        if self._jwks is None or self._jwks[0] is not ring:
            self._jwks = (ring, json.dumps(ring.jwks()).encode())
        return Response(self._jwks[1], media_type="application/jwk-set+json", headers=_HEADERS)
