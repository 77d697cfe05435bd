"""Faults on request: a sandbox system can be told to be slow, down, garbled or to lie.

One call carries a fault in the `X-Sandbox-Fault` header; the form on the part's page (or a POST to
`/sandbox/fault`) keeps it until it is taken back. So a newcomer can see what a citizen sees on a bad day.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps

import anyio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from examples.pages import BadRequest, read_form

HEADER = "X-Sandbox-Fault"
Endpoint = Callable[[Request], Awaitable[Response]]


class Fault(StrEnum):
    NONE = "none"
    SLOW = "slow"
    DOWN = "down"
    GARBLED = "garbled"
    LYING = "lying"


@dataclass
class FaultSwitch:
    """The fault that stays until changed, and how long `slow` lasts (seconds)."""

    current: Fault = Fault.NONE
    delay: float = 8.0

    def fault_of(self, request: Request) -> Fault:
        """The fault of this call. Raises BadRequest for a header value nobody knows."""
        asked = request.headers.get(HEADER)
        if asked is None:
            return self.current
        return parse_fault(asked)

    def guard(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, disturbed as asked."""

        @wraps(endpoint)
        async def disturbed(request: Request) -> Response:
            try:
                fault = self.fault_of(request)
            except BadRequest as error:
                return PlainTextResponse(str(error), status_code=400)
            return await self._disturb(fault) or await endpoint(request)

        return disturbed

    async def _disturb(self, fault: Fault) -> Response | None:
        """Wait when slow; the answer to give instead when down or garbled; None to go on."""
        if fault is Fault.SLOW:
            await anyio.sleep(self.delay)
        if fault is Fault.DOWN:
            return PlainTextResponse("sandbox fault: down", status_code=503, headers={"Retry-After": "5"})
        if fault is Fault.GARBLED:
            return PlainTextResponse("<!doctype html><title>sandbox fault: garbled</title>", media_type="text/html")
        return None

    def route(self) -> Route:
        return Route("/sandbox/fault", self._change, methods=["POST"])

    async def _change(self, request: Request) -> Response:
        try:
            self.current = parse_fault((await read_form(request)).get("fault", ""))
        except BadRequest as error:
            return PlainTextResponse(str(error), status_code=400)
        return RedirectResponse("/", status_code=303)


def parse_fault(value: str) -> Fault:
    if value not in tuple(Fault):
        raise BadRequest("the fault must be one of: " + ", ".join(Fault))
    return Fault(value)
