"""The last nonce each server gave (RFC 9449 §8): a hint worth keeping, for one process and for no session."""

from __future__ import annotations

from threading import Lock
from urllib.parse import urlsplit

AUTHORIZATION_SERVER = "authorization server"
MOST_SERVERS = 256


class DpopNonces:
    """By server: the authorization server is one, each origin of protected resources another (§8.2)."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: dict[str, str] = {}

    def last(self, server: str) -> str | None:
        """What to put in the next proof."""
        with self._lock:
            return self._last.get(server)

    def keep(self, server: str, nonce: str) -> None:
        """Every answer may bring a newer one (§8.2)."""
        with self._lock:
            self._last.pop(server, None)
            while len(self._last) >= MOST_SERVERS:
                del self._last[next(iter(self._last))]
            self._last[server] = nonce


def resource_server(url: str) -> str:
    """The name under which the nonces of a protected resource are kept."""
    parts = urlsplit(url)
    return f"resource {parts.scheme}://{parts.netloc}"
