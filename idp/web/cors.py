"""Which scripts in other pages may read our answers (Fetch, "CORS protocol"): a closed table of addresses.

Only what a specification gives to programs is in it, never a page, and never with cookies. Knows no client: which
origins there are is handed in.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Readers(Enum):
    """`REGISTERED` are the origins that public clients are answered at."""

    EVERYBODY = auto()
    REGISTERED = auto()


@dataclass(frozen=True)
class Shared:
    readers: Readers
    methods: bytes


_PUBLISHED: Final = Shared(Readers.EVERYBODY, b"GET")
_POSTED: Final = Shared(Readers.REGISTERED, b"POST")
TABLE: Final[Mapping[str, Shared]] = {
    "/.well-known/openid-configuration": _PUBLISHED,
    "/.well-known/oauth-authorization-server": _PUBLISHED,
    "/jwks": _PUBLISHED,
    "/token": _POSTED,
    "/revoke": _POSTED,
    "/par": _POSTED,
    "/userinfo": Shared(Readers.REGISTERED, b"GET, POST"),
}

_ORIGIN: Final = b"access-control-allow-origin"
# What a script may read beside the body: why it was refused, and the nonce its next proof must hold (RFC 9449 §8).
_EXPOSED: Final = (b"access-control-expose-headers", b"WWW-Authenticate, DPoP-Nonce")
_ASKED: Final = (
    (b"access-control-allow-headers", b"Authorization, Content-Type, DPoP"),
    (b"access-control-max-age", b"600"),
)
_VARIES: Final = (b"vary", b"Origin")


class CrossOrigin:
    """Pure ASGI. `registered` tells the origins of today; a request without an `Origin` costs one look at its path."""

    def __init__(self, app: ASGIApp, *, registered: Callable[[], Awaitable[Collection[str]]]) -> None:
        self._app = app
        self._registered = registered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shared = TABLE.get(scope["path"]) if scope["type"] == "http" else None
        origin = None if shared is None else _header(scope, b"origin")
        if shared is None or origin is None:
            await self._app(scope, receive, send)
            return
        allowed = await self._allowed(shared, origin)
        if scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method") is not None:
            methods = (b"access-control-allow-methods", shared.methods)
            headers = [*allowed, methods, *_ASKED] if allowed else []
            await send({"type": "http.response.start", "status": 204, "headers": [*headers, _VARIES]})
            await send({"type": "http.response.body", "body": b""})
            return

        async def with_permission(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = message.get("headers", ())
                # An address may say it for everybody by itself.
                added = [] if any(name == _ORIGIN for name, _ in said) else allowed
                message["headers"] = [*said, *added, *([_EXPOSED] if allowed else []), _VARIES]
            await send(message)

        await self._app(scope, receive, with_permission)

    async def _allowed(self, shared: Shared, origin: bytes) -> list[tuple[bytes, bytes]]:
        """Nothing for a stranger: the browser then keeps the answer from the script."""
        if shared.readers is Readers.EVERYBODY:
            return [(_ORIGIN, b"*")]
        if origin.decode("latin-1") in await self._registered():
            return [(_ORIGIN, origin)]
        return []


def _header(scope: Scope, name: bytes) -> bytes | None:
    """None, too, where it is given twice: whose request that is nobody can say."""
    values: list[bytes] = [value for given, value in scope["headers"] if given == name]
    return values[0] if len(values) == 1 else None
