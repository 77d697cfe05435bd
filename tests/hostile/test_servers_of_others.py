"""What answers at somebody else's address may be slow, endless, huge or no HTTP at all: it costs us a bounded bit."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import httpcore2
import pytest

from idp.web.guarded_http import (
    MAXIMUM_BODY_BYTES,
    AnswerUnusable,
    GuardedHttp,
    OutgoingRequestFailed,
    TargetRefused,
    TargetUnavailable,
)

_DEADLINE = 0.5
_OK = b"HTTP/1.1 200 OK\r\n"

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def _endless_body(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"content-type: application/json\r\n\r\n")
    while True:
        writer.write(b"[" * 4096)
        await writer.drain()


async def _endless_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"transfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + b"[" * 4096 + b"\r\n")
        await writer.drain()


async def _endless_chunk_extension(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"transfer-encoding: chunked\r\n\r\n1;")
    while True:
        writer.write(b"x" * 4096)
        await writer.drain()


async def _endless_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK)
    number = 0
    while True:
        number += 1
        writer.write(b"x-%d: %s\r\n" % (number, b"y" * 200))
        await writer.drain()


async def _one_huge_header(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"x: ")
    while True:
        writer.write(b"y" * 4096)
        await writer.drain()


async def _endless_status_line(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 ")
    while True:
        writer.write(b"O" * 4096)
        await writer.drain()


async def _for_ever_continuing(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 64)
        await writer.drain()
        # A machine's whole core must not be theirs for the deadline either; what they send is read as it comes.
        await asyncio.sleep(0)


async def _silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _silent_after_the_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"content-length: 2\r\n\r\n")
    await asyncio.Event().wait()


async def _half_a_header(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"content-ty")
    await writer.drain()
    await asyncio.Event().wait()


async def _a_promise_of_gigabytes(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"content-length: 9999999999\r\n\r\n" + b"x" * (MAXIMUM_BODY_BYTES + 1))
    await writer.drain()
    await asyncio.Event().wait()


def _says(answer: bytes) -> Behaviour:
    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return say


_BOMB = gzip.compress(b"[" * 50_000_000)


@pytest.fixture
async def place() -> AsyncIterator[Callable[[Behaviour], Awaitable[str]]]:
    """Where a server of that behaviour listens."""
    servers: list[asyncio.Server] = []
    talks: set[asyncio.Task[None]] = set()

    async def listen(behave: Behaviour) -> str:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            with suppress(ConnectionError, asyncio.CancelledError):
                await reader.readuntil(b"\r\n\r\n")
                await behave(writer)
            writer.transport.abort()

        listener = socket.create_server(("127.0.0.1", 0))
        server = await asyncio.start_server(talk, sock=listener)
        servers.append(server)
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield listen
    for task in talks:
        task.cancel()
    await asyncio.gather(*talks, return_exceptions=True)
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("behave", "refusal", "reason"),
    [
        pytest.param(_endless_body, AnswerUnusable, "too_large", id="a body without end"),
        pytest.param(_endless_chunks, AnswerUnusable, "too_large", id="chunks without end"),
        pytest.param(_a_promise_of_gigabytes, AnswerUnusable, "too_large", id="a promise of gigabytes"),
        pytest.param(_endless_chunk_extension, OutgoingRequestFailed, None, id="an extension of a chunk without end"),
        pytest.param(_endless_headers, TargetUnavailable, "not_reached", id="headers without end"),
        pytest.param(_one_huge_header, TargetUnavailable, "not_reached", id="a header without end"),
        pytest.param(_endless_status_line, TargetUnavailable, "not_reached", id="a status without end"),
        pytest.param(_for_ever_continuing, TargetUnavailable, None, id="continuing for ever"),
        pytest.param(_silent, TargetUnavailable, "too_slow", id="silence"),
        pytest.param(_silent_after_the_headers, TargetUnavailable, "too_slow", id="silence after the headers"),
        pytest.param(_half_a_header, TargetUnavailable, "too_slow", id="half a header"),
        pytest.param(_says(b""), TargetUnavailable, "not_reached", id="nothing"),
        pytest.param(_says(b"\x16\x03\x01\x02\x00" * 9), TargetUnavailable, "not_reached", id="another protocol"),
        pytest.param(_says(b"SSH-2.0-OpenSSH\r\n"), TargetUnavailable, "not_reached", id="a banner"),
        pytest.param(_says(b"HTTP/1.1 999999 OK\r\n\r\n{}"), TargetUnavailable, "not_reached", id="an odd status"),
        pytest.param(
            _says(_OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
            TargetUnavailable,
            "not_reached",
            id="two lengths",
        ),
        pytest.param(
            _says(_OK + b"content-length: -1\r\n\r\n{}"), TargetUnavailable, "not_reached", id="a length below zero"
        ),
        pytest.param(
            _says(_OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}"),
            TargetUnavailable,
            "not_reached",
            id="a chunk of no length",
        ),
        pytest.param(_says(_OK + b"content-length: 9\r\n\r\n{}"), TargetUnavailable, "not_reached", id="half a body"),
        pytest.param(
            _says(_OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(_BOMB) + _BOMB),
            AnswerUnusable,
            "compressed",
            id="a compressed bomb",
        ),
        pytest.param(
            _says(_OK + b"content-encoding: GZIP, deflate\r\n\r\n" + _BOMB), AnswerUnusable, "compressed", id="twice"
        ),
        pytest.param(
            _says(_OK + b"content-length: %d\r\n\r\n" % len(_BOMB) + _BOMB), AnswerUnusable, "not_json", id="unsaid"
        ),
        pytest.param(
            _says(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"),
            AnswerUnusable,
            "status_302",
            id="a redirect inside",
        ),
        pytest.param(
            _says(_OK + b"refresh: 0; url=http://127.0.0.1:1/\r\ncontent-length: 2\r\n\r\n[}"),
            AnswerUnusable,
            "not_json",
            id="no JSON",
        ),
    ],
)
async def test_costs_a_bounded_bit_and_is_a_word(
    place: Callable[[Behaviour], Awaitable[str]],
    behave: Behaviour,
    refusal: type[OutgoingRequestFailed],
    reason: str | None,
) -> None:
    there = await place(behave)
    http = GuardedHttp(clock=lambda: 0.0, allow_list=(there,), deadline=_DEADLINE)

    with pytest.raises(refusal, match=reason) as refused:
        await http.get_json(f"http://{there}/x")
    await http.aclose()

    assert there not in str(refused.value)


async def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One question a request: the answer that was judged is the one that is used."""
    answers = iter((["203.0.114.1"], ["127.0.0.1"]))
    connected: list[str] = []

    async def resolver(host: str, port: int) -> list[str]:
        return next(answers)

    async def connect_tcp(self: object, host: str, *_: object, **__: object) -> None:
        connected.append(host)
        raise httpcore2.ConnectError("nobody is there")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect_tcp)
    http = GuardedHttp(clock=lambda: 0.0, resolver=resolver)
    with pytest.raises(TargetUnavailable):
        await http.request("GET", "https://rebinding.example/")
    with pytest.raises(TargetRefused, match="address"):
        await http.request("GET", "https://rebinding.example/")
    await http.aclose()

    assert connected == ["203.0.114.1"]
