"""Ping mode (CIBA Core 10.2): a client is told that a request was decided, once, and never how."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import Response

from idp.background_turns import deliver_outbox, deliveries_of
from idp.storage.database import Database
from tests.support.elsewhere import APPROVE, REFUSE, Elsewhere, asking_elsewhere
from tests.support.http_server import served
from tests.support.provider import Provider, running_provider

_TOKEN = "notify-" + "0123456789abcdef" * 2


@dataclass
class Receiver:
    """The client's notification endpoint, answering as it is told."""

    answers: list[int] = field(default_factory=list)
    heard: list[tuple[str, str, Any]] = field(default_factory=list)
    address: str = field(default="", init=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        self.heard.append(
            (request.headers["authorization"], request.headers["content-type"], json.loads(await request.body()))
        )
        status = self.answers.pop(0) if self.answers else 204
        headers = {"location": f"{self.address}/elsewhere"} if status in {301, 307} else {}
        await Response(status_code=status, headers=headers)(scope, receive, send)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with served(receiver) as address:
        receiver.address = address
        yield receiver


@pytest.fixture
async def provider(database: Database, receiver: Receiver) -> AsyncIterator[Provider]:
    async with running_provider(database, outbound_allow_list=(urlsplit(receiver.address).netloc,)) as running:
        yield running


@pytest.fixture
async def counter(provider: Provider, receiver: Receiver) -> Elsewhere:
    return await asking_elsewhere(
        provider,
        backchannel_token_delivery_mode="ping",
        backchannel_client_notification_endpoint=f"{receiver.address}/ping",
    )


async def deliver(provider: Provider) -> int:
    return await deliver_outbox(provider.services, deliveries_of(provider.services))


@pytest.mark.parametrize(("button", "answer"), [(APPROVE, None), (REFUSE, "access_denied")])
async def test_a_yes_and_a_no_sound_alike_until_they_are_asked_for(
    provider: Provider, counter: Elsewhere, receiver: Receiver, button: str, answer: str | None
) -> None:
    asked = await counter.asked(client_notification_token=_TOKEN)
    await deliver(provider)
    before = list(receiver.heard)
    await counter.decides(button)
    await deliver(provider)

    assert before == []
    assert receiver.heard == [(f"Bearer {_TOKEN}", "application/json", {"auth_req_id": asked["auth_req_id"]})]
    assert (await counter.poll(asked["auth_req_id"])).json().get("error") == answer


@pytest.mark.parametrize("status", [200, 204, 301, 307, 401, 403, 404])
async def test_whatever_it_answers_it_is_told_once(
    provider: Provider, counter: Elsewhere, receiver: Receiver, status: int
) -> None:
    receiver.answers = [status]
    await counter.asked(client_notification_token=_TOKEN)
    await counter.decides()
    for _ in range(3):
        await deliver(provider)
        provider.clock.now += 30

    assert len(receiver.heard) == 1


async def test_who_fails_is_told_again_until_the_request_runs_out(
    provider: Provider, counter: Elsewhere, receiver: Receiver
) -> None:
    receiver.answers = [503, 500, 204]
    await counter.asked(client_notification_token=_TOKEN)
    await counter.decides()
    for _ in range(5):
        await deliver(provider)
        provider.clock.now += 30

    assert len(receiver.heard) == 3


async def test_nobody_is_told_of_what_ran_out(provider: Provider, counter: Elsewhere, receiver: Receiver) -> None:
    receiver.answers = [503] * 50
    await counter.asked(client_notification_token=_TOKEN, requested_expiry="60")
    await counter.decides()
    await deliver(provider)
    provider.clock.now += 60
    heard = len(receiver.heard)
    await deliver(provider)

    assert len(receiver.heard) == heard


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(None, id="none"),
        pytest.param("short", id="too short"),
        pytest.param("x" * 1025, id="too long"),
        pytest.param("has space " + "x" * 30, id="no bearer token"),
        pytest.param("line\r\nx-forged: 1" + "x" * 30, id="a header more"),
    ],
)
async def test_the_token_to_tell_with_must_be_a_bearer_token(counter: Elsewhere, token: str | None) -> None:
    answer = await counter.ask(client_notification_token=token)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_client_in_ping_mode_may_poll_all_the_same(counter: Elsewhere) -> None:
    asked = await counter.asked(client_notification_token=_TOKEN)
    await counter.decides()

    assert (await counter.poll(asked["auth_req_id"])).status_code == 200


async def test_the_token_is_not_kept_in_clear(provider: Provider, counter: Elsewhere) -> None:
    asked = await counter.asked(client_notification_token=_TOKEN)
    await counter.decides()
    database = provider.services.database
    rows = [
        *await database.fetch_all("SELECT * FROM polled_request"),
        *await database.fetch_all("SELECT * FROM outbox"),
    ]

    kept = b"".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row.values()
    )
    assert _TOKEN.encode() not in kept
    assert asked["auth_req_id"].encode() not in kept
