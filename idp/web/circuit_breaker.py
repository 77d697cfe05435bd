"""A circuit breaker per target: what keeps failing is left alone for a while, then tried by one request.

Counts in this worker only; knows neither HTTP nor what a target is. The clock is handed in.
"""

from collections.abc import Callable

FAILURES_TO_OPEN = 3
OPEN_SECONDS = 15.0


class CircuitBreaker:
    """Closed: everything passes. Open: nothing does. Half-open, after OPEN_SECONDS: one request decides."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether a request would be refused now; asking changes nothing."""
        if self._opened_at is None:
            return False
        return self._trying or self._clock() < self._opened_at + OPEN_SECONDS

    def admit(self) -> bool:
        """Whether this request may go out. Whoever is admitted must report or abandon."""
        if self.is_open:
            return False
        self._trying = self._opened_at is not None
        return True

    def succeeded(self) -> None:
        self._failures = 0
        self._opened_at = None
        self._trying = False

    def failed(self) -> None:
        self._failures += 1
        self._trying = False
        if self._failures >= FAILURES_TO_OPEN:
            self._opened_at = self._clock()

    def abandoned(self) -> None:
        """The request ended without telling anything of the target (the citizen went away)."""
        self._trying = False
