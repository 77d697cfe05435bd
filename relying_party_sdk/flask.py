"""The SDK in Flask: `Login(app, party)` adds the routes, `login_required` guards pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from flask import Flask, Response, abort, current_app, make_response, redirect, request

from relying_party_sdk.browser_exchange import MAX_BODY, BrowserAnswer, BrowserRequest
from relying_party_sdk.errors import ConfigurationError, NotLoggedIn
from relying_party_sdk.identity import Identity
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.login_flow import ErrorPage, LoginFlow, LoginRoute, require_identity
from relying_party_sdk.relying_party import RelyingParty
from relying_party_sdk.session import Session

P = ParamSpec("P")

_EXTENSION = "relying_party_sdk"
_SESSION = "relying_party_sdk.session"


class Login:
    """The login of one Flask application. The session is sealed with `session_secret`, or `app.secret_key`."""

    def __init__(
        self,
        app: Flask,
        party: RelyingParty,
        *,
        session_secret: str | bytes | None = None,
        keep_tokens: bool = False,
        on_error: ErrorPage | None = None,
    ) -> None:
        secret = session_secret or app.secret_key
        if secret is None:
            raise ConfigurationError("set app.secret_key before Login(app, party), or pass session_secret")
        self.flow = LoginFlow(party, session_secret=secret, keep_tokens=keep_tokens, on_error=on_error)
        app.extensions[_EXTENSION] = self
        for route in self.flow.routes:
            _add(app, f"{self.flow.prefix}/{route.path}", route)


def current_identity() -> Identity:
    """The citizen of this request; raises `NotLoggedIn` where nobody is logged in."""
    return require_identity(find_identity())


def find_identity() -> Identity | None:
    """The citizen of this request, if somebody is logged in."""
    session = _session()
    return session.identity if session is not None else None


def fresh_identity(*, renew: bool = False) -> Identity:
    """The citizen with an access token that is still good, for a page that calls a data provider.

    For pages behind `login_required`, with `keep_tokens`. `renew` asks for a new one in any case. Raises `TokenRefused`
    when the citizen has to log in again.
    """
    session = _session()
    if session is None:
        raise NotLoggedIn
    request.environ[_SESSION] = _flow().cookies.with_fresh_tokens(session, renew=renew)
    return require_identity(find_identity())


def login_required(
    *, level: LevelOfAssurance | str | None = None
) -> Callable[[Callable[P, Any]], Callable[P, Response]]:
    """Only for citizens logged in at `level` or above; others go through the login and come back."""
    needed = LevelOfAssurance(level) if level is not None else None

    def decorate(page: Callable[P, Any]) -> Callable[P, Response]:
        @wraps(page)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            flow, session = _flow(), _session()
            if session is None or not flow.admits(session, needed):
                sent = make_response(redirect(flow.login_path(return_to=_here(), level=needed), 303))
                sent.headers["Cache-Control"] = "no-store"
                return sent
            answer = make_response(current_app.ensure_sync(page)(*args, **kwargs))
            renewal = flow.renewal(session, after=_session())
            if renewal is not None:
                answer.headers.add("Set-Cookie", renewal.header())
            return answer

        return guarded

    return decorate


def _add(app: Flask, rule: str, route: LoginRoute) -> None:
    app.add_url_rule(
        rule, f"motcua_{route.name}", lambda: _answered(route.step(_received())), methods=list(route.methods)
    )


def _flow() -> LoginFlow:
    login = current_app.extensions.get(_EXTENSION)
    if not isinstance(login, Login):
        raise ConfigurationError("this application has no login: call Login(app, party) once at start")
    return login.flow


def _session() -> Session | None:
    # In the request, not in `g`: an application context pushed around several requests shares `g` among them.
    if _SESSION not in request.environ:
        request.environ[_SESSION] = _flow().session(request.cookies)
    session: Session | None = request.environ[_SESSION]
    return session


def _here() -> str:
    """The page to come back to; only a GET can be repeated."""
    if request.method != "GET":
        return "/"
    query = request.query_string.decode("latin-1")
    path = f"{request.root_path}{request.path}"
    return f"{path}?{query}" if query else path


def _received() -> BrowserRequest:
    body = b""
    if request.method == "POST":
        body = request.stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            abort(413)
    return BrowserRequest(
        method=request.method,
        query=request.query_string.decode("latin-1"),
        cookies=request.cookies,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


def _answered(answer: BrowserAnswer) -> Response:
    response = Response(answer.body, answer.status)
    for name, value in answer.headers.items():
        response.headers[name] = value
    for cookie in answer.cookies:
        response.headers.add("Set-Cookie", cookie.header())
    return response
