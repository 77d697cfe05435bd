"""The gateway's endpoint (`POST /messages`, bearer), the page at `/`, `GET /messages.json?to=…` and `/letters.json`."""

import hmac
import time
from collections.abc import Callable
from datetime import timedelta, timezone
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from examples.pages import BadRequest, Pages, read_body, static_files
from examples.sandbox import require_sandbox
from examples.sms_outbox.messages import Outbox, parse_message, parse_receiver

TITLE = {"vi": "Hộp tin nhắn và thư thử nghiệm", "en": "Sandbox messages and letters"}
VIET_NAM = timezone(timedelta(hours=7))
NO_STORE = {"Cache-Control": "no-store"}


def create_app(token: str, *, outbox: Outbox | None = None, clock: Callable[[], float] = time.time) -> Starlette:
    """`token` is what the gateway's only client must bear. Raises NotASandbox in production mode."""
    require_sandbox("the outbox")
    endpoints = _Endpoints(token, outbox or Outbox(), clock)
    return Starlette(
        routes=[
            Route("/", endpoints.page),
            Route("/messages", endpoints.take, methods=["POST"]),
            Route("/messages.json", endpoints.messages),
            Route("/letters.json", endpoints.letters),
            Route("/health", endpoints.health),
            static_files(),
        ]
    )


class _Endpoints:
    def __init__(self, token: str, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._authorization = f"Bearer {token}".encode()
        self._outbox = outbox
        self._clock = clock
        self._pages = Pages(Path(__file__).with_name("templates"), theme="outbox", title=TITLE)

    async def take(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._authorization):
            challenge = {**NO_STORE, "WWW-Authenticate": "Bearer"}
            return JSONResponse({"error": "unauthorized"}, status_code=401, headers=challenge)
        try:
            handed_over = parse_message(await read_body(request))
        except BadRequest as error:
            return JSONResponse({"error": "invalid_request", "error_description": str(error)}, status_code=400)
        message = self._outbox.take(handed_over, now=self._clock())
        return JSONResponse({"id": message.id}, status_code=202, headers=NO_STORE)

    async def messages(self, request: Request) -> Response:
        return self._listed(request, letters=False)

    async def letters(self, request: Request) -> Response:
        return self._listed(request, letters=True)

    def _listed(self, request: Request, *, letters: bool) -> Response:
        found = self._outbox.newest_first(parse_receiver(request.query_params.get("to")))
        listed = [message.to_json() for message in found if message.is_letter is letters]
        return JSONResponse(listed, headers=NO_STORE)

    async def page(self, request: Request) -> Response:
        receiver = parse_receiver(request.query_params.get("to"))
        context = {
            "messages": self._outbox.newest_first(receiver),
            "receiver": receiver,
            "receivers": sorted({message.to for message in self._outbox.newest_first()}),
            "zone": VIET_NAM,
        }
        return self._pages.show(request, "outbox.html", context)

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})
