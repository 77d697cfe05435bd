"""The sandbox's mail server takes letters over real SMTP, and the outbox shows them beside the messages."""

from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest
from aiosmtplib import SMTPDataError, SMTPResponseException, send
from starlette.testclient import TestClient

from examples.runner.addresses import listen
from examples.sms_outbox.app import create_app
from examples.sms_outbox.mail_server import mail_server
from examples.sms_outbox.messages import Outbox

TO = "ngan@congdan.example"
BODY = "Kính gửi ông/bà,\n\nHệ thống ghi nhận <b>lần</b> đăng nhập, mã 123456.\n"


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def page(outbox: Outbox) -> TestClient:
    return TestClient(create_app("t" * 43, outbox=outbox))


@pytest.fixture
async def port(outbox: Outbox) -> AsyncIterator[int]:
    listener = listen(0)
    server = await mail_server(outbox, listener, clock=lambda: 1_795_000_000.0)
    yield listener.getsockname()[1]
    server.close()


def letter(number: int = 1, *, body: str = BODY, subtype: str = "plain") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Một cửa <bao-tin@motcua.example>"
    made["To"] = TO
    made["Subject"] = "Thông báo: đăng nhập mới"
    made["Message-ID"] = f"<{number}@motcua.example>"
    made.set_content(body, subtype=subtype)
    return made


async def post(port: int, message: EmailMessage) -> None:
    await send(message, hostname="127.0.0.1", port=port, start_tls=False, local_hostname="motcua.example")


async def test_a_letter_is_listed_and_shown_in_its_own_letters(port: int, page: TestClient) -> None:
    await post(port, letter())

    listed = page.get("/letters.json", params={"to": "Ngan@congdan.example"}).json()
    assert listed == [
        {"to": TO, "subject": "Thông báo: đăng nhập mới", "text": BODY, "sent_at": "2026-11-18T11:06:40.000Z"}
    ]
    shown = page.get("/").text
    assert "<strong>Thông báo: đăng nhập mới</strong>" in shown
    assert "&lt;b&gt;lần&lt;/b&gt;" in shown
    assert "<p>Kính gửi ông/bà,</p>" in shown


async def test_letters_and_messages_are_listed_apart_and_shown_together(
    port: int, page: TestClient, outbox: Outbox
) -> None:
    outbox.take({"to": "+84530000001", "text": "DNVN: 654321", "idempotency_key": "1"}, now=1)
    await post(port, letter())

    assert [one["code"] for one in page.get("/messages.json").json()] == ["654321"]
    assert [one["to"] for one in page.get("/letters.json").json()] == [TO]
    assert page.get("/messages.json", params={"to": TO}).json() == []
    assert "+84530000001" in page.get("/").text
    assert "654321" not in page.get("/", params={"to": TO}).text


async def test_a_number_in_a_letter_is_no_code(port: int, page: TestClient) -> None:
    await post(port, letter())

    assert 'class="big"' not in page.get("/").text


async def test_a_letter_sent_again_appears_once(port: int, page: TestClient) -> None:
    for number in (1, 2, 1):
        await post(port, letter(number))

    assert len(page.get("/letters.json").json()) == 2


async def test_only_plain_text_is_taken(port: int, page: TestClient) -> None:
    with pytest.raises(SMTPDataError, match="plain text"):
        await post(port, letter(subtype="html"))

    assert page.get("/letters.json").json() == []


async def test_a_letter_too_large_is_refused(port: int, page: TestClient) -> None:
    with pytest.raises(SMTPResponseException):
        await post(port, letter(body="x" * 70 + "\n" * 70_000))

    assert page.get("/letters.json").json() == []
