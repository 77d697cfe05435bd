"""The outbox takes what a gateway would take, keeps it once, and shows it newest first."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from examples.sms_outbox.app import create_app
from examples.sms_outbox.messages import Outbox, parse_receiver

TOKEN = "t" * 43
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Clock:
    now = 1_795_000_000.0

    def __call__(self) -> float:
        self.now += 1.5
        return self.now


@pytest.fixture
def gateway() -> TestClient:
    return TestClient(create_app(TOKEN, clock=Clock()))


def message(number: int, to: str = "+84530000001", text: str | None = None) -> dict[str, str]:
    return {"to": to, "text": text or f"DNVN: 12345{number} la ma xac thuc", "idempotency_key": f"key-{number}"}


def test_takes_a_message_and_lists_it_with_its_code(gateway: TestClient) -> None:
    taken = gateway.post("/messages", json=message(6), headers=BEARER)

    assert (taken.status_code, taken.json()) == (202, {"id": "key-6"})
    listed = gateway.get("/messages.json?to=%2B84530000001")
    assert listed.headers["Cache-Control"] == "no-store"
    assert listed.json() == [
        {
            "to": "+84530000001",
            "text": "DNVN: 123456 la ma xac thuc",
            "code": "123456",
            "sent_at": "2026-11-18T11:06:41.500Z",
        }
    ]


def test_lists_the_newest_first_and_only_the_number_asked_for(gateway: TestClient) -> None:
    for number, to in ((1, "+84530000001"), (2, "+84530000002"), (3, "+84530000001")):
        gateway.post("/messages", json=message(number, to), headers=BEARER)

    codes = [one["code"] for one in gateway.get("/messages.json?to=%2B84530000001").json()]

    assert codes == ["123453", "123451"]
    assert len(gateway.get("/messages.json").json()) == 3
    assert gateway.get("/messages.json?to=%2B84530000009").json() == []


def test_a_message_handed_over_twice_appears_once(gateway: TestClient) -> None:
    first = gateway.post("/messages", json=message(1), headers=BEARER)
    again = gateway.post("/messages", json=message(1), headers=BEARER)

    assert first.json() == again.json()
    assert len(gateway.get("/messages.json").json()) == 1


def test_forgets_the_oldest_beyond_its_capacity() -> None:
    gateway = TestClient(create_app(TOKEN, outbox=Outbox(capacity=2)))
    for number in (1, 2, 3):
        gateway.post("/messages", json=message(number), headers=BEARER)

    assert [one["code"] for one in gateway.get("/messages.json").json()] == ["123453", "123452"]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
def test_refuses_a_sender_without_the_token(gateway: TestClient, header: dict[str, str]) -> None:
    answer = gateway.post("/messages", json=message(1), headers=header)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert gateway.get("/messages.json").json() == []


@pytest.mark.parametrize(
    "handed_over",
    [
        pytest.param([], id="not an object"),
        pytest.param({"to": "+84530000001", "text": "hi"}, id="no key"),
        pytest.param(message(1, "0530000001"), id="not E.164"),
        pytest.param(message(1, text=" " * 1601), id="too long"),
        pytest.param({**message(1), "text": ""}, id="empty"),
        pytest.param({**message(1), "idempotency_key": 7}, id="key is a number"),
    ],
)
def test_refuses_what_a_gateway_could_not_send(gateway: TestClient, handed_over: Any) -> None:
    assert gateway.post("/messages", json=handed_over, headers=BEARER).status_code == 400


def test_a_text_without_a_code_has_none(gateway: TestClient) -> None:
    gateway.post("/messages", json=message(1, text="Goi 19000000, khong co ma"), headers=BEARER)

    assert gateway.get("/messages.json").json()[0]["code"] is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+84530000001", "+84530000001"),
        (" 84530000001", "+84530000001"),
        ("053 000 0001", "+84530000001"),
        ("", None),
        (None, None),
    ],
)
def test_a_number_in_an_address_may_be_typed_in_several_ways(typed: str | None, number: str | None) -> None:
    assert parse_receiver(typed) == number


def test_the_page_shows_codes_large_escapes_the_text_and_filters_without_javascript(gateway: TestClient) -> None:
    gateway.post("/messages", json=message(1, text="<b>123456</b>"), headers=BEARER)
    gateway.post("/messages", json=message(2, "+84530000002"), headers=BEARER)

    page = gateway.get("/?to=%2B84530000001")

    assert '<p class="big">123456</p>' in page.text
    assert "&lt;b&gt;123456&lt;/b&gt;" in page.text
    assert "123452" not in page.text
    assert 'href="/?to=%2B84530000001"' in page.text
