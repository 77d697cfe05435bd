"""Bodies end at 64 KB, announced or chunked, before any endpoint holds more than that."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.web.forms import FORM_LIMIT, RequestTooLarge

# No endpoint reads the body of these, so there is nothing to count.
_WITHOUT_BODY: Final = ("GET", "HEAD")
_TOO_LARGE: Final = b"request body is too large\n"


class BodyLimit:
    """Pure ASGI. An announced excess is answered at once; a chunked one raises `RequestTooLarge` in whoever
    reads the body, and is answered here where no handler of the application did."""

    def __init__(self, app: ASGIApp, *, limit: int = FORM_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        for name, value in scope["headers"]:
            if name == b"content-length" and not self._admits(value):
                await _refuse(send)
                return
        if scope["method"] in _WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        taken = 0
        started = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self._limit:
                    raise RequestTooLarge("request body is too large")
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except RequestTooLarge:
            if started:
                raise
            await _refuse(send)

    def _admits(self, content_length: bytes) -> bool:
        # Sixteen digits bound the work of int(); a longer number is too large anyway.
        return content_length.isdigit() and len(content_length) <= 16 and int(content_length) <= self._limit


async def _refuse(send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": RequestTooLarge.status,
            "headers": [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(_TOO_LARGE)).encode()),
                # The rest of the body is not read, so the connection cannot be used again.
                (b"connection", b"close"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": _TOO_LARGE})
