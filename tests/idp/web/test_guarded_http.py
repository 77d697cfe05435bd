"""The guarded client against a real server: what it refuses, what it survives, when it stops asking."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import anyio.to_thread
import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from idp.web.circuit_breaker import OPEN_SECONDS
from idp.web.guarded_http import (
    CONCURRENT_REQUESTS_PER_TARGET,
    AnswerUnusable,
    GuardedHttp,
    TargetRefused,
    TargetUnavailable,
    basic_authorization,
    client_secret_basic,
)
from idp.web.guarded_transport import guarded_client
from tests.support.http_server import served


class Target:
    """Answers by path; counts what reached it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes, dict[str, str]]] = []
        self.status = 200
        self.full = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.seen.append((scope["path"], body, headers))
        if len(self.seen) >= CONCURRENT_REQUESTS_PER_TARGET:
            self.full.set()
        answers: dict[str, tuple[int, dict[str, str], bytes]] = {
            "/json": (200, {"content-type": "application/json"}, b'{"a": 1}'),
            "/twice": (200, {}, b'{"a": 1, "a": 2}'),
            "/nan": (200, {}, b'{"a": NaN}'),
            "/deep": (200, {}, b"[" * 30_000 + b"]" * 30_000),
            "/latin": (200, {}, b'"\xe9"'),
            "/large": (200, {}, b"x" * 70_000),
            "/gzip": (200, {"content-encoding": "gzip"}, b"\x1f\x8b"),
            "/redirect": (302, {"location": "/json"}, b""),
            "/status": (self.status, {}, b"{}"),
        }
        if scope["path"] == "/slow":
            await asyncio.Event().wait()
        status, sent, content = answers[scope["path"]]
        raw = [(name.encode(), value.encode()) for name, value in sent.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": content})


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Target, str]]:
    target = Target()
    with served(target) as url:
        yield target, url


@pytest.fixture
def url(running: tuple[Target, str]) -> str:
    return running[1]


@pytest.fixture
def target(running: tuple[Target, str]) -> Target:
    running[0].seen.clear()
    running[0].status = 200
    running[0].full.clear()
    return running[0]


@asynccontextmanager
async def client(url: str, *, clock: Clock | None = None, deadline: float = 3.0) -> AsyncIterator[GuardedHttp]:
    http = GuardedHttp(clock=clock or Clock(), allow_list=(urlsplit(url).netloc,), deadline=deadline)
    try:
        yield http
    finally:
        await http.aclose()


async def test_reaches_an_allow_listed_target(url: str, target: Target) -> None:
    async with client(url) as http:
        assert await http.get_json(f"{url}/json") == {"a": 1}


async def test_sends_json_and_forms_as_they_are_meant(url: str, target: Target) -> None:
    async with client(url) as http:
        await http.post_json(f"{url}/json", {"số": 1}, headers={"authorization": "Bearer x"})
        await http.post_form(f"{url}/json", {"a b": "c&d"})

    (_, document, headers), (_, form, _) = target.seen
    assert json.loads(document) == {"số": 1}
    assert headers["authorization"] == "Bearer x"
    assert form == b"a+b=c%26d"


REFUSED_ADDRESSES = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "3fff::1",
    "3fff:fff:ffff::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "168.63.129.16",
    "2002:a83f:8110::",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "fd00:ec2::254",
    "100::1",
    "5f00::1",
    "ff0e::1",
    "127.0.0.1.",
    "0177.0.0.1",
    "not an address",
]


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
async def test_refuses_a_name_that_leads_to_an_address_not_public(address: str) -> None:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return [address]

    http = GuardedHttp(clock=Clock(), resolver=resolver)
    with pytest.raises(TargetRefused, match="address"):
        await http.request("GET", "https://register.example/")
    await http.aclose()


async def test_refuses_a_name_with_one_private_address_among_public_ones() -> None:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["203.0.114.1", "10.0.0.1"]

    http = GuardedHttp(clock=Clock(), resolver=resolver)
    with pytest.raises(TargetRefused, match="address"):
        await http.request("GET", "https://register.example/")
    await http.aclose()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0"],
)
async def test_refuses_every_spelling_of_this_machine(host: str) -> None:
    http = GuardedHttp(clock=Clock())
    with pytest.raises(TargetRefused, match="address"):
        await http.request("GET", f"https://{host}:9/")
    await http.aclose()


async def test_connects_to_the_address_it_checked_and_asks_only_once() -> None:
    asked: list[str] = []

    async def resolver(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["10.0.0.1"] if len(asked) == 1 else ["127.0.0.1"]

    http = GuardedHttp(clock=Clock(), resolver=resolver)
    with pytest.raises(TargetRefused):
        await http.request("GET", "https://rebinding.example/")
    await http.aclose()
    assert asked == ["rebinding.example"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://register.example/", "scheme"),
        ("ftp://register.example/", "malformed_url"),
        ("file:///etc/passwd", "malformed_url"),
        ("//register.example/", "malformed_url"),
        ("https://user:secret@register.example/", "malformed_url"),
        ("https://register.example/#fragment", "malformed_url"),
        ("https://register.example:99999/", "malformed_url"),
        ("https://register.example/\r\nX: y", "malformed_url"),
        ("https://régister.example/", "malformed_url"),
        ("https://", "malformed_url"),
    ],
)
async def test_refuses_an_address_of_another_shape(address: str, reason: str) -> None:
    http = GuardedHttp(clock=Clock())
    with pytest.raises(TargetRefused, match=reason):
        await http.request("GET", address)
    await http.aclose()


