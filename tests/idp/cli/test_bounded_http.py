"""The two limits of the HTTP server, over real sockets: the size of a head, the time of a request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from idp.commands import bounded_http
from idp.commands.bounded_http import MAXIMUM_HEAD_BYTES, BoundedHttpProtocol


async def _echo(scope, receive, send):  # type: ignore[no-untyped-def]  # the smallest ASGI application
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def _server() -> AsyncIterator[int]:
    config = uvicorn.Config(
        _echo, host="127.0.0.1", port=0, http=BoundedHttpProtocol, lifespan="off", log_level="error"
    )
    server = uvicorn.Server(config)
    server.config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await server.shutdown()


async def _exchange(port: int, *pieces: bytes) -> bytes:
    """Everything the server says until it closes; a piece it no longer wants is not an error."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def _request(*headers: bytes, body: bytes = b"") -> bytes:
    lines = [b"POST / HTTP/1.1", b"host: a", b"connection: close", b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def test_answers_an_ordinary_request_and_a_body_larger_than_a_head() -> None:
    body = b"x" * (2 * MAXIMUM_HEAD_BYTES)
    async with _server() as port:
        answer = await _exchange(port, _request(body=body))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(body)


async def test_answers_several_requests_on_one_connection() -> None:
    keep = b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * (MAXIMUM_HEAD_BYTES // 2) + b"\r\n\r\n"
    async with _server() as port:
        answer = await _exchange(port, keep, keep, keep, _request())
    assert answer.count(b"HTTP/1.1 200 ") == 4


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([b"x: " + b"y" * MAXIMUM_HEAD_BYTES], id="one long header"),
        pytest.param([b"x%d: y" % n + b"z" * 1000 for n in range(40)], id="many headers"),
    ],
)
async def test_refuses_a_head_that_is_too_large(headers: list[bytes]) -> None:
    async with _server() as port:
        answer = await _exchange(port, _request(*headers))
    assert not answer.startswith(b"HTTP/1.1 200 ")


async def test_cuts_a_header_that_never_ends() -> None:
    async with _server() as port:
        endless = [b"GET / HTTP/1.1\r\nhost: a\r\nx: ", *[b"y" * 4096] * 64]
        answer = await _exchange(port, *endless)
    assert not answer or answer.startswith(b"HTTP/1.1 400 ")


async def test_refuses_a_long_address() -> None:
    async with _server() as port:
        answer = await _exchange(port, b"GET /" + b"a" * MAXIMUM_HEAD_BYTES + b" HTTP/1.1\r\nhost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"", id="nothing at all"),
        pytest.param(b"GET / HTTP/1.1\r\nhost:", id="half a head"),
        pytest.param(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n123", id="half a body"),
    ],
)
async def test_closes_a_connection_whose_request_does_not_arrive(
    beginning: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_http, "REQUEST_SECONDS", 0.2)
    async with _server() as port:
        answer = await asyncio.wait_for(_exchange(port, beginning), 10)
    assert not answer.startswith(b"HTTP/1.1 200 ")
