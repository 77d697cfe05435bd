"""The register protocol against a real register that lies: what is believed, and what is not."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest

from idp.authentication.contract import SourceLied, SourceUnavailable
from idp.authentication.register_client import RegisterClient
from idp.web.guarded_http import GuardedHttp
from tests.support.http_server import served
from tests.support.registers import CLIENT_ID, CLIENT_SECRET, Register, record
from tests.support.sources import Clock

TODAY = date(2027, 1, 15)
NUMBER = "9900000017"


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Register, str]]:
    register = Register()
    with served(register) as url:
        yield register, url


@pytest.fixture
def register(running: tuple[Register, str]) -> Register:
    running[0].reset()
    return running[0]


@pytest.fixture
async def client(running: tuple[Register, str]) -> AsyncIterator[RegisterClient]:
    http = GuardedHttp(clock=Clock(), allow_list=(urlsplit(running[1]).netloc,))
    yield build(http, running[1])
    await http.aclose()


def build(http: GuardedHttp, url: str, client_secret: str = CLIENT_SECRET) -> RegisterClient:
    return RegisterClient(
        http=http,
        source_id="social-insurance",
        register_url=url,
        client_id=CLIENT_ID,
        client_secret=client_secret,
        allow_sandbox=True,
    )


async def lookup(client: RegisterClient) -> Any:
    return await client.lookup("social_insurance_number", NUMBER, today=TODAY)


async def test_reads_a_record(client: RegisterClient, register: Register) -> None:
    register.records[NUMBER] = record()

    found = await lookup(client)

    assert register.asked == [{"identifier_type": "social_insurance_number", "identifier": NUMBER}]
    assert found.subject == "R-1"
    assert found.identity.name == "Trần Văn Minh"
    assert found.identity.personal_id == "099079000028"
    assert found.phone == "+84530000002"
    assert found.phone_since == date(2020, 1, 1)
    assert "Minh" not in repr(found)
    assert "+84530000002" not in repr(found)


async def test_knows_nobody_where_the_register_knows_nobody(client: RegisterClient, register: Register) -> None:
    assert await lookup(client) is None


@pytest.mark.parametrize(
    ("changes", "attribute", "value"),
    [
        ({"personal_id_verified": False}, "personal_id", None),
        ({"personal_id": None}, "personal_id", None),
        ({"name": None}, "name", ""),
        ({"name": "  Trần   Văn\tMinh "}, "name", "Trần Văn Minh"),
        ({"birthdate": "1979"}, "birthdate", "1979"),
        ({"birthdate": None}, "birthdate", ""),
        ({"gender": "x"}, "gender", None),
        ({"deceased": True}, "deceased", True),
    ],
)
async def test_reads_what_a_register_does_not_know_as_unknown(
    client: RegisterClient, register: Register, changes: dict[str, Any], attribute: str, value: object
) -> None:
    register.records[NUMBER] = record(**changes)

    assert getattr((await lookup(client)).identity, attribute) == value


async def test_a_phone_that_is_no_mobile_number_counts_as_none(client: RegisterClient, register: Register) -> None:
    register.records[NUMBER] = record(phone="+842438250000")

    assert (await lookup(client)).phone is None


LIES: list[dict[str, Any]] = [
    {"subject": None},
    {"subject": ""},
    {"subject": 7},
    {"subject": "x" * 256},
    {"subject": "R 1"},
    {"subject": "Số-1"},
    {"name": ["Minh"]},
    {"name": "x" * 500},
    {"name": "Minh\u0007"},
    {"birthdate": 1979},
    {"birthdate": "1979-13-01"},
    {"birthdate": "01/02/1979"},
    {"birthdate": "1701-01-01"},
    {"birthdate": "2100"},
    {"gender": True},
    {"personal_id": "12"},
    {"personal_id": 99079000028},
    {"personal_id_verified": "yes"},
    {"deceased": "no"},
    {"deceased": 0},
    {"phone": 84530000002},
    {"phone_since": "yesterday"},
    {"phone_since": "2999-01-01"},
    {"active_since": 2019},
]


@pytest.mark.parametrize("changes", LIES, ids=str)
async def test_believes_no_record_of_another_shape(
    client: RegisterClient, register: Register, changes: dict[str, Any]
) -> None:
    register.records[NUMBER] = record(**changes)

    with pytest.raises(SourceLied) as refused:
        await lookup(client)
    assert "Minh" not in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"found": "yes"}',
        b'{"found": 1}',
        b'{"found": true}',
        b'{"found": true, "record": []}',
        b'{"found": false, "found": true}',
        b'{"found": NaN}',
        b"<html>",
        b"x" * 70_000,
        json.dumps({"found": True, "record": {}}).encode(),
    ],
    ids=lambda body: body[:30].decode(),
)
async def test_believes_no_answer_of_another_shape(client: RegisterClient, register: Register, body: bytes) -> None:
    register.answer = (200, body)

    with pytest.raises(SourceLied):
        await lookup(client)


@pytest.mark.parametrize("status", [201, 204, 302, 400, 404, 429, 500, 503])
async def test_any_other_status_is_an_outage(client: RegisterClient, register: Register, status: int) -> None:
    register.answer = (status, b"")

    with pytest.raises(SourceUnavailable, match=f"status_{status}"):
        await lookup(client)


async def test_says_when_its_credentials_are_refused(client: RegisterClient, register: Register) -> None:
    wrong = build(client.http, client.register_url, client_secret="another")

    with pytest.raises(SourceUnavailable, match="credentials_refused"):
        await lookup(wrong)
    assert "another" not in repr(wrong)


async def test_says_how_the_register_is(client: RegisterClient) -> None:
    assert "well" in await client.check()
    with pytest.raises(SourceUnavailable):
        await build(client.http, "http://127.0.0.1:1").check()
