"""The SDK's way to the provider where both are one process: a synchronous request, answered by the event loop.

The SDK runs in a worker thread; the request goes back to the loop that runs the application. No socket is opened,
so neither the network nor the address others see can come between a portal and its own provider.
"""

from typing import Any, Final

import anyio.from_thread
import httpx2

_CLIENT: Final = ("in-process", 0)


class InProcess(httpx2.BaseTransport):
    """`app` is the ASGI application itself. Only for use in a worker thread of anyio."""

    def __init__(self, app: Any) -> None:
        self._transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False, client=_CLIENT)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return anyio.from_thread.run(self._answered, request)

    async def _answered(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._transport.handle_async_request(request)
        body = await response.aread()
        return httpx2.Response(response.status_code, headers=response.headers, content=body)
