"""What a provider publishes, its metadata and its keys, fetched, checked and kept for a while.

Owns the caches and how long they serve. Believes nothing: every document goes through a pure check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import RLock

from relying_party_sdk.compact import CompactRefused, parse_object
from relying_party_sdk.errors import ProviderMetadataInvalid, ProviderUnavailable
from relying_party_sdk.http_exchange import MAX_DOCUMENT, Answer, HttpExchange
from relying_party_sdk.jwks import PublishedKey, published_keys
from relying_party_sdk.metadata import ProviderMetadata, check_metadata, discovery_url

USUAL_LIFETIME = 3600
SHORTEST_LIFETIME, LONGEST_LIFETIME = 60, 24 * 3600
# While the provider is down, what is known serves on, and one request a minute asks again.
STALE_GRACE = 24 * 3600
RETRY_SECONDS = 60
KEY_REFETCH_SECONDS = 60

Clock = Callable[[], int]
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class _CachedMetadata:
    value: ProviderMetadata
    fresh_until: int
    stale_until: int


@dataclass(frozen=True)
class _CachedKeys:
    value: Sequence[PublishedKey]
    fresh_until: int
    stale_until: int


class ProviderClient:
    """One provider, seen from one service. Safe to share between threads."""

    def __init__(
        self,
        issuer: str,
        *,
        algorithm: str,
        exchange: HttpExchange,
        clock: Clock,
        needed: Mapping[str, str] = _NOTHING,
    ) -> None:
        self._issuer = issuer
        self._algorithm = algorithm
        self._exchange = exchange
        self._needed = needed
        self._clock = clock
        self._lock = RLock()
        self._metadata: _CachedMetadata | None = None
        self._keys: _CachedKeys | None = None
        self._refetch_from = 0

    def metadata(self) -> ProviderMetadata:
        """The checked discovery document, cached for its lifetime; an old one serves while the provider is down."""
        with self._lock:
            cached, now = self._metadata, self._clock()
            if cached is not None and now < cached.fresh_until:
                return cached.value
            try:
                answer = self._document(discovery_url(self._issuer))
            except ProviderUnavailable:
                if cached is None or now >= cached.stale_until:
                    raise
                self._metadata = replace(cached, fresh_until=now + RETRY_SECONDS)
                return cached.value
            document = _object(answer)
            value = check_metadata(document, issuer=self._issuer, algorithm=self._algorithm, needed=self._needed)
            fresh_until = now + lifetime(answer.headers.get("cache-control", ""))
            self._metadata = _CachedMetadata(value, fresh_until, fresh_until + STALE_GRACE)
            return value

    def keys(self) -> Sequence[PublishedKey]:
        """The provider's signing keys, cached for their lifetime."""
        with self._lock:
            cached, now = self._keys, self._clock()
            if cached is not None and now < cached.fresh_until:
                return cached.value
            try:
                return self._fetch_keys(now)
            except ProviderUnavailable:
                if cached is None or now >= cached.stale_until:
                    raise
                self._keys = replace(cached, fresh_until=now + RETRY_SECONDS)
                return cached.value

    def newer_keys(self) -> Sequence[PublishedKey] | None:
        """The keys fetched again because one was unknown; `None` if that was done within the last minute.

        The limit keeps forged tokens from turning a service into a flood of requests. It does not count from the first
        fetch: a provider may rotate right after it.
        """
        with self._lock:
            now = self._clock()
            if now < self._refetch_from:
                return None
            # Before the request: one that fails counts as well.
            self._refetch_from = now + KEY_REFETCH_SECONDS
            return self._fetch_keys(now)

    def _fetch_keys(self, now: int) -> Sequence[PublishedKey]:
        answer = self._document(self.metadata().jwks_uri)
        keys = published_keys(_object(answer))
        if not keys:
            raise ProviderMetadataInvalid("the key set holds no usable signing key")
        fresh_until = now + lifetime(answer.headers.get("cache-control", ""))
        self._keys = _CachedKeys(keys, fresh_until, fresh_until + STALE_GRACE)
        return keys

    def _document(self, url: str) -> Answer:
        answer = self._exchange.send("GET", url, headers={"Accept": "application/json"}, limit=MAX_DOCUMENT)
        if answer.status != 200:
            raise ProviderUnavailable(f"HTTP {answer.status} for {url}")
        return answer


def lifetime(cache_control: str) -> int:
    """Seconds a document stays fresh: what it says, within a minute and a day (RFC 9111 §5.2.2.1)."""
    found = re.search(r"(?:^|[\s,])max-age=(\d{1,9})", cache_control)
    seconds = int(found.group(1)) if found else USUAL_LIFETIME
    return min(max(seconds, SHORTEST_LIFETIME), LONGEST_LIFETIME)


def _object(answer: Answer) -> Mapping[str, object]:
    try:
        return parse_object(answer.body, "not_json")
    except CompactRefused as error:
        raise ProviderMetadataInvalid("the document is not a JSON object") from error
