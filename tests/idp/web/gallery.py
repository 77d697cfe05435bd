"""A small site that shows every citizen page with sample values, behind the real edge. For tests and for eyes.

python -m tests.idp.web.gallery 8099
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from idp.web.assets import asset, asset_routes
from idp.web.body_limit import BodyLimit
from idp.web.cookies import CookieNames
from idp.web.csrf import check_same_origin
from idp.web.forms import EdgeError, read_form
from idp.web.headers import SecurityHeaders, page_response
from idp.web.locale import LocaleSwitch, page_locale
from idp.web.pages import Brand, Pages
from idp.web.refusals import citizen_error, refusal_page
from tests.idp.web.samples import ERRORS, SAMPLES

COOKIES = CookieNames(secure=False)
BUTTON_PAGE = Path(__file__).parents[3] / "docs" / "button.md"


BUTTON_CLASSES = ("", "outline", "small", "small motcua-button-outline", "dark")


def page_paths() -> Iterable[str]:
    yield "/buttons"
    yield from (f"/pages/{sample.id}" for sample in SAMPLES)
    yield from (f"/errors/{error.code}" for error in ERRORS)


def build_gallery(issuer: str) -> Starlette:
    pages = Pages(
        sandbox=True,
        brand=Brand(issuer=issuer, hotline="1900 0000", guide_url="/guide"),
    )
    # The same server under its other name is another origin.
    elsewhere = issuer.replace("127.0.0.1", "localhost")
    samples = {sample.id: sample for sample in SAMPLES}
    errors = {error.code: error for error in ERRORS}

    async def show(request: Request) -> Response:
        sample = samples[request.path_params["id"]]
        locale = page_locale(request, COOKIES)
        html = pages.render(sample.template, locale=locale, path=request.url.path, **sample.context)
        return page_response(html, form_action=sample.form_action)

    async def show_error(request: Request) -> Response:
        error = errors[request.path_params["code"]]
        return refusal_page(pages, error, locale=page_locale(request, COOKIES), path=request.url.path)

    async def buttons(request: Request) -> Response:
        """The official buttons with the markup that the documentation gives to services."""
        (markup,) = re.findall(r"```html\n(.*?)```", BUTTON_PAGE.read_text(encoding="utf-8"), re.DOTALL)
        looks = [f"motcua-button motcua-button-{name}".removesuffix(" motcua-button-") for name in BUTTON_CLASSES]
        shown = "".join(f"<p>{markup.replace('motcua-button', look, 1)}</p>" for look in looks)
        head = f"<title>Buttons</title><link rel=stylesheet href='{asset('button.css')}'>"
        lang = page_locale(request, COOKIES).value
        return page_response(f"<!doctype html><html lang={lang}>{head}<main><h1>Buttons</h1>{shown}</main></html>")

    async def leaving(request: Request) -> Response:
        """A form whose answer redirects to another origin, with and without that origin in the policy."""
        form = f"<form method=post action='{request.url.path}'><button id=go>Go</button></form>"
        return page_response(form, form_action=[elsewhere] if request.path_params["policy"] == "open" else [])

    async def left(request: Request) -> Response:
        return RedirectResponse(f"{elsewhere}/pages/home", 303)

    async def posted(request: Request) -> Response:
        check_same_origin(request.headers, issuer)
        form = await read_form(request)
        lines = [f"{name}={value}" for name, value in sorted(form.items())]
        headers = {name: request.headers.get(name, "-") for name in ("origin", "sec-fetch-site")}
        return PlainTextResponse("\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items())]))

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, EdgeError)
        return refusal_page(pages, citizen_error(error), locale=page_locale(request, COOKIES))

    return Starlette(
        routes=[
            Route("/pages/{id}", show),
            Route("/errors/{code}", show_error),
            Route("/buttons", buttons),
            Route("/leaving/{policy}", leaving, methods=["GET"]),
            Route("/leaving/{policy}", left, methods=["POST"]),
            Route("/posted", posted, methods=["POST"]),
            *asset_routes(),
        ],
        middleware=[
            Middleware(SecurityHeaders, https=False),
            Middleware(BodyLimit),
            Middleware(LocaleSwitch, cookies=COOKIES, issuer=issuer),
        ],
        exception_handlers={EdgeError: refused},
    )


if __name__ == "__main__":
    port = int(sys.argv[1])
    uvicorn.run(build_gallery(f"http://127.0.0.1:{port}"), port=port, log_level="warning")
