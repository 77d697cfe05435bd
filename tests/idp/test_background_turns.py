"""Which turn takes which message out, and what an operator reads when nobody took one for a day."""

import logging
from collections.abc import AsyncIterator

import pytest

from idp.background_turns import deliver_mail, deliver_outbox, deliveries_of, purge_expired
from idp.notices.outbox_email import email_message
from idp.services import Services
from idp.storage.database import Database, Insert
from tests.support.mail_server import PostOffice, post_office
from tests.support.provider import running_provider
from tests.support.sources import NOW

DAY = 24 * 3600
TO = "ngan@congdan.example"


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as opened:
        yield opened


@pytest.fixture
async def services(database: Database, office: PostOffice) -> AsyncIterator[Services]:
    reached = f"127.0.0.1:{office.port}"
    mail = {"smtp_url": f"smtp://{reached}", "mail_from": "bao-tin@motcua.example", "outbound_allow_list": reached}
    async with running_provider(database, **mail, history_months=3) as provider:
        yield provider.services


async def enqueue_letter(services: Services, *, now: int = NOW) -> None:
    letter = email_message(services.vault, to=TO, subject="Thông báo", body="Xin chào.\n", expires_at=10**11, now=now)
    await services.database.commit(letter)


async def test_a_letter_goes_out_in_the_turn_of_letters_and_in_no_other(services: Services, office: PostOffice) -> None:
    await enqueue_letter(services)
    deliveries = deliveries_of(services)

    assert await deliver_outbox(services, deliveries) == 0
    assert office.letters == []
    assert await deliver_mail(services, deliveries) == 1
    assert await deliver_mail(services, deliveries) == 0

    assert [letter["To"] for letter in office.letters] == [TO]


async def test_a_letter_given_up_is_a_warning_without_an_address(
    services: Services, office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    office.answer_to_receiver = f"450 <{TO}> greylisted"
    await enqueue_letter(services)
    await deliver_mail(services, deliveries_of(services))
    quiet = [record.getMessage() for record in caplog.records if record.name == "motcua"]
    await enqueue_letter(services, now=NOW - DAY)

    with caplog.at_level(logging.WARNING):
        await deliver_mail(services, deliveries_of(services))

    said = [record.getMessage() for record in caplog.records if record.name == "motcua"]
    assert quiet == []
    assert said == ["a message is given up after a day of trying (the mail server): run `motcua doctor`"]


async def test_a_letter_refused_for_good_is_a_warning_without_an_address(
    services: Services, office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    office.answer_to_receiver = f"550 <{TO}> unknown"
    await enqueue_letter(services)

    with caplog.at_level(logging.WARNING):
        assert await deliver_mail(services, deliveries_of(services)) == 1

    said = [record.getMessage() for record in caplog.records if record.name == "motcua"]
    assert said == ["the mail server refused a message for good"]


async def test_the_purge_keeps_a_history_as_long_as_this_installation_says(services: Services) -> None:
    texts = dict.fromkeys(("person_id", "source_id", "client_id", "acr", "outcome"), "x")
    for id, days in (("over", 100), ("kept", 80)):
        await services.database.commit(Insert("login_record", {"id": id, **texts, "at": NOW - days * DAY}))

    await purge_expired(services)

    assert [row["id"] for row in await services.database.fetch_all("SELECT id FROM login_record")] == ["kept"]
