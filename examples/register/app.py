"""The HTTP side of a register: `POST /lookup`, `GET /health`, and a page for people at `/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from examples.faults import Fault, FaultSwitch
from examples.pages import BadRequest, Pages, read_body, static_files
from examples.register.protocol import Credentials, Register, answer, parse_question


@dataclass(frozen=True, kw_only=True)
class Presentation:
    """How a register presents itself to people: texts by language, and the class of its look."""

    title: Mapping[str, str]
    about: Mapping[str, str]
    identifier_label: Mapping[str, str]
    theme: str


def register_app(
    register: Register, credentials: Credentials, presentation: Presentation, *, faults: FaultSwitch | None = None
) -> Starlette:
    endpoints = _Endpoints(register, credentials, presentation, faults or FaultSwitch())
    return Starlette(
        routes=[
            Route("/", endpoints.page),
            Route("/lookup", endpoints.faults.guard(endpoints.lookup), methods=["POST"]),
            Route("/health", endpoints.health),
            endpoints.faults.route(),
            static_files(),
        ]
    )


class _Endpoints:
    def __init__(
        self, register: Register, credentials: Credentials, presentation: Presentation, faults: FaultSwitch
    ) -> None:
        self._register = register
        self._credentials = credentials
        self._presentation = presentation
        self.faults = faults
        self._pages = Pages(Path(__file__).with_name("templates"), theme=presentation.theme, title=presentation.title)

    async def lookup(self, request: Request) -> Response:
        if not self._credentials.admit(request.headers.get("authorization")):
            challenge = {"WWW-Authenticate": 'Basic realm="register"', "Cache-Control": "no-store"}
            return JSONResponse({"error": "unauthorized"}, status_code=401, headers=challenge)
        try:
            identifier = parse_question(await read_body(request), identifier_type=self._register.identifier_type)
        except BadRequest as error:
            return JSONResponse({"error": "invalid_request", "error_description": str(error)}, status_code=400)
        record = self._register.look_up(identifier)
        if self.faults.fault_of(request) is Fault.LYING:
            record = self._register.somebody_else(record)
        return JSONResponse(answer(record), headers={"Cache-Control": "no-store"})

    async def health(self, request: Request) -> Response:
        if self.faults.current is Fault.DOWN:
            return JSONResponse({"status": "down"}, status_code=503)
        return JSONResponse({"status": "ok"})

    async def page(self, request: Request) -> Response:
        context = {
            "records": self._register.records,
            "presentation": self._presentation,
            "fault": self.faults.current,
            "faults": tuple(Fault),
        }
        return self._pages.show(request, "register.html", context)
