"""Letters reach a real mail server: verified, whole, once; and what goes wrong is either tried again or given up."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.notices.outbox_email import EmailDelivery, MailRefused, MailUnavailable, email_message
from idp.notices.smtp import MailServer, SmtpTransport, letter_bytes, mail_server
from idp.storage.database import Database
from idp.storage.outbox import OutboxMessage, deliver_due
from tests.support.mail_server import PASSWORD, USER, PostOffice, post_office, serving_tls, trusting
from tests.support.sources import NOW, settings, vault

TO, SUBJECT = "ngan@congdan.example", "Thông báo: đăng nhập từ thiết bị mới"
BODY = "Kính gửi ông/bà,\n\nHệ thống ghi nhận lần đăng nhập lúc 14:05.\n.\nTrân trọng.\n"


def server(office: PostOffice, scheme: str = "smtp", *, password: str | None = None) -> MailServer:
    return MailServer(
        scheme=scheme,
        host="127.0.0.1",
        port=office.port,
        mail_from="bao-tin@motcua.example",
        sender_name="Một cửa",
        user=None if password is None else USER,
        password=password,
    )


def transport(
    office: PostOffice,
    scheme: str = "smtp",
    *,
    password: str | None = None,
    trust: ssl.SSLContext | None = None,
    allowed: bool = True,
) -> SmtpTransport:
    allow_list = (f"127.0.0.1:{office.port}",) if allowed else ()
    return SmtpTransport(server(office, scheme, password=password), allow_list=allow_list, tls_context=trust)


async def send(using: SmtpTransport) -> None:
    await using.send(TO, SUBJECT, BODY, message_id="message-1", now=NOW)


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as opened:
        yield opened


async def test_a_letter_arrives_whole_and_says_who_sent_it(office: PostOffice) -> None:
    await send(transport(office))

    (letter,) = office.letters
    assert letter.get_content().replace("\r\n", "\n") == BODY
    assert letter["Subject"] == SUBJECT
    assert letter["From"] == "Một cửa <bao-tin@motcua.example>"
    assert letter["To"] == TO
    assert letter["Message-ID"] == "<message-1@motcua.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"] == "Fri, 15 Jan 2027 15:00:00 +0700"
    assert (letter.get_content_type(), letter.get_content_charset()) == ("text/plain", "utf-8")


@pytest.mark.parametrize(("scheme", "from_the_start"), [("smtps", True), ("smtp+starttls", False)])
async def test_over_tls_it_logs_in_and_sends(tmp_path: Path, scheme: str, from_the_start: bool) -> None:
    async with post_office(tls=serving_tls(tmp_path), from_the_start=from_the_start) as office:
        await send(transport(office, scheme, password=PASSWORD, trust=trusting()))

        assert office.logins == [USER]
        assert len(office.letters) == 1


@pytest.mark.parametrize(("scheme", "from_the_start"), [("smtps", True), ("smtp+starttls", False)])
@pytest.mark.parametrize("host", ["127.0.0.1", "post.example"], ids=["nobody vouches", "another name"])
async def test_a_server_that_cannot_prove_its_name_is_told_nothing(
    tmp_path: Path, scheme: str, from_the_start: bool, host: str
) -> None:
    trust = trusting(host) if host == "post.example" else ssl.create_default_context()
    async with post_office(tls=serving_tls(tmp_path, host=host), from_the_start=from_the_start) as office:
        with pytest.raises(MailUnavailable):
            await send(transport(office, scheme, password=PASSWORD, trust=trust))

        assert (office.logins, office.letters) == ([], [])


async def test_a_server_that_hides_starttls_gets_no_letter(office: PostOffice) -> None:
    with pytest.raises(MailUnavailable):
        await send(transport(office, "smtp+starttls", trust=trusting()))

    assert office.letters == []


async def test_a_wrong_password_waits_for_the_operator(tmp_path: Path) -> None:
    async with post_office(tls=serving_tls(tmp_path)) as office:
        with pytest.raises(MailUnavailable):
            await send(transport(office, "smtp+starttls", password="wrong", trust=trusting()))

        assert office.letters == []


async def test_a_private_address_is_reached_only_where_it_is_allowed(office: PostOffice) -> None:
    with pytest.raises(MailUnavailable):
        await send(transport(office, allowed=False))

    assert office.connections == 0


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    async with post_office() as office:
        pass

    with pytest.raises(MailUnavailable):
        await send(transport(office))


@pytest.mark.parametrize(
    ("to_receiver", "to_letter", "error"),
    [
        ("550 no such user", None, MailRefused),
        ("450 greylisted", None, MailUnavailable),
        (None, "554 spam", MailRefused),
        (None, "451 come again", MailUnavailable),
    ],
)
async def test_an_answer_is_for_good_or_asks_to_come_again(
    office: PostOffice, to_receiver: str | None, to_letter: str | None, error: type[Exception]
) -> None:
    office.answer_to_receiver, office.answer_to_letter = to_receiver, to_letter

    with pytest.raises(error) as refusal:
        await send(transport(office))

    assert "ngan" not in str(refusal.value)
    assert refusal.value.__cause__ is None


async def test_a_server_that_hangs_up_after_taking_the_letter_has_taken_it(office: PostOffice) -> None:
    office.drops_after_letter = True

    await send(transport(office))

    assert len(office.letters) == 1


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        (TO, "Chào\r\nBcc: all@congdan.example"),
        (f"{TO}\r\nBcc: all@congdan.example", SUBJECT),
        (f"{TO}, b@c.example", SUBJECT),
    ],
)
async def test_no_text_becomes_a_header(office: PostOffice, to: str, subject: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        letter_bytes(server(office), to, subject, BODY, message_id="m", now=NOW)


def test_the_password_hides_itself() -> None:
    assert PASSWORD not in repr(server(PostOffice(), password=PASSWORD))


def test_without_settings_there_is_no_mail_server() -> None:
    assert mail_server(settings()) is None


def delivering(office: PostOffice) -> EmailDelivery:
    return EmailDelivery(transport(office))


async def enqueue(database: Database, *, expires_at: int = NOW + 60) -> None:
    await database.commit(email_message(vault(), to=TO, subject=SUBJECT, body=BODY, expires_at=expires_at, now=NOW))


async def turn(database: Database, delivery: EmailDelivery, *, now: int = NOW, patience: float = 5.0) -> int:
    async def deliver(message: OutboxMessage) -> None:
        await delivery.deliver(message.payload, message_id=message.id, now=now)

    return await deliver_due(database, vault(), {"email": deliver}, now=now, patience=patience)


async def test_two_workers_send_a_letter_once(database: Database, office: PostOffice) -> None:
    await enqueue(database)

    await asyncio.gather(*(turn(database, delivering(office)) for _ in range(3)))

    assert len(office.letters) == 1


async def test_a_letter_is_tried_again_when_the_server_is_back(database: Database, office: PostOffice) -> None:
    await enqueue(database)
    office.answer_to_letter = "451 come again"
    assert await turn(database, delivering(office)) == 0

    office.answer_to_letter = None
    assert await turn(database, delivering(office), now=NOW + 10) == 1

    assert len(office.letters) == 1


async def test_a_letter_refused_for_good_is_not_tried_again(database: Database, office: PostOffice) -> None:
    await enqueue(database)
    office.answer_to_receiver = "550 no such user"
    await turn(database, delivering(office))

    office.answer_to_receiver = None
    await turn(database, delivering(office), now=NOW + 3600)

    assert office.letters == []


async def test_a_letter_that_is_too_old_is_not_sent(database: Database, office: PostOffice) -> None:
    await enqueue(database, expires_at=NOW)

    assert await turn(database, delivering(office)) == 1
    assert office.connections == 0


async def test_without_a_mail_server_letters_wait(database: Database, office: PostOffice) -> None:
    await enqueue(database)
    assert await turn(database, EmailDelivery(None)) == 0

    assert await turn(database, delivering(office), now=NOW + 10) == 1


async def test_a_server_that_says_nothing_holds_nobody_up(database: Database) -> None:
    greeted: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: greeted.append(writer), "127.0.0.1", 0)
    office = PostOffice(port=silent.sockets[0].getsockname()[1])
    await enqueue(database)

    assert await turn(database, delivering(office), patience=0.1) == 0

    (row,) = await database.fetch_all("SELECT last_error, done_at FROM outbox")
    assert dict(row) == {"last_error": "TimeoutError", "done_at": None}
    for writer in greeted:
        writer.close()
    silent.close()


async def test_what_went_wrong_is_kept_without_an_address(database: Database, office: PostOffice) -> None:
    await enqueue(database)
    office.answer_to_receiver = f"450 <{TO}> greylisted"

    await turn(database, delivering(office))

    (row,) = await database.fetch_all("SELECT * FROM outbox")
    assert row["last_error"] == "MailUnavailable"
    assert "ngan" not in repr(dict(row))
