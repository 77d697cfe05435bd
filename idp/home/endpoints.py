"""The home page. It says since when and through which source a session of this browser lives, and leads to its end."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from idp.protocol.client import in_locale
from idp.services import Services, services_of
from idp.sessions.storage import live_session
from idp.web.headers import page_response
from idp.web.i18n import Locale
from idp.web.locale import page_locale


@dataclass(frozen=True)
class LoggedIn:
    """`source_label` is empty where the source is configured no longer."""

    since: datetime
    source_label: str


async def home(request: Request) -> Response:
    services = services_of(request)
    locale = page_locale(request, services.cookies)
    logged_in = await _logged_in(services, request, locale)
    return page_response(services.pages.render("home/home", locale=locale, path="/", logged_in=logged_in))


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
