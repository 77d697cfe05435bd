"""Every refusal that no endpoint answered itself becomes a page or a JSON answer, never a stack."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from idp.authorization_server.json_answers import error_response
from idp.errors import (
    CitizenError,
    InternalFailure,
    InvalidRequest,
    OAuthError,
    ServerError,
    TemporarilyUnavailable,
)
from idp.errors import StorageUnavailable as StorageUnavailablePage
from idp.interactions.access import remembered_interaction
from idp.interactions.interaction import Interaction
from idp.protocol.client import Client
from idp.services import services_of
from idp.storage.database import IntegrityConflict, StorageUnavailable
from idp.web.forms import EdgeError
from idp.web.i18n import Locale, text
from idp.web.locale import page_locale
from idp.web.refusals import citizen_error, citizen_error_for_status, refusal_page

log = logging.getLogger("motcua")

Handler = Callable[[Request, Any], Awaitable[Response]]

# Programs call these; they read JSON, and no page would help them.
_FOR_PROGRAMS = (
    "/token",
    "/userinfo",
    "/par",
    "/bc-authorize",
    "/device_authorization",
    "/introspect",
    "/revoke",
    "/subject-changes",
    "/register",
    "/jwks",
    "/.well-known/",
)
_RETRY_SECONDS = 5


def exception_handlers() -> dict[Any, Handler]:
    return {
        CitizenError: _citizen_error,
        OAuthError: _oauth_error,
        EdgeError: _edge_error,
        StorageUnavailable: _storage_unavailable,
        IntegrityConflict: _storage_unavailable,
        HTTPException: _http_exception,
        Exception: _unforeseen,
    }


async def _citizen_error(request: Request, error: CitizenError) -> Response:
    if error.private_detail:
        log.info("%s %s", error.code, error.private_detail)
    return await _page_of_a_login(request, error)


async def _oauth_error(request: Request, error: OAuthError) -> Response:
    return error_response(error)


async def _edge_error(request: Request, error: EdgeError) -> Response:
    if not _is_for_programs(request):
        return await _page_of_a_login(request, citizen_error(error))
    answer = error_response(InvalidRequest(error.reason))
    answer.status_code = error.status
    return answer


async def _storage_unavailable(request: Request, error: Exception) -> Response:
    log.warning("storage: %s", type(error).__name__)
    if _is_for_programs(request):
        return error_response(TemporarilyUnavailable())
    return _page(request, StorageUnavailablePage(retry_after=_RETRY_SECONDS))


async def _http_exception(request: Request, error: HTTPException) -> Response:
    if _is_for_programs(request):
        answer = error_response(InvalidRequest())
        answer.status_code = error.status_code
        answer.headers.update(error.headers or {})
        return answer
    page = _page(request, citizen_error_for_status(error.status_code))
    page.headers.update(error.headers or {})
    return page


async def _unforeseen(request: Request, error: Exception) -> Response:
    """The type and where it happened go to the log; its message might hold what a person typed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"
    log.error("unforeseen %s at %s", type(error).__name__, where)
    if _is_for_programs(request):
        return error_response(ServerError())
    return _page(request, InternalFailure())


def _is_for_programs(request: Request) -> bool:
    return request.url.path.startswith(_FOR_PROGRAMS)


async def _page_of_a_login(request: Request, error: CitizenError) -> Response:
    """In the language of the login it ends, and with the way back to its service where the error names no other."""
    try:
        interaction, client = await _login_of(request)
    except StorageUnavailable:
        return _page(request, error)
    if interaction is None or client is None:
        return _page(request, error)
    locale = page_locale(request, services_of(request).cookies, ui_locales=interaction.request.ui_locales)
    if error.way_on is None and client.client_uri is not None:
        error.way_on = client.client_uri
        error.way_on_label = text(locale, "shell.back_to_service", dich_vu=client.name_in(locale))
    return _page(request, error, locale=locale)


async def _login_of(request: Request) -> tuple[Interaction | None, Client | None]:
    """The login that the address belongs to, over or not, if this browser began it."""
    services = services_of(request)
    interaction_id = request.path_params.get("interaction_id") or getattr(request.state, "interaction_id", None)
    if interaction_id is None:
        return None, None
    interaction = await remembered_interaction(
        services.database, services.vault, interaction_id=interaction_id, browser_id=services.browser_id(request)
    )
    if interaction is None:
        return None, None
    return interaction, await services.configuration.client(interaction.request.client_id)


def _page(request: Request, error: CitizenError, *, locale: Locale | None = None) -> Response:
    services = services_of(request)
    # A GET may be repeated in the other language; what was posted may not.
    path = request.url.path if request.method == "GET" else "/"
    return refusal_page(services.pages, error, locale=locale or page_locale(request, services.cookies), path=path)
