"""Messages on their way out: sent once, decoys and expired codes never, refusals not again."""

import json
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from idp.notices.outbox_sms import SMS, SmsDelivery, sms_gateway, sms_message
from idp.storage.database import Database
from idp.storage.outbox import claim_due
from idp.web.guarded_http import GuardedHttp
from mobile_otp.gateways import GatewayUnavailable
from tests.support.http_server import served
from tests.support.read_body import read_body
from tests.support.sources import NOW, Clock, settings, vault

PHONE = "+84530000001"


class Gateway:
    """A gateway over HTTP that remembers, and answers with the status it is told to."""

    def __init__(self) -> None:
        self.status = 202
        self.taken: list[tuple[dict[str, str], str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.taken.append((json.loads(await read_body(receive)), headers["authorization"]))
        await JSONResponse({"id": "m-1"}, self.status)(scope, receive, send)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Gateway, str]]:
    gateway = Gateway()
    with served(gateway) as url:
        yield gateway, url


@pytest.fixture
def gateway(running: tuple[Gateway, str]) -> Gateway:
    running[0].status = 202
    running[0].taken.clear()
    return running[0]


@pytest.fixture
async def delivery(running: tuple[Gateway, str]) -> AsyncIterator[SmsDelivery]:
    http = GuardedHttp(clock=Clock(), allow_list=(urlsplit(running[1]).netloc,))
    yield SmsDelivery(sms_gateway(http, settings(sms_gateway_url=f"{running[1]}/messages")))
    await http.aclose()


def payload(*, decoy: bool = False, expires_at: int = NOW + 300) -> bytes:
    return json.dumps({"to": PHONE, "text": "DNVN: 123456", "decoy": decoy, "expires_at": expires_at}).encode()


async def test_hands_a_message_to_the_gateway_with_its_own_name(delivery: SmsDelivery, gateway: Gateway) -> None:
    assert await delivery.deliver(payload(), message_id="id-1", now=NOW) == "sent"

    sent, authorization = gateway.taken[0]
    assert sent == {"to": PHONE, "text": "DNVN: 123456", "idempotency_key": "id-1"}
    assert authorization == "Bearer gateway-token"


async def test_a_decoy_leaves_no_trace_outside(delivery: SmsDelivery, gateway: Gateway) -> None:
    assert await delivery.deliver(payload(decoy=True), message_id="id-1", now=NOW) == "decoy"
    assert gateway.taken == []


async def test_an_expired_code_is_not_sent(delivery: SmsDelivery, gateway: Gateway) -> None:
    assert await delivery.deliver(payload(expires_at=NOW), message_id="id-1", now=NOW) == "expired"
    assert gateway.taken == []


async def test_a_refusal_is_final_and_an_outage_is_not(delivery: SmsDelivery, gateway: Gateway) -> None:
    gateway.status = 400
    assert await delivery.deliver(payload(), message_id="id-1", now=NOW) == "refused"

    gateway.status = 503
    with pytest.raises(GatewayUnavailable):
        await delivery.deliver(payload(), message_id="id-1", now=NOW)


async def test_messages_wait_while_no_gateway_is_configured() -> None:
    http = GuardedHttp(clock=Clock())
    assert sms_gateway(http, settings(sms_gateway_url=None)) is None
    with pytest.raises(GatewayUnavailable):
        await SmsDelivery(None).deliver(payload(), message_id="id-1", now=NOW)
    await http.aclose()


async def test_the_row_is_one_the_outbox_opens_and_shows_no_number(database: Database) -> None:
    row = sms_message(vault(), to=PHONE, text="DNVN: 123456", decoy=False, expires_at=NOW + 300, now=NOW)
    await database.commit(row)

    assert PHONE.encode() not in str(row.values).encode()
    (message,) = await claim_due(database, vault(), now=NOW)
    assert message.kind == SMS
    assert json.loads(message.payload)["to"] == PHONE
