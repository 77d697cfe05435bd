"""The limit on bodies, announced and chunked."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from idp.web.body_limit import BodyLimit
from idp.web.forms import RequestTooLarge


class Reader:
    """An application that reads the whole body, then answers; it notes how much it was given."""

    def __init__(self, *, answers_first: bool = False) -> None:
        self.taken = 0
        self.called = False
        self._answers_first = answers_first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.called = True
        if self._answers_first:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        more = True
        while more:
            message = await receive()
            self.taken += len(message.get("body", b""))
            more = message.get("more_body", False)
        if not self._answers_first:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


async def answer_of(app: Reader, chunks: list[bytes], *, content_length: bytes | None = None) -> Message:
    incoming: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": index + 1 < len(chunks)}
        for index, chunk in enumerate(chunks)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [] if content_length is None else [(b"content-length", content_length)]
    await BodyLimit(app, limit=100)({"type": "http", "method": "POST", "headers": headers}, receive, send)
    return sent[0]


async def test_lets_a_body_of_exactly_the_limit_through() -> None:
    app = Reader()

    answer = await answer_of(app, [b"x" * 60, b"x" * 40], content_length=b"100")

    assert (answer["status"], app.taken) == (200, 100)


@pytest.mark.parametrize("announced", [b"101", b"9" * 30, b"-1", b"1e9", b""])
async def test_refuses_an_announced_excess_before_the_application_runs(announced: bytes) -> None:
    app = Reader()

    answer = await answer_of(app, [b"x"], content_length=announced)

    assert (answer["status"], app.called) == (413, False)
    assert (b"connection", b"close") in answer["headers"]


async def test_refuses_a_chunked_excess_at_the_chunk_that_exceeds() -> None:
    app = Reader()

    answer = await answer_of(app, [b"x" * 60, b"x" * 60, b"x" * 60])

    assert (answer["status"], app.taken) == (413, 60)


async def test_a_body_longer_than_announced_is_counted_not_believed() -> None:
    answer = await answer_of(Reader(), [b"x" * 150], content_length=b"10")

    assert answer["status"] == 413


async def test_breaks_off_where_the_answer_had_begun() -> None:
    with pytest.raises(RequestTooLarge):
        await answer_of(Reader(answers_first=True), [b"x" * 101])
