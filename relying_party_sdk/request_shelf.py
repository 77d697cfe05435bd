"""Authorization requests by reference (OpenID Connect Core §6.2): kept here for minutes, fetched by the provider.

For a provider that takes no pushed requests (RFC 9126), which are better. In this process's memory: with several
workers the provider may ask the wrong one.
"""

from __future__ import annotations

import secrets
from itertools import islice
from threading import Lock

from relying_party_sdk.errors import TooManyLogins

REQUEST_LIFETIME = 300
# Anybody can begin logins, so the memory has an end. The next are refused then: a login in flight is never thrown out.
MOST_REQUESTS = 10_000


class RequestShelf:
    """Request objects by names nobody can guess. Safe to share between threads; times are epoch seconds."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str, tuple[str, int]] = {}

    def put(self, request: str, *, now: int) -> str:
        """The name under which the request lies here; raises `TooManyLogins`."""
        reference = secrets.token_urlsafe(24)
        with self._lock:
            self._forget(now)
            if len(self._kept) >= MOST_REQUESTS:
                raise TooManyLogins
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

    def _forget(self, now: int) -> None:
        # Requests enter in order of time, so the old ones are in front.
        for reference, (_, until) in list(islice(self._kept.items(), 32)):
            if until <= now:
                del self._kept[reference]
