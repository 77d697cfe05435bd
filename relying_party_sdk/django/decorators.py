"""Pages for citizens: `citizen_required` guards a view and puts the person on the request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from relying_party_sdk.django.apps import login_flow
from relying_party_sdk.django.exchange import set_cookie
from relying_party_sdk.errors import NotLoggedIn
from relying_party_sdk.identity import Identity
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.login_flow import require_identity
from relying_party_sdk.session import Session

P = ParamSpec("P")
_SESSION = "relying_party_sdk_session"

View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def citizen_required(*, level: LevelOfAssurance | str | None = None) -> Callable[[View[P]], View[P]]:
    """Only for citizens logged in at `level` or above; the view finds the person in `request.citizen`."""
    needed = LevelOfAssurance(level) if level is not None else None

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            flow = login_flow()
            session = flow.session(request.COOKIES)
            if session is None or not flow.admits(session, needed):
                here = request.get_full_path() if request.method == "GET" else "/"
                location = flow.login_path(return_to=here, level=needed)
                return HttpResponse(status=303, headers={"Location": location, "Cache-Control": "no-store"})
            vars(request)["citizen"], vars(request)[_SESSION] = session.identity, session
            response = view(request, *args, **kwargs)
            renewal = flow.renewal(session, after=vars(request)[_SESSION])
            if renewal is not None and isinstance(response, HttpResponse):
                set_cookie(response, renewal)
            return response

        return guarded

    return decorate


def current_identity(request: HttpRequest) -> Identity:
    """The citizen of this request; raises `NotLoggedIn` where nobody is logged in."""
    return require_identity(find_identity(request))


def fresh_identity(request: HttpRequest, *, renew: bool = False) -> Identity:
    """The citizen with an access token that is still good, for a view that calls a data provider.

    For views behind `citizen_required`, with `MOTCUA["KEEP_TOKENS"]`. `renew` asks for a new one in any case. Raises
    `TokenRefused` when the citizen has to log in again.
    """
    session = vars(request).get(_SESSION)
    if not isinstance(session, Session):
        raise NotLoggedIn
    fresh = login_flow().cookies.with_fresh_tokens(session, renew=renew)
    vars(request)["citizen"], vars(request)[_SESSION] = fresh.identity, fresh
    return fresh.identity


def find_identity(request: HttpRequest) -> Identity | None:
    """The citizen of this request, if somebody is logged in."""
    known: Any = vars(request).get("citizen")
    if isinstance(known, Identity):
        return known
    session = login_flow().session(request.COOKIES)
    return session.identity if session is not None else None
