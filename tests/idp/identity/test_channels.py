"""Who can be told what, and on which channels: those known before, and none that leads to somebody else."""

import pytest

from idp.identity.channels import Channel, ChannelKind, channels_of, channels_of_person
from idp.storage.database import Database
from tests.support.accounts import LONG_AGO, identity, store_link, store_person
from tests.support.sources import NOW, vault

PHONE, OTHER_PHONE = "+84530000001", "+84530000002"
MAILBOX = "ngan@congdan.example"


def sms(number: str) -> Channel:
    return Channel(ChannelKind.SMS, number)


def email(mailbox: str) -> Channel:
    return Channel(ChannelKind.EMAIL, mailbox)


def test_each_channel_is_told_once_in_the_order_it_was_met() -> None:
    found = channels_of(
        [
            identity(phone_number=PHONE, email=MAILBOX),
            identity(phone_number=PHONE, email="Ngan@CongDan.example"),
            identity(phone_number=OTHER_PHONE),
            identity(),
        ]
    )

    assert found == (sms(PHONE), email(MAILBOX), sms(OTHER_PHONE))


@pytest.mark.parametrize(
    "mailbox",
    [
        "ngan",
        "@congdan.example",
        "ngan@localhost",
        "ngan@congdan.example\r\nBcc: all@congdan.example",
        "ngan@congdan.example, b@congdan.example",
        "Ngân <ngan@congdan.example>",
        '"a b"@congdan.example',
        "ngan@[127.0.0.1]",
        "ngân@congdan.example",
        f"{'a' * 65}@congdan.example",
        f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.example",
    ],
)
def test_what_is_no_plain_mailbox_is_left_out(mailbox: str) -> None:
    assert channels_of([identity(email=mailbox)]) == ()


@pytest.mark.parametrize(
    "number", ["0530000001", "+0530000001", "+84 530 000 001", "+84530000001\n", "+٨٤530000001", ""]
)
def test_what_is_no_e164_number_is_left_out(number: str) -> None:
    assert channels_of([identity(phone_number=number)]) == ()


async def test_every_link_of_the_person_speaks_and_nobody_elses(database: Database) -> None:
    await store_person(database)
    await store_person(database, "person-2")
    await store_link(database, "a", known=identity(phone_number=PHONE))
    await store_link(database, "b", source_id="mobile", known=identity(email=MAILBOX), created_at=LONG_AGO + 1)
    await store_link(database, "c", person_id="person-2", known=identity(phone_number=OTHER_PHONE))

    assert await channels_of_person(database, vault(), "person-1") == (sms(PHONE), email(MAILBOX))


@pytest.mark.parametrize("status", ["removed", "mismatch", "superseded"])
async def test_a_link_that_leads_to_nobody_is_not_told(database: Database, status: str) -> None:
    await store_person(database)
    await store_link(database, known=identity(phone_number=PHONE), status=status)

    assert await channels_of_person(database, vault(), "person-1") == ()


@pytest.mark.parametrize("status", ["frozen", "disputed", "proposed"])
async def test_a_link_that_was_stopped_is_told_nevertheless(database: Database, status: str) -> None:
    """Whoever stopped it may not be the person: then this notice is the alarm."""
    await store_person(database)
    await store_link(database, known=identity(phone_number=PHONE), status=status)

    assert await channels_of_person(database, vault(), "person-1") == (sms(PHONE),)


async def test_what_arrived_since_was_not_known_before(database: Database) -> None:
    await store_person(database)
    await store_link(database, "old", known=identity(phone_number=PHONE))
    await store_link(database, "new", source_id="mobile", known=identity(phone_number=OTHER_PHONE), created_at=NOW)

    assert await channels_of_person(database, vault(), "person-1", known_before=NOW) == (sms(PHONE),)
    assert await channels_of_person(database, vault(), "person-1") == (sms(PHONE), sms(OTHER_PHONE))


async def test_after_a_correction_in_this_very_login_only_the_earlier_number_is_told(database: Database) -> None:
    await store_person(database)
    changed = {"known": identity(phone_number=OTHER_PHONE), "earlier": identity(phone_number=PHONE)}
    await store_link(database, **changed, corrected_at=NOW)  # type: ignore[arg-type]  # two of its arguments

    assert await channels_of_person(database, vault(), "person-1", known_before=NOW) == (sms(PHONE),)


async def test_after_a_young_correction_both_numbers_are_told(database: Database) -> None:
    await store_person(database)
    changed = {"known": identity(phone_number=OTHER_PHONE), "earlier": identity(phone_number=PHONE)}
    await store_link(database, **changed, corrected_at=NOW - 60)  # type: ignore[arg-type]  # two of its arguments

    assert await channels_of_person(database, vault(), "person-1", known_before=NOW) == (sms(PHONE), sms(OTHER_PHONE))


def test_a_channel_hides_its_address() -> None:
    assert "530000001" not in repr(sms(PHONE))
