"""The service under test: ten lines with the SDK, served behind the TLS proxy."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from relying_party_sdk import LoginError, RelyingParty
from relying_party_sdk.starlette import LoginRoutes, current_identity, fresh_identity, login_required
from tests.conformance.fapi_service import ACCOUNTS_PATH

SESSION_SECRET = "mot-bi-mat-chi-dung-de-thu-0123456789"
WELCOME_PAGE, FRESH_PAGE, READY_PAGE = "/ho-so", "/ho-so-moi", "/san-sang"
ACCOUNTS_PAGE = "/tai-khoan"


def build(party: RelyingParty) -> Starlette:
    @login_required()
    async def profile(request: Request) -> PlainTextResponse:
        current_identity(request)
        return PlainTextResponse("welcome")

    @login_required()
    def accounts(request: Request) -> PlainTextResponse:
        answer = party.request("GET", f"{party.settings.issuer}{ACCOUNTS_PATH}", current_identity(request))
        return PlainTextResponse("accounts" if answer.status == 200 else f"HTTP {answer.status} of the data provider")

    @login_required()
    async def fresh(request: Request) -> PlainTextResponse:
        try:
            await fresh_identity(request, renew=True)
        except LoginError as error:
            return PlainTextResponse(named(error), error.status)
        return PlainTextResponse("welcome")

    def ready(request: Request) -> PlainTextResponse:
        party.check_provider()
        return PlainTextResponse("ready")

    login = LoginRoutes(party, session_secret=SESSION_SECRET, keep_tokens=True, on_error=named)
    pages = [
        Route(WELCOME_PAGE, profile),
        Route(ACCOUNTS_PAGE, accounts),
        Route(FRESH_PAGE, fresh),
        Route(READY_PAGE, ready),
    ]
    return Starlette(routes=[Mount("/dang-nhap", login), *pages])


def named(error: LoginError) -> str:
    """The error page: code and broken rule, for the runner to read."""
    rule = getattr(error, "rule", None)
    return error.code if rule is None else f"{error.code}: {rule}"


class _Server(uvicorn.Server):
    """In a thread, where signals are none of its business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def serving(app: Starlette, *, port: int) -> Iterator[None]:
    """The service answers until the block ends."""
    server = _Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError(f"the service could not listen on port {port}")
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
