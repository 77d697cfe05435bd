"""`/logout` (RP-Initiated Logout 1.0): GET and POST by a service, and the answer to the question it may need."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.audit.events import LogoutRefused
from idp.audit.log import audit_entry
from idp.authorization_server.id_token_hint import Hint, verified_hint
from idp.errors import InvalidLoginRequest, InvalidRequest
from idp.logout.requests import LogoutRequest, needs_confirmation, read_logout_request
from idp.protocol.redirect_uris import with_parameters
from idp.services import Services, services_of
from idp.sessions.ending import Participant, end_session, participants
from idp.sessions.session import SsoSession
from idp.sessions.storage import live_session
from idp.web.csrf import check_csrf, check_same_origin, csrf_token
from idp.web.forms import read_form, read_query
from idp.web.headers import page_response
from idp.web.i18n import Locale
from idp.web.locale import page_locale

_CARRIED = ("post_logout_redirect_uri", "state", "client_id", "id_token_hint", "ui_locales")


async def logout(request: Request) -> Response:
    """Ends the session, or asks first."""
    services, now = services_of(request), services_of(request).clock()
    parameters = read_query(request) if request.method == "GET" else await read_form(request)
    if request.method == "POST" and "decision" in parameters:
        return await _answered(services, request, parameters, now)
    asked = await _read(services, parameters, now)
    if request.method == "POST" and services.session_key(request) is None:
        return _as_get(parameters, asked)
    session = await _session(services, request, now)
    if session is None:
        return _done(services, request, parameters, asked, [])
    if needs_confirmation(asked, session):
        return await _question(services, request, parameters, asked, session)
    took_part = await _end(services, session, "service", now)
    return _done(services, request, parameters, asked, took_part)


def _as_get(parameters: Mapping[str, str], asked: LogoutRequest) -> Response:
    """A form of the service's own page comes without our cookie (SameSite=Lax); the redirect it gets brings it along.

    The hint stays behind: it can hold personal data, which has no place in an address. So the person is asked.
    """
    carried = {name: parameters[name] for name in _CARRIED if name != "id_token_hint" and parameters.get(name)}
    if asked.client is not None:
        carried["client_id"] = asked.client.client_id
    return RedirectResponse(with_parameters("/logout", carried) if carried else "/logout", status_code=303)


async def _answered(services: Services, request: Request, form: Mapping[str, str], now: float) -> Response:
    check_same_origin(request.headers, services.settings.issuer)
    check_csrf(services.csrf_key, browser_id=services.session_key(request), purpose="logout", token=form.get("csrf"))
    asked = await _read(services, {name: form[name] for name in _CARRIED if form.get(name)}, now)
    session = await _session(services, request, now)
    took_part: list[Participant] = []
    if form["decision"] == "approve" and session is not None:
        took_part = await _end(services, session, "person", now)
    elif form["decision"] != "approve" and asked.return_uri is not None:
        return RedirectResponse(asked.return_uri, status_code=303)
    elif form["decision"] != "approve":
        return RedirectResponse("/", status_code=303)
    return _done(services, request, form, asked, took_part)


async def _end(services: Services, session: SsoSession, reason: str, now: float) -> list[Participant]:
    took_part = await end_session(
        services.database,
        services.vault,
        services.configuration.client,
        session_id=session.id,
        reason=reason,
        now=now,
    )
    services.outbox_poke()
    return took_part


async def _read(services: Services, parameters: Mapping[str, str], now: float) -> LogoutRequest:
    """Raises InvalidLoginRequest, of which the log keeps a word: a hint that is not genuine was made by somebody."""
    hint: Hint | None = None
    if parameters.get("id_token_hint"):
        try:
            hint = verified_hint(
                parameters["id_token_hint"],
                services.configuration.key_ring,
                client=None,
                issuer=services.settings.issuer,
            )
        except InvalidRequest as error:
            refused = audit_entry(LogoutRefused(rule="id_token_hint"), now_ms=int(now * 1000))
            await services.database.commit(refused)
            raise InvalidLoginRequest(private_detail="id_token_hint") from error
    client_id = parameters.get("client_id") or (hint.client_id if hint else None)
    client = await services.configuration.client(client_id) if client_id else None
    return read_logout_request(parameters, client, hint)


async def _session(services: Services, request: Request, now: float) -> SsoSession | None:
    return await live_session(
        services.database,
        services.vault,
        key=services.session_key(request),
        now=int(now),
        idle=services.settings.session_idle,
    )


async def _question(
    services: Services,
    request: Request,
    parameters: Mapping[str, str],
    asked: LogoutRequest,
    session: SsoSession,
) -> Response:
    locale = _locale(services, request, parameters)
    took_part = await participants(services.database, services.configuration.client, session.id)
    html = services.pages.render(
        "logout/confirm",
        locale=locale,
        path=_path(request),
        who=session.claims.get("name", ""),
        service={"name": asked.client.name_in(locale)} if asked.client else None,
        services=[participant.client.name_in(locale) for participant in took_part],
        action="/logout",
        csrf=csrf_token(services.csrf_key, browser_id=services.session_key(request) or "", purpose="logout"),
        hidden={name: parameters[name] for name in _CARRIED if parameters.get(name)},
    )
    return page_response(html, form_action=(asked.return_uri,) if asked.return_uri else ())


def _done(
    services: Services,
    request: Request,
    parameters: Mapping[str, str],
    asked: LogoutRequest,
    took_part: list[Participant],
) -> Response:
    """Back to the service that asked, else a page that says what was ended."""
    response: Response
    if asked.return_uri is not None:
        response = RedirectResponse(asked.return_uri, status_code=303)
    else:
        locale = _locale(services, request, parameters)
        client = asked.client
        html = services.pages.render(
            "logout/done",
            locale=locale,
            path="/logout",
            services=[participant.client.name_in(locale) for participant in took_part],
            way_on={"url": client.client_uri, "label": client.name_in(locale)}
            if client and client.client_uri
            else None,
        )
        response = page_response(html)
    if services.session_key(request) is not None:
        response.headers.append("set-cookie", services.cookies.delete(services.cookies.session))
    return response


def _locale(services: Services, request: Request, parameters: Mapping[str, str]) -> Locale:
    return page_locale(request, services.cookies, ui_locales=parameters.get("ui_locales"))


def _path(request: Request) -> str:
    """Where a GET shows the question again; a POST with a long hint has no such address."""
    return f"/logout?{request.url.query}" if request.method == "GET" and request.url.query else "/logout"
