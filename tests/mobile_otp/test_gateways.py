"""Both gateways against real HTTP servers on the loopback, well-behaved and otherwise."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from mobile_otp.gateways import GatewayRefused, GatewayUnavailable, SmsGateway
from mobile_otp.http_gateway import HttpSmsGateway
from mobile_otp.kannel_gateway import KannelGateway

TO = "+84530000001"


@dataclass
class Outside:
    """What arrived at the far end, and what it answers."""

    url: str = ""
    status: int = 202
    answer: bytes = b'{"id": "m-1"}'
    silent: threading.Event | None = None
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def outside() -> Iterator[Outside]:
    seen = Outside()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if seen.silent is not None:
                seen.silent.wait(10)
                return
            self.send_response(seen.status)
            if seen.status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(seen.answer)))
            self.end_headers()
            self.wfile.write(seen.answer)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    seen.url = f"http://127.0.0.1:{server.server_port}/send"
    yield seen
    if seen.silent is not None:
        seen.silent.set()
    server.shutdown()
    server.server_close()
    thread.join()


PATIENT, QUICK = httpx2.Timeout(10), httpx2.Timeout(0.2)


def http_gateway(client: httpx2.AsyncClient, url: str, timeout: httpx2.Timeout = PATIENT) -> SmsGateway:
    return HttpSmsGateway(client, url, credential="s3cret-credential", timeout=timeout)


def kannel_gateway(client: httpx2.AsyncClient, url: str, timeout: httpx2.Timeout = PATIENT) -> SmsGateway:
    return KannelGateway(client, url, username="motcua", password="s3cret-credential", sender="DNVN", timeout=timeout)


BOTH = pytest.mark.parametrize("make", [http_gateway, kannel_gateway])
MakeGateway = Callable[..., SmsGateway]


async def test_the_http_gateway_posts_the_message_and_gives_its_id(outside: Outside) -> None:
    async with httpx2.AsyncClient() as client:
        message_id = await http_gateway(client, outside.url).send(TO, "DNVN: mã 482915", idempotency_key="k-1")

    path, headers, body = outside.requests[0]
    assert message_id == "m-1"
    assert path == "/send"
    assert headers["authorization"] == "Bearer s3cret-credential"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {"to": TO, "text": "DNVN: mã 482915", "idempotency_key": "k-1"}


@pytest.mark.parametrize("answer", [b"", b"[]", b"sent", b'{"id": 5}', b"\xff", b'{"id": "' + b"a" * 5000 + b'"}'])
async def test_an_accepted_message_with_a_senseless_answer_is_still_sent(outside: Outside, answer: bytes) -> None:
    outside.answer = answer

    async with httpx2.AsyncClient() as client:
        assert await http_gateway(client, outside.url).send(TO, "text", idempotency_key="k") == ""


@pytest.mark.parametrize(
    ("text", "coding"), [("DNVN: 482915 la ma", "0"), ("gia 5€ {a}", "0"), ("DNVN: 482915 là mã xác thực", "2")]
)
async def test_kannel_gets_credentials_and_number_in_headers_and_the_coding_the_text_needs(
    outside: Outside, text: str, coding: str
) -> None:
    outside.answer = b"0: Accepted for delivery"

    async with httpx2.AsyncClient() as client:
        await kannel_gateway(client, outside.url).send(TO, text, idempotency_key="k")

    path, headers, body = outside.requests[0]
    assert path == "/send"
    assert headers["x-kannel-username"] == "motcua"
    assert headers["x-kannel-password"] == "s3cret-credential"
    assert headers["x-kannel-from"] == "DNVN"
    assert headers["x-kannel-to"] == TO
    assert headers["x-kannel-coding"] == coding
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert body.decode() == text


@pytest.mark.parametrize("to", ["0530000001", "+84530000001\r\nX-Kannel-From: EVIL", "+84530000001 +1900", ""])
async def test_kannel_is_never_given_anything_but_one_e164_number(outside: Outside, to: str) -> None:
    async with httpx2.AsyncClient() as client:
        with pytest.raises(ValueError, match=r"E\.164"):
            await kannel_gateway(client, outside.url).send(to, "text", idempotency_key="k")

    assert outside.requests == []


@BOTH
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, GatewayUnavailable),
        (503, GatewayUnavailable),
        (429, GatewayUnavailable),
        (400, GatewayRefused),
        (401, GatewayRefused),
        (403, GatewayRefused),
        (200, GatewayRefused),
        (302, GatewayRefused),
    ],
)
async def test_a_status_says_whether_another_try_makes_sense(
    outside: Outside, make: MakeGateway, status: int, error: type[Exception]
) -> None:
    outside.status = status
    outside.answer = f"{TO} 482915".encode()

    async with httpx2.AsyncClient() as client:
        gateway = make(client, outside.url)
        with pytest.raises(error) as caught:
            await gateway.send(TO, "482915", idempotency_key="k")

    assert str(caught.value) == f"status {status}"
    assert len(outside.requests) == 1


@BOTH
async def test_a_gateway_that_never_answers_is_given_up(outside: Outside, make: MakeGateway) -> None:
    outside.silent = threading.Event()

    async with httpx2.AsyncClient() as client:
        with pytest.raises(GatewayUnavailable, match="ReadTimeout") as caught:
            await make(client, outside.url, QUICK).send(TO, "482915", idempotency_key="k")

    # The cause would carry the request, and the request the number and the text.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@BOTH
async def test_a_gateway_that_is_not_there_is_unavailable(make: MakeGateway) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/send"
        async with httpx2.AsyncClient() as client:
            with pytest.raises(GatewayUnavailable, match="ConnectError"):
                await make(client, url).send(TO, "482915", idempotency_key="k")


@BOTH
async def test_a_gateway_does_not_show_its_credential(make: MakeGateway) -> None:
    async with httpx2.AsyncClient() as client:
        assert "s3cret" not in repr(make(client, "http://127.0.0.1/send"))
