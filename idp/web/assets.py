"""Style sheet, marks and the one script: named by their content, kept for a year by every browser."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
    }
)
_FOREVER: Final = "public, max-age=31536000, immutable"
_A_DAY: Final = "public, max-age=86400"


@dataclass(frozen=True)
class Asset:
    url: str
    media_type: str
    body: bytes = field(repr=False)
    compressed: bytes = field(repr=False)


@cache
def load_assets() -> Mapping[str, Asset]:
    """Every file of the folder by its plain name, read and hashed once a process."""
    return MappingProxyType({path.name: _load(path) for path in sorted(FOLDER.iterdir()) if path.suffix in _TYPES})


def asset(name: str) -> str:
    """The address of an asset. Raises KeyError for a name that is not there."""
    return load_assets()[name].url


def asset_routes() -> list[Route]:
    """`/static/app.<sha8>.css` and its like, and `/favicon.ico` for browsers that ask without reading."""
    by_url = {found.url: found for found in load_assets().values()}
    mark = load_assets()["mark.svg"]

    async def serve(request: Request) -> Response:
        found = by_url.get(request.url.path)
        return Response("not found\n", 404, media_type="text/plain") if found is None else _answer(request, found)

    async def favicon(request: Request) -> Response:
        return _answer(request, mark, cache_control=_A_DAY)

    return [Route("/static/{name}", serve), Route("/favicon.ico", favicon)]


def _load(path: Path) -> Asset:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:8]
    return Asset(
        url=f"/static/{path.stem}.{digest}{path.suffix}",
        media_type=_TYPES[path.suffix],
        body=body,
        compressed=gzip.compress(body, mtime=0),
    )


def _answer(request: Request, found: Asset, *, cache_control: str = _FOREVER) -> Response:
    headers = {"cache-control": cache_control, "vary": "accept-encoding"}
    body = found.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        body = found.compressed
    return Response(body, media_type=found.media_type, headers=headers)
