"""The portal's login: begun here like a service's, finished at its callback."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.errors import AccessRefused, InternalFailure, MalformedRequestRefused
from idp.portals.portal import Portal
from idp.portals.portal_session import PortalSession, seal_portal_session
from idp.portals.visitors import visitor_of
from idp.services import Services
from idp.sessions.storage import live_session
from idp.storage.short_lived import add_once
from idp.web.cookies import read_cookie
from idp.web.locale import page_locale
from relying_party_sdk import (
    AccessDenied,
    CallbackMalformed,
    CallbackReplayed,
    Identity,
    LevelTooLow,
    LoginError,
    LoginStateExpired,
    LoginStateInvalid,
    LoginStateMissing,
    ProviderRefused,
    RelyingParty,
    ReturnToRefused,
    TokenRefused,
)
from relying_party_sdk.authorization import authorization_url
from relying_party_sdk.login_state import LOGIN_LIFETIME, LoginState, is_login_cookie

_MOST_OPEN_LOGINS: Final = 8
_USED: Final = "portal_login"
# Longer than a login may take: what is older is refused for its age.
_USED_SECONDS: Final = 2 * LOGIN_LIFETIME
# A callback that came late, twice or to another worker's seal: nobody did anything wrong, the login is begun again.
_BEGIN_AGAIN: Final = (LoginStateMissing, LoginStateInvalid, LoginStateExpired, CallbackReplayed, TokenRefused)


async def sign_in(
    services: Services,
    request: Request,
    portal: Portal,
    *,
    return_to: str,
    acr_values: Sequence[str] | None = None,
    max_age: int | None = None,
    linking: str | None = None,
) -> Response:
    """To our own authorization endpoint. `acr_values` are essential.

    `linking`: `add` to prove another source beside a known one, or the id of the case that the proof shall settle.
    """
    party = _party(request, portal)
    locale = page_locale(request, services.cookies)
    try:
        login = await run_in_threadpool(party.begin_login, return_to, ui_locale=locale.value, max_age=max_age)
    except ReturnToRefused:
        login = await run_in_threadpool(party.begin_login, portal.path, ui_locale=locale.value, max_age=max_age)
    except LoginError as error:
        raise InternalFailure(private_detail=f"portal {error.code}") from error
    response = RedirectResponse(_with_wishes(login.url, acr_values, linking), status_code=303)
    for name in _abandoned(party, request.cookies):
        response.headers.append("set-cookie", services.cookies.delete(name))
    cookie = services.cookies.set(login.cookie_name, login.sealed_state, max_age=login.max_age)
    response.headers.append("set-cookie", cookie)
    return response


async def finish_sign_in(services: Services, request: Request, portal: Portal) -> Response:
    """The callback: a portal session for this browser, then back to the page the visitor came for."""
    party = _party(request, portal)
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    try:
        name = party.login_cookie_name(pairs)
        sealed = read_cookie(request, name)
        if sealed is not None and not await _is_first_use(services, party.open_login(sealed)):
            return await _begun_again(services, request, portal)
        identity = await run_in_threadpool(party.finish_login, pairs, sealed)
    except AccessDenied:
        return await _stopped(services, request, portal)
    except _BEGIN_AGAIN:
        return await _begun_again(services, request, portal)
    except CallbackMalformed as error:
        raise MalformedRequestRefused(private_detail="portal callback") from error
    except (LevelTooLow, ProviderRefused) as error:
        raise AccessRefused(private_detail=f"portal {error.code}", way_on=portal.path) from error
    except LoginError as error:
        raise InternalFailure(private_detail=f"portal {error.code}") from error
    return await _welcomed(services, request, portal, identity, login_cookie=name)


async def _welcomed(
    services: Services, request: Request, portal: Portal, identity: Identity, *, login_cookie: str
) -> Response:
    session = await live_session(
        services.database,
        services.vault,
        key=services.session_key(request),
        now=int(services.clock()),
        idle=services.settings.session_idle,
    )
    if session is None or session.id != identity.session_id:
        # Another tab logged somebody else in meanwhile: whose portal this would be is not for us to guess.
        return await _begun_again(services, request, portal)
    known = PortalSession(session_id=session.id, person_id=session.person_id, sub=identity.subject)
    sealed = seal_portal_session(known, portal, services.vault)
    response = RedirectResponse(identity.return_to, status_code=303)
    cookies = services.cookies
    response.headers.append("set-cookie", cookies.delete(login_cookie))
    response.headers.append("set-cookie", cookies.set(cookies.portal(portal.cookie), sealed))
    return response


async def _is_first_use(services: Services, login: LoginState) -> bool:
    """On whichever worker: the one that finishes a login remembers it for itself alone."""
    now = int(services.clock())
    used = add_once(_USED, login.state, expires_at=now + _USED_SECONDS, now=now)
    return await services.database.commit(gate=used) is not None


async def _stopped(services: Services, request: Request, portal: Portal) -> Response:
    """Who stopped a fresh login is still logged in as before; who stopped the first one is nobody here."""
    visitor = await visitor_of(services, request, portal)
    return RedirectResponse(portal.path if visitor else "/", status_code=303)


async def _begun_again(services: Services, request: Request, portal: Portal) -> Response:
    """The back button can lead to a callback again; who is logged in already just goes on."""
    if await visitor_of(services, request, portal):
        return RedirectResponse(portal.path, status_code=303)
    return await sign_in(services, request, portal, return_to=portal.path)


def _with_wishes(url: str, acr_values: Sequence[str] | None, linking: str | None) -> str:
    wishes: dict[str, str] = {}
    if acr_values:
        wishes["claims"] = json.dumps({"id_token": {"acr": {"essential": True, "values": list(acr_values)}}})
    if linking:
        wishes["motcua_linking"] = linking
    return authorization_url(url, wishes) if wishes else url


def _abandoned(party: RelyingParty, cookies: Mapping[str, str]) -> list[str]:
    """The oldest logins nobody finished, so that their cookies stay within what browsers and servers accept."""
    begun: dict[str, int] = {}
    for name in filter(is_login_cookie, cookies):
        with suppress(LoginError):
            begun[name] = party.open_login(cookies[name]).begun_at
    return sorted(begun, key=lambda name: begun[name])[: max(0, len(begun) + 1 - _MOST_OPEN_LOGINS)]


def _party(request: Request, portal: Portal) -> RelyingParty:
    party: RelyingParty = request.app.state.portals[portal.client_id]
    return party
