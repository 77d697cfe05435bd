"""What every answer carries: content security policy, no caching, no framing, no referrer."""

import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NO_PAGE: Final = "default-src 'none'; frame-ancestors 'none'"
_PAGE: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_MOST_SHAPES: Final = 256
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,63}")
_REFUSED_SCHEMES: Final = frozenset({"javascript", "data", "blob", "vbscript", "file", "about"})


class SecurityHeaders:
    """Pure ASGI: adds what an answer does not say itself. One dictionary-free pass, lists built once."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        always = {
            "content-security-policy": _NO_PAGE,
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }
        if https:
            always["strict-transport-security"] = "max-age=63072000; includeSubDomains"
        self._app = app
        self._always = [(name.encode(), value.encode()) for name, value in always.items()]
        # Answers come in a few shapes; what each of them lacks is worked out once.
        self._lacking: dict[tuple[bytes, ...], list[tuple[bytes, bytes]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = message.get("headers", ())
                names = tuple([name for name, _ in said])
                message["headers"] = [*said, *(self._lacking.get(names) or self._work_out(names))]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _work_out(self, names: tuple[bytes, ...]) -> list[tuple[bytes, bytes]]:
        lacking = [pair for pair in self._always if pair[0] not in names]
        if len(self._lacking) < _MOST_SHAPES:
            self._lacking[names] = lacking
        return lacking


def page_response(html: str, *, status: int = 200, form_action: Sequence[str] = ()) -> HTMLResponse:
    """A page of ours with its policy.

    `form_action` lists the addresses to which the answer of a form on this page may redirect (a service's
    redirect URI, a source's authorization endpoint): browsers hold redirects after a form to `form-action`.
    """
    policy = " ".join([_PAGE, *_sources(form_action)])
    return HTMLResponse(html, status_code=status, headers={"content-security-policy": policy})


def csp_source(uri: str) -> str:
    """The narrowest source expression that admits `uri`: its origin, or its scheme (private-use URIs, IPv6).

    Raises ValueError for what no form may lead to, and for anything that could end the directive early.
    """
    parts = urlsplit(uri)
    if not _SCHEME.fullmatch(parts.scheme) or parts.scheme in _REFUSED_SCHEMES:
        raise ValueError("no form may lead to this scheme")
    if parts.scheme not in ("http", "https"):
        return f"{parts.scheme}:"
    host = parts.hostname or ""
    if ":" in host:
        # The source grammar of CSP 3 has no IPv6 literals.
        return f"{parts.scheme}:"
    if not _HOST.fullmatch(host):
        raise ValueError("the host of a form's target must be ASCII")
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _sources(uris: Iterable[str]) -> list[str]:
    # What is decided for a client that polls leads nowhere.
    return sorted({csp_source(uri) for uri in uris if uri})
