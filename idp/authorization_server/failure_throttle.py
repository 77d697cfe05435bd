"""Slows down who fails to authenticate as a client again and again, by client and address.

Kept in each worker's memory: secrets have 256 random bits, so this guards our time, not the secret. The real
client, at another address, is never locked out by somebody else's failures.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from idp.errors import InvalidClient

WINDOW_SECONDS: Final = 60
MOST_FAILURES: Final = 30
_MOST_KEYS: Final = 10_000


class TooManyFailures(InvalidClient):
    """The same answer as any failed authentication, with a status that says to slow down."""

    status = 429


@dataclass
class _Failures:
    since: int
    count: int


class FailureThrottle:
    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def check(self, key: str, *, now: int) -> None:
        """Raises TooManyFailures while the window is full."""
        failures = self._failures.get(key)
        if failures is None or now - failures.since >= WINDOW_SECONDS:
            return
        if failures.count >= MOST_FAILURES:
            raise TooManyFailures("client authentication failed", private_detail="throttled")

    def note(self, key: str, *, now: int) -> None:
        failures = self._failures.get(key)
        if failures is None or now - failures.since >= WINDOW_SECONDS:
            self._failures[key] = _Failures(now, 1)
        else:
            failures.count += 1
        self._failures.move_to_end(key)
        if len(self._failures) > _MOST_KEYS:
            self._failures.popitem(last=False)
