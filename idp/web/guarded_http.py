"""The one client for everything that leaves the house: sources, registers, SMS, back-channel logout.

Guards scheme, address, size, time, redirects and concurrency, and breaks the circuit of a failing target.
Built on the connection pool itself, so there is no proxy, cookie, redirect or decompression to switch off.
"""

import base64
import json
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import anyio
import httpcore2

from idp.web.circuit_breaker import CircuitBreaker
from idp.web.outgoing_addresses import AddressRefused, CheckedAddresses, Resolver, resolve
from idp.web.strict_json import parse_json

MAXIMUM_BODY_BYTES: Final = 64 * 1024
DEADLINE_SECONDS: Final = 3.0
CONCURRENT_REQUESTS_PER_TARGET: Final = 16
# A caller that gave up after this long says as much about the target as our own deadline does.
_TELLING_SECONDS: Final = 1.5
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
# Shorter than the keep-alive of common servers: no connection is reused while its server closes it.
_IDLE_SECONDS: Final = 3.0


class OutgoingRequestFailed(Exception):
    """No usable answer. `reason` is an enum-like word; neither the address nor the answer is in it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TargetRefused(OutgoingRequestFailed):
    """Our own guard said no: scheme, credentials in the address, or an address that is not public."""


class TargetUnavailable(OutgoingRequestFailed):
    """Not reached, too slow, or left alone because it kept failing."""


class AnswerUnusable(OutgoingRequestFailed):
    """It answered, but with something that we do not read: too large, compressed, not JSON."""


@dataclass(frozen=True)
class Answer:
    """`body` is untrusted and never shown; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as strict JSON. Raises AnswerUnusable."""
        try:
            return parse_json(self.body)
        except ValueError as error:
            raise AnswerUnusable("not_json") from error


@dataclass
class _Target:
    breaker: CircuitBreaker
    places: anyio.Semaphore


class GuardedHttp:
    """One per worker. `clock` counts seconds (any origin) and is used for the breakers alone."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        allow_list: Iterable[str] = (),
        deadline: float = DEADLINE_SECONDS,
        resolver: Resolver = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._clock = clock
        self._deadline = deadline
        self._addresses = CheckedAddresses(allow_list, resolver=resolver)
        self._targets: dict[str, _Target] = {}
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context or ssl.create_default_context(),
            network_backend=self._addresses,
            max_connections=None,
            keepalive_expiry=_IDLE_SECONDS,
        )

    async def get_json(self, url: str, *, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON of a 200 answer. Raises OutgoingRequestFailed."""
        answer = await self.request("GET", url, headers={"accept": "application/json", **(headers or {})})
        if answer.status != 200:
            raise AnswerUnusable(f"status_{answer.status}")
        return answer.json()

    async def post_json(self, url: str, document: Any, *, headers: Mapping[str, str] | None = None) -> Answer:
        sent = {"content-type": "application/json", "accept": "application/json", **(headers or {})}
        return await self.request("POST", url, headers=sent, content=json.dumps(document).encode())

    async def post_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Answer:
        sent = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
        return await self.request("POST", url, headers=sent, content=urlencode(form).encode())

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        deadline: float | None = None,
    ) -> Answer:
        """One request, one answer, whatever its status. A redirect is an answer like any other.

        Raises TargetRefused, TargetUnavailable, AnswerUnusable. Server errors (5xx) count against the target.
        """
        target = self._target(self._checked_target(url))
        if not target.breaker.admit():
            raise TargetUnavailable("circuit_open")
        started_at = self._clock()
        try:
            with anyio.fail_after(self._deadline if deadline is None else deadline):
                async with target.places:
                    answer = await self._exchange(method, url, headers or {}, content)
        except (AddressRefused, AnswerUnusable) as error:
            target.breaker.abandoned()
            raise error if isinstance(error, AnswerUnusable) else TargetRefused("address") from error
        except (TimeoutError, httpcore2.TimeoutException) as error:
            target.breaker.failed()
            raise TargetUnavailable("too_slow") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            target.breaker.failed()
            raise TargetUnavailable("not_reached") from error
        except BaseException:
            if self._clock() - started_at < _TELLING_SECONDS:
                target.breaker.abandoned()
            else:
                target.breaker.failed()
            raise
        if answer.status >= 500:
            target.breaker.failed()
        else:
            target.breaker.succeeded()
        return answer

    def is_failing(self, url: str) -> bool:
        """Whether the circuit to this URL's target is open: requests would be refused at once."""
        found = self._targets.get(_target_name(url))
        return found is not None and found.breaker.is_open

    async def aclose(self) -> None:
        await self._pool.aclose()

    def _checked_target(self, url: str) -> str:
        try:
            parts = urlsplit(url)
            port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise TargetRefused("malformed_url") from error
        if not parts.hostname or not port or not url.isascii() or any(c <= " " for c in url):
            raise TargetRefused("malformed_url")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise TargetRefused("malformed_url")
        if parts.scheme != "https" and not self._addresses.is_allow_listed(parts.hostname, port):
            raise TargetRefused("scheme")
        return _target_name(url)

    def _target(self, name: str) -> _Target:
        if name not in self._targets:
            places = anyio.Semaphore(CONCURRENT_REQUESTS_PER_TARGET)
            self._targets[name] = _Target(CircuitBreaker(clock=self._clock), places)
        return self._targets[name]

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        sent = {"user-agent": "motcua", "accept-encoding": "identity", **headers}
        async with self._pool.stream(method, url, headers=list(sent.items()), content=content or None) as response:
            received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            if received.get("content-encoding", "identity") != "identity":
                raise AnswerUnusable("compressed")
            body = bytearray()
            async for chunk in response.aiter_stream():
                body += chunk
                if len(body) > MAXIMUM_BODY_BYTES:
                    raise AnswerUnusable("too_large")
            return Answer(response.status, received, bytes(body))


def client_secret_basic(client_id: str, client_secret: str) -> str:
    """The Authorization header at a token endpoint: both parts form-encoded first (RFC 6749 §2.3.1)."""
    return basic_authorization(quote_plus(client_id), quote_plus(client_secret))


def basic_authorization(user: str, password: str) -> str:
    """The Authorization header of HTTP Basic, both parts as they are (RFC 7617 §2)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _target_name(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or _DEFAULT_PORTS.get(parts.scheme)}"
