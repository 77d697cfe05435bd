"""Authorization requests by reference (OpenID Connect Core §6.2): kept here for minutes, fetched by the provider.

For a provider that takes no pushed requests (RFC 9126), which are better. In this process's memory: with several
workers the provider may ask the wrong one.
"""

from __future__ import annotations

import secrets
from threading import Lock

REQUEST_LIFETIME = 300
# Anybody can begin logins: the oldest go first.
MOST_REQUESTS = 1000


class RequestShelf:
    """Request objects by names nobody can guess. Safe to share between threads; times are epoch seconds."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str, tuple[str, int]] = {}

    def put(self, request: str, *, now: int) -> str:
        """The name under which the request lies here."""
        reference = secrets.token_urlsafe(24)
        with self._lock:
            while len(self._kept) >= MOST_REQUESTS:
                del self._kept[next(iter(self._kept))]
            self._kept[reference] = (request, now + REQUEST_LIFETIME)
        return reference

    def take(self, reference: str, *, now: int) -> str | None:
        """The request, as often as the provider asks, until it is too old."""
        with self._lock:
            request, until = self._kept.get(reference, ("", 0))
            if until <= now:
                self._kept.pop(reference, None)
                return None
        return request
