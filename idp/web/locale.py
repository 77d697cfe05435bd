"""The language switch: `?lang=vi|en` on any page, kept in a cookie, without JavaScript."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.web.cookies import CookieNames, read_cookie
from idp.web.csrf import issuer_origin
from idp.web.i18n import Locale, negotiate

_A_YEAR = 31_536_000


def page_locale(connection: HTTPConnection, cookies: CookieNames, *, ui_locales: str | None = None) -> Locale:
    """The language in which to answer this browser."""
    return negotiate(
        ui_locales,
        read_cookie(connection, cookies.locale),
        connection.headers.get("accept-language"),
    )


def switch_url(path: str, locale: Locale) -> str:
    """The address of the same page in the other language. `path` may carry a query; empty means "here"."""
    parts = urlsplit(path)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "lang"]
    return f"{parts.path}?{urlencode([*kept, ('lang', locale.value)])}"


class LocaleSwitch:
    """Pure ASGI: `GET …?lang=en` sets the cookie and sends the browser to the same address without it."""

    def __init__(self, app: ASGIApp, *, cookies: CookieNames, issuer: str) -> None:
        self._app = app
        self._cookies = cookies
        # Absolute, so that a path such as `//elsewhere.example` stays a path of ours.
        self._origin = issuer_origin(issuer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or b"lang=" not in scope["query_string"] or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        pairs = QueryParams(scope["query_string"]).multi_items()
        chosen = [value for name, value in pairs if name == "lang"]
        if chosen not in (["vi"], ["en"]):
            await self._app(scope, receive, send)
            return
        rest = urlencode([pair for pair in pairs if pair[0] != "lang"])
        path = scope.get("raw_path", scope["path"].encode()).decode("ascii", "replace").partition("?")[0]
        response = Response(
            status_code=303,
            headers={
                "location": f"{self._origin}{path}" + (f"?{rest}" if rest else ""),
                "set-cookie": self._cookies.set(self._cookies.locale, chosen[0], max_age=_A_YEAR),
            },
        )
        await response(scope, receive, send)
