"""Short-lived values under random keys: taken once, gone after their time, never more than a fixed number."""

import secrets
from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class ShortLived(Generic[Value]):
    def __init__(self, lifetime: float, *, capacity: int = 10_000) -> None:
        self._lifetime = lifetime
        self._capacity = capacity
        self._entries: OrderedDict[str, tuple[float, Value]] = OrderedDict()

    def put(self, value: Value, *, now: float) -> str:
        """Keep a value; the key has 256 random bits."""
        key = secrets.token_urlsafe(32)
        self._entries[key] = (now + self._lifetime, value)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
        return key

    def get(self, key: str, *, now: float) -> Value | None:
        expires, value = self._entries.get(key, (now, None))
        return value if now < expires else None

    def take(self, key: str, *, now: float) -> Value | None:
        """Read and remove, in one step: the second reader gets nothing."""
        expires, value = self._entries.pop(key, (now, None))
        return value if now < expires else None

    def forget(self, key: str) -> None:
        self._entries.pop(key, None)
