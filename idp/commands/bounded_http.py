"""uvicorn's HTTP/1.1 over httptools, with the two limits it lacks: the size of a head and the time of a request.

Without them one connection can send header bytes for ever, or a byte a minute: memory and connections are
then taken by whoever wants them. Knows nothing of what is asked.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from idp.web.forwarded_certificate import PEER

MAXIMUM_HEAD_BYTES: Final = 32 * 1024
REQUEST_SECONDS: Final = 20.0


class HeadTooLarge(ValueError):
    """Raised into the parser, which turns it into 400 and the end of the connection."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """A request must have arrived whole `REQUEST_SECONDS` after its first byte (or after the connection opened)."""

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes: int = 0
    _in_head: bool = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._drop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # A header that never ends is not handed to `on_header`; its bytes are counted as they come.
        if self._in_head and self.parser is not None:
            self._count(len(data), told=self.transport.is_closing())

    def on_message_begin(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        self._set_deadline()
        super().on_message_begin()
        # uvicorn lets a trusted proxy's X-Forwarded-For replace `client`; who is connected is asked for as well.
        peer = self.client[0] if self.client else ""
        self.scope["extensions"] = {PEER: {"host": peer}}

    def on_url(self, url: bytes) -> None:
        if self._head_bytes + len(url) > MAXIMUM_HEAD_BYTES:
            raise HeadTooLarge
        super().on_url(url)

    def on_headers_complete(self) -> None:
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > MAXIMUM_HEAD_BYTES:
            raise HeadTooLarge
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._drop_deadline()
        super().on_message_complete()

    def _count(self, received: int, *, told: bool) -> None:
        self._head_bytes += received
        if self._head_bytes > MAXIMUM_HEAD_BYTES and not told:
            self.send_400_response("Request head too large.")

    def _set_deadline(self) -> None:
        self._drop_deadline()
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.close)

    def _drop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
