"""The SDK in Starlette and FastAPI: mount `LoginRoutes`, decorate pages with `login_required`.

Everything that may wait (the provider, the session store) runs in Starlette's thread pool.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, Router

from relying_party_sdk.browser_exchange import MAX_BODY, BrowserAnswer, BrowserRequest
from relying_party_sdk.errors import CallbackMalformed, ConfigurationError, NotLoggedIn
from relying_party_sdk.identity import Identity
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.login_flow import ErrorPage, LoginFlow, require_identity
from relying_party_sdk.relying_party import RelyingParty
from relying_party_sdk.session import Session

P = ParamSpec("P")

_SESSION = "relying_party_sdk.session"
_FORM = "application/x-www-form-urlencoded"


class LoginRoutes(Router):
    """The login routes as an application to mount: `Mount("/dang-nhap", LoginRoutes(party, session_secret=…))`."""

    def __init__(
        self,
        party: RelyingParty,
        *,
        session_secret: str | bytes,
        keep_tokens: bool = False,
        on_error: ErrorPage | None = None,
    ) -> None:
        flow = LoginFlow(party, session_secret=session_secret, keep_tokens=keep_tokens, on_error=on_error)
        self.flow = flow
        super().__init__(
            routes=[
                Route(f"/{route.path}", _endpoint(route.step), methods=list(route.methods)) for route in flow.routes
            ]
        )


def current_identity(request: Request) -> Identity:
    """The citizen of a page behind `login_required`; raises `NotLoggedIn` where nobody is logged in."""
    session = request.scope.get(_SESSION) or _flow(request).session(request.cookies)
    return require_identity(session.identity if session is not None else None)


async def find_identity(request: Request) -> Identity | None:
    """The citizen, if somebody is logged in: for pages open to all."""
    session = await _session(request)
    return session.identity if session is not None else None


async def fresh_identity(request: Request, *, renew: bool = False) -> Identity:
    """The citizen with an access token that is still good, for a page that calls a data provider.

    For pages behind `login_required`, with `keep_tokens`. `renew` asks for a new one in any case. Raises `TokenRefused`
    when the citizen has to log in again.
    """
    session = await _session(request)
    if session is None:
        raise NotLoggedIn
    fresh = await run_in_threadpool(_flow(request).cookies.with_fresh_tokens, session, renew=renew)
    request.scope[_SESSION] = fresh
    return fresh.identity


def login_required(
    *, level: LevelOfAssurance | str | None = None
) -> Callable[[Callable[P, Any]], Callable[P, Awaitable[Any]]]:
    """Only for citizens logged in at `level` or above; others go through the login and come back.

    The page takes the request, under any name; it may be `async` or not.
    """
    needed = LevelOfAssurance(level) if level is not None else None

    def decorate(page: Callable[P, Any]) -> Callable[P, Awaitable[Any]]:
        @wraps(page)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            request = _request_in([*args, *kwargs.values()])
            flow, session = _flow(request), await _session(request)
            if session is None or not flow.admits(session, needed):
                location = flow.login_path(return_to=_here(request), level=needed)
                return RedirectResponse(location, status_code=303, headers={"Cache-Control": "no-store"})
            if inspect.iscoroutinefunction(page):
                answer = await page(*args, **kwargs)
            else:
                answer = await run_in_threadpool(page, *args, **kwargs)
            _renew(answer, flow, session, request.scope[_SESSION])
            return answer

        return guarded

    return decorate


def _endpoint(step: Callable[[BrowserRequest], BrowserAnswer]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            received = await _received(request)
        except CallbackMalformed as error:
            return Response(status_code=413, headers={"X-Error": error.code})
        answer = await run_in_threadpool(step, received)
        response = Response(answer.body, answer.status)
        for name, value in answer.header_pairs():
            response.headers.append(name, value)
        return response

    return endpoint


async def _received(request: Request) -> BrowserRequest:
    body = b""
    if request.method == "POST" and request.headers.get("content-type", "").startswith(_FORM):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise CallbackMalformed("the body is too long")
    return BrowserRequest(
        method=request.method,
        query=request.url.query,
        cookies=request.cookies,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


async def _session(request: Request) -> Session | None:
    """The browser's session, looked up once a request and never on the event loop."""
    if _SESSION not in request.scope:
        request.scope[_SESSION] = await run_in_threadpool(_flow(request).session, request.cookies)
    session: Session | None = request.scope[_SESSION]
    return session


def _renew(answer: object, flow: LoginFlow, before: Session, after: Session) -> None:
    # FastAPI pages may return plain data; there is no answer yet to set a cookie on.
    renewal = flow.renewal(before, after=after)
    if renewal is not None and isinstance(answer, Response):
        answer.headers.append("Set-Cookie", renewal.header())


def _request_in(arguments: Iterable[object]) -> Request:
    for argument in arguments:
        if isinstance(argument, Request):
            return argument
    raise ConfigurationError("a page behind login_required must take the request: `async def page(request: Request)`")


def _here(request: Request) -> str:
    """The page to come back to; only a GET can be repeated."""
    if request.method != "GET":
        return "/"
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _flow(request: Request) -> LoginFlow:
    found = _mounted(request.app.routes, "")
    if found is None:
        raise ConfigurationError('LoginRoutes is not mounted in this application: Mount("/dang-nhap", LoginRoutes(…))')
    flow, path = found
    # A proxy may add to the front of the path, so only its end has to agree.
    if not flow.prefix.endswith(path):
        raise ConfigurationError(f"LoginRoutes is mounted at {path}, but redirect_uri lies in {flow.prefix}")
    return flow


def _mounted(routes: Iterable[BaseRoute], prefix: str) -> tuple[LoginFlow, str] | None:
    for route in routes:
        path = f"{prefix}{getattr(route, 'path', '')}"
        mounted = getattr(route, "app", None)
        if isinstance(mounted, LoginRoutes):
            return mounted.flow, path
        found = _mounted(getattr(route, "routes", None) or (), path)
        if found is not None:
            return found
    return None
