"""The only place of the core that talks to the network: discovery, keys, token and UserInfo endpoint.

Owns time-outs, size caps and caches. Follows no redirect and believes nothing: every answer goes through a pure check.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock

import httpx2

from relying_party_sdk.client_authentication import ClientProof
from relying_party_sdk.compact import CompactRefused, parse_object
from relying_party_sdk.errors import (
    ClientRefused,
    ProviderMetadataInvalid,
    ProviderUnavailable,
    TokenAnswerInvalid,
    TokenRefused,
    UserInfoInvalid,
)
from relying_party_sdk.jwks import PublishedKey, published_keys
from relying_party_sdk.metadata import ProviderMetadata, check_metadata, discovery_url

TIMEOUT = httpx2.Timeout(5.0, connect=3.0)
WHOLE_ANSWER_SECONDS = 10.0
MAX_DOCUMENT = 256 * 1024
MAX_ANSWER = 64 * 1024
USUAL_LIFETIME = 3600
SHORTEST_LIFETIME, LONGEST_LIFETIME = 60, 24 * 3600
# While the provider is down, what is known serves on, and one request a minute asks again.
STALE_GRACE = 24 * 3600
RETRY_SECONDS = 60
KEY_REFETCH_SECONDS = 60

Clock = Callable[[], int]


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, read whole and no larger than allowed."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class _CachedMetadata:
    value: ProviderMetadata
    fresh_until: int
    stale_until: int


@dataclass(frozen=True)
class _CachedKeys:
    value: Sequence[PublishedKey]
    fetched_at: int
    fresh_until: int
    stale_until: int


class ProviderClient:
    """One provider, seen from one service. Safe to share between threads."""

    def __init__(self, issuer: str, *, algorithm: str, http: httpx2.Client | None, clock: Clock) -> None:
        self._issuer = issuer
        self._algorithm = algorithm
        self._http = http if http is not None else httpx2.Client(timeout=TIMEOUT)
        self._owns_http = http is None
        self._clock = clock
        self._lock = RLock()
        self._metadata: _CachedMetadata | None = None
        self._keys: _CachedKeys | None = None

    def close(self) -> None:
        """Close the connections, unless they were handed in."""
        if self._owns_http:
            self._http.close()

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
            value = check_metadata(document, issuer=self._issuer, algorithm=self._algorithm)
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

        The limit keeps forged tokens from turning a service into a flood of requests.
        """
        with self._lock:
            cached, now = self._keys, self._clock()
            if cached is not None and now < cached.fetched_at + KEY_REFETCH_SECONDS:
                return None
            return self._fetch_keys(now)

    def request_tokens(self, parameters: Mapping[str, str], proof: ClientProof) -> Mapping[str, object]:
        """The token endpoint's answer to one grant (RFC 6749 §5)."""
        answer = self._send(
            "POST",
            self.metadata().token_endpoint,
            headers={"Accept": "application/json", **proof.headers},
            form={**parameters, **proof.parameters},
            limit=MAX_ANSWER,
        )
        if answer.status != 200:
            raise _token_refusal(answer)
        try:
            return parse_object(answer.body, "not_json")
        except CompactRefused as error:
            raise TokenAnswerInvalid("the answer is not a JSON object") from error

    def request_userinfo(self, endpoint: str, access_token: str) -> Answer:
        """The UserInfo answer, unverified (OpenID Connect Core §5.3.1)."""
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json, application/jwt"}
        answer = self._send("GET", endpoint, headers=headers, limit=MAX_ANSWER)
        if answer.status != 200:
            raise UserInfoInvalid("refused", f"HTTP {answer.status}")
        return answer

    def _fetch_keys(self, now: int) -> Sequence[PublishedKey]:
        answer = self._document(self.metadata().jwks_uri)
        keys = published_keys(_object(answer))
        if not keys:
            raise ProviderMetadataInvalid("the key set holds no usable signing key")
        fresh_until = now + lifetime(answer.headers.get("cache-control", ""))
        self._keys = _CachedKeys(keys, now, fresh_until, fresh_until + STALE_GRACE)
        return keys

    def _document(self, url: str) -> Answer:
        answer = self._send("GET", url, headers={"Accept": "application/json"}, limit=MAX_DOCUMENT)
        if answer.status != 200:
            raise ProviderUnavailable(f"HTTP {answer.status} for {url}")
        return answer

    def _send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        limit: int,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        deadline = time.monotonic() + WHOLE_ANSWER_SECONDS
        # Uncompressed, so that the size seen is the size sent.
        plain = {**headers, "Accept-Encoding": "identity"}
        body = bytearray()
        try:
            with self._http.stream(
                method, url, headers=plain, data=form, follow_redirects=False, timeout=TIMEOUT
            ) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > limit:
                        raise ProviderUnavailable(f"the answer is larger than {limit} bytes")
                    if time.monotonic() > deadline:
                        raise ProviderUnavailable("the answer took too long")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ProviderUnavailable(type(error).__name__) from error
        if response.status_code >= 500:
            raise ProviderUnavailable(f"HTTP {response.status_code}")
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(body))


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


def _token_refusal(answer: Answer) -> TokenRefused | ClientRefused:
    """The error of RFC 6749 §5.2; its description is foreign text and stays out of our log."""
    try:
        error = parse_object(answer.body, "not_json").get("error")
    except CompactRefused:
        error = None
    if error == "invalid_client" or (error is None and answer.status == 401):
        return ClientRefused()
    known = ("invalid_grant", "invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type")
    return TokenRefused(error if isinstance(error, str) and error in known else f"HTTP {answer.status}")
