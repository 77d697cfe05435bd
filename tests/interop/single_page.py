"""A service without a server: static files that log in with oidc-client-ts in the browser, as a public client."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

_HERE = Path(__file__).parent
LIBRARY = _HERE / "node_modules" / "oidc-client-ts" / "dist" / "browser" / "oidc-client-ts.min.js"

# By path: its client, and whether its tokens are bound to a key of the browser.
PAGES = {"/plain/": {"client_id": "page", "dpop": False}, "/bound/": {"client_id": "page-dpop", "dpop": True}}


def single_page_site(issuer: str, *, scope: str) -> Starlette:
    async def page(request: Request) -> Response:
        return FileResponse(_HERE / "page" / "index.html")

    async def script(request: Request) -> Response:
        return FileResponse(_HERE / "page" / "page.js", media_type="text/javascript")

    async def settings(request: Request) -> Response:
        return JSONResponse({"issuer": issuer, "scope": scope, "clients": PAGES})

    async def library(request: Request) -> Response:
        return FileResponse(LIBRARY, media_type="text/javascript")

    return Starlette(
        routes=[
            *(Route(path, page) for path in PAGES),
            Route("/page.js", script),
            Route("/settings.json", settings),
            Route("/oidc-client-ts.js", library),
        ]
    )