async def test_the_allow_list_names_host_and_port(url: str, target: Target) -> None:
    http = GuardedHttp(clock=Clock(), allow_list=("127.0.0.1:1",))
    with pytest.raises(TargetRefused, match="scheme"):
        await http.request("GET", f"{url}/json")
    await http.aclose()
    assert target.seen == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/large", "too_large"), ("/gzip", "compressed")],
)
async def test_gives_up_on_an_answer_it_will_not_hold(url: str, target: Target, path: str, reason: str) -> None:
    async with client(url) as http:
        with pytest.raises(AnswerUnusable, match=reason):
            await http.request("GET", f"{url}{path}")


@pytest.mark.parametrize("path", ["/twice", "/nan", "/deep", "/latin"])
async def test_reads_json_in_one_way_only(url: str, target: Target, path: str) -> None:
    async with client(url) as http:
        with pytest.raises(AnswerUnusable, match="not_json"):
            await http.get_json(f"{url}{path}")


async def test_does_not_follow_a_redirect(url: str, target: Target) -> None:
    async with client(url) as http:
        answer = await http.request("GET", f"{url}/redirect")

    assert answer.status == 302
    assert [path for path, _, _ in target.seen] == ["/redirect"]


async def test_uses_no_proxy_of_the_environment(url: str, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with client(url) as http:
        assert (await http.request("GET", f"{url}/json")).status == 200


async def test_ends_a_slow_exchange_at_the_deadline(url: str, target: Target) -> None:
    async with client(url, deadline=0.05) as http:
        with pytest.raises(TargetUnavailable, match="too_slow"):
            await http.request("GET", f"{url}/slow")


async def test_stops_asking_a_target_that_failed_three_times(url: str, target: Target) -> None:
    target.status = 503
    async with client(url) as http:
        for _ in range(3):
            await http.request("GET", f"{url}/status")
        with pytest.raises(TargetUnavailable, match="circuit_open"):
            await http.request("GET", f"{url}/status")
        assert http.is_failing(url)
    assert len(target.seen) == 3


async def test_tries_again_with_one_request_and_heals(url: str, target: Target) -> None:
    clock = Clock()
    target.status = 500
    async with client(url, clock=clock) as http:
        for _ in range(3):
            await http.request("GET", f"{url}/status")
        clock.now += OPEN_SECONDS
        await http.request("GET", f"{url}/status")
        assert http.is_failing(url)

        clock.now += OPEN_SECONDS
        target.status = 200
        await http.request("GET", f"{url}/status")
        assert not http.is_failing(url)
    assert OPEN_SECONDS <= 30


async def test_an_error_of_ours_does_not_break_the_circuit(url: str, target: Target) -> None:
    target.status = 401
    async with client(url) as http:
        for _ in range(6):
            await http.request("GET", f"{url}/status")
        assert not http.is_failing(url)


async def test_one_target_failing_leaves_the_others_alone(url: str, target: Target) -> None:
    dead = "http://127.0.0.1:1"
    http = GuardedHttp(clock=Clock(), allow_list=("127.0.0.1:1", urlsplit(url).netloc))
    for _ in range(3):
        with pytest.raises(TargetUnavailable, match="not_reached"):
            await http.request("GET", dead)
    assert http.is_failing(dead)
    assert (await http.request("GET", f"{url}/json")).status == 200
    await http.aclose()


async def test_a_citizen_who_leaves_does_not_keep_the_circuit_half_open(url: str, target: Target) -> None:
    clock = Clock()
    target.status = 500
    async with client(url, clock=clock) as http:
        for _ in range(3):
            await http.request("GET", f"{url}/status")
        clock.now += OPEN_SECONDS
        trying = asyncio.ensure_future(http.request("GET", f"{url}/slow"))
        await asyncio.sleep(0)
        trying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trying
        assert not http.is_failing(url)


async def test_a_caller_who_gave_up_late_counts_against_the_target(url: str, target: Target) -> None:
    clock = Clock()
    async with client(url, clock=clock) as http:
        for _ in range(3):
            asking = asyncio.ensure_future(http.request("GET", f"{url}/slow"))
            await asyncio.sleep(0)
            clock.now += 2.0
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        assert http.is_failing(url)


async def test_a_slow_target_holds_a_bounded_number_of_requests(url: str, target: Target) -> None:
    async with client(url, deadline=60.0) as http:
        asking = [asyncio.ensure_future(http.request("GET", f"{url}/slow")) for _ in range(40)]
        await anyio.to_thread.run_sync(target.full.wait)
        assert len(target.seen) == CONCURRENT_REQUESTS_PER_TARGET
        for request in asking:
            request.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def test_serves_parts_that_take_an_httpx2_client(url: str, target: Target) -> None:
    async with client(url) as http, guarded_client(http) as httpx:
        answer = await httpx.post(f"{url}/json", json={"to": "x"}, headers={"Authorization": "Bearer y"})
        assert answer.json() == {"a": 1}
        with pytest.raises(httpx2.ConnectError):
            await httpx.get("http://169.254.169.254/")
    assert target.seen[0][2]["authorization"] == "Bearer y"


def test_client_credentials_are_form_encoded_before_base64() -> None:
    assert client_secret_basic("a:b", "c d") == "Basic YSUzQWI6Yytk"
    assert basic_authorization("a", "c d") == "Basic YTpjIGQ="
