"""The pages at the provider's own address: what this is, whether a session lives here, and where one may log in."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.errors import PageNotFound
from idp.home.services import startable_services
from idp.protocol.client import in_locale
from idp.protocol.logo import logo_png
from idp.services import Services, services_of
from idp.sessions.storage import live_session
from idp.web.headers import page_response
from idp.web.i18n import Locale
from idp.web.locale import page_locale

_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class LoggedIn:
    """`source_label` is empty where the source is configured no longer."""

    since: datetime
    source_label: str


def home_routes() -> list[Route]:
    return [
        Route("/", home, methods=["GET"]),
        Route("/services", services_page, methods=["GET"]),
        Route("/logos/{logo_hash}/{client_id:path}", logo, methods=["GET"]),
    ]


async def home(request: Request) -> Response:
    services = services_of(request)
    locale = page_locale(request, services.cookies)
    logged_in = await _logged_in(services, request, locale)
    return page_response(services.pages.render("home/home", locale=locale, path="/", logged_in=logged_in))


async def services_page(request: Request) -> Response:
    """Every service of the list; a link leads to the service, which then asks us for the login."""
    services = services_of(request)
    locale = page_locale(request, services.cookies)
    found = startable_services(
        await services.configuration.startable_clients(), issuer=services.settings.issuer, locale=locale
    )
    return page_response(services.pages.render("home/services", locale=locale, path="/services", services=found))


async def logo(request: Request) -> Response:
    """The picture that was made when the service was registered; another one has another address."""
    services, wanted = services_of(request), request.path_params
    client = await services.configuration.client(wanted["client_id"])
    if client is None or client.disabled or client.logo_hash != wanted["logo_hash"]:
        raise PageNotFound
    row = await services.database.fetch_row("SELECT metadata FROM client WHERE client_id = $1", client.client_id)
    png = None if row is None else logo_png(json.loads(str(row["metadata"])))
    if png is None:
        raise PageNotFound
    return Response(png, media_type="image/png", headers={"cache-control": _FOREVER})


async def _logged_in(services: Services, request: Request, locale: Locale) -> LoggedIn | None:
    session = await live_session(
        services.database,
        services.vault,
        key=services.session_key(request),
        now=int(services.clock()),
        idle=services.settings.session_idle,
    )
    if session is None:
        return None
    source = await services.configuration.source(session.source_id)
    return LoggedIn(
        since=datetime.fromtimestamp(session.auth_time, UTC),
        source_label=in_locale(source.configuration.label, locale) if source else "",
    )
