"""How the sandbox's own parts (not the two services) read forms and show pages: two languages, no JavaScript.

Texts stand in the templates as `t("tiếng Việt", "English")`, so that neither can be changed without the other.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from examples.sandbox import BANNER

HERE = Path(__file__).parent
LANGUAGES = ("vi", "en")
LANGUAGE_COOKIE = "sandbox_language"
LARGEST_BODY = 65536
# No form-action: a log-in form is answered with a redirect that ends at a service nobody here knows, and
# Chromium applies form-action to every hop of it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PRIVATE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class BadRequest(Exception):
    """The request cannot be read; the message is public, ASCII and names no value."""


class Pages:
    """The pages of one part: its templates first, then the shared layout. `theme` is a class of the stylesheet."""

    def __init__(self, templates: Path, *, theme: str, title: Mapping[str, str]) -> None:
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(templates), FileSystemLoader(HERE / "templates")]),
            autoescape=True,
            undefined=StrictUndefined,
        )
        self._environment.filters["vietnamese_date"] = vietnamese_date
        self._theme = theme
        self._title = title

    def show(self, request: Request, template: str, context: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
        language = language_of(request)
        html = self.render(
            template,
            context,
            language=language,
            other_language=_in_language(request, "en" if language == "vi" else "vi"),
        )
        response = HTMLResponse(html, status_code=status, headers={**PRIVATE_HEADERS, "Content-Language": language})
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(LANGUAGE_COOKIE, language, httponly=True, samesite="lax")
        return response

    def render(
        self, template: str, context: Mapping[str, Any], *, language: str = "vi", other_language: str = "/?lang=en"
    ) -> str:
        def t(vi: str, en: str) -> str:
            return vi if language == "vi" else en

        return self._environment.get_template(template).render(
            **context,
            t=t,
            lang=language,
            banner=BANNER[language],
            part_title=self._title[language],
            theme=self._theme,
            other_language=other_language,
        )


def vietnamese_date(value: str) -> str:
    """`1984-03-12` as `12/03/1984`; a year alone stays as it is."""
    return "/".join(reversed(value.split("-")))


def static_files() -> Mount:
    return Mount("/static", StaticFiles(directory=HERE / "static"), name="static")


def language_of(request: Request) -> str:
    """`?lang=`, then the cookie it left, then `ui_locales`, then the browser's wish, then Vietnamese."""
    wishes = [request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")]
    wishes += request.query_params.get("ui_locales", "").split()
    wishes += [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    for wish in wishes:
        language = wish.lower().split("-")[0]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


async def read_body(request: Request) -> bytes:
    """The body, up to 64 KB. Raises BadRequest beyond."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise BadRequest("the request body is too large")
    return body


async def read_form(request: Request) -> dict[str, str]:
    """A URL-encoded form, every field once (RFC 6749 §3.1). Raises BadRequest."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise BadRequest("the request body must be application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl((await read_body(request)).decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise BadRequest("the request body cannot be read") from error
    return once(pairs)


def once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The pairs as a mapping. Raises BadRequest where a name appears twice."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRequest("a parameter appears more than once")
    return fields


def _in_language(request: Request, language: str) -> str:
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"{request.url.path}?{urlencode([*query, ('lang', language)])}"
