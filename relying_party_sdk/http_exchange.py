"""One HTTP request and its whole answer, within a time and a size. Knows nothing of OAuth.

Follows no redirect and asks for no compression, so that the size seen is the size sent.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from relying_party_sdk.errors import ProviderUnavailable

TIMEOUT = httpx2.Timeout(5.0, connect=3.0)
WHOLE_ANSWER_SECONDS = 10.0
# The time is looked at between two pieces of the answer, and the last piece may be waited for.
LONGEST_EXCHANGE_SECONDS = WHOLE_ANSWER_SECONDS + (TIMEOUT.read or 0.0)
MAX_DOCUMENT = 256 * 1024
MAX_ANSWER = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, read whole and no larger than allowed; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class HttpExchange:
    """The connections of one service. Safe to share between threads."""

    def __init__(self, http: httpx2.Client | None = None) -> None:
        self._http = http if http is not None else httpx2.Client(timeout=TIMEOUT)
        self._owned = http is None

    def close(self) -> None:
        """Close the connections, unless they were handed in."""
        if self._owned:
            self._http.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        limit: int = MAX_ANSWER,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """The answer, whatever its status below 500; raises `ProviderUnavailable`."""
        answer = self._read(method, url, headers=headers, limit=limit, form=form, content=content)
        if answer.status >= 500:
            raise ProviderUnavailable(f"HTTP {answer.status}")
        return answer

    def _read(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        limit: int,
        form: Mapping[str, str] | None,
        content: bytes | None,
    ) -> Answer:
        deadline = time.monotonic() + WHOLE_ANSWER_SECONDS
        plain = {**headers, "Accept-Encoding": "identity"}
        body = bytearray()
        try:
            with self._http.stream(
                method, url, headers=plain, data=form, content=content, follow_redirects=False, timeout=TIMEOUT
            ) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > limit:
                        raise ProviderUnavailable(f"the answer is larger than {limit} bytes")
                    if time.monotonic() > deadline:
                        raise ProviderUnavailable("the answer took too long")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ProviderUnavailable(type(error).__name__) from error
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(body))
