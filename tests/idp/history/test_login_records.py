"""A person's history: sealed, paged, newest first, and nobody else's."""

import pytest

from idp.history.arrival import Arrival
from idp.history.login_records import LoginOutcome, history_of, record_login
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database, Insert
from idp.storage.vault import Vault
from tests.support.sources import NOW, vault

AT_HOME = Arrival("Chrome, Android", "203.0.113.0/24")


def line(*, at: int = NOW, person_id: str = "person-1", outcome: LoginOutcome = LoginOutcome.LOGGED_IN) -> Insert:
    return record_login(
        vault(),
        person_id=person_id,
        client_id="portal",
        source_id="tax",
        level=LevelOfAssurance.SUBSTANTIAL,
        outcome=outcome,
        arrival=AT_HOME,
        now=at,
        link_id="link-1",
        session_id="session-1",
    )


async def test_a_line_reads_as_it_was_written(database: Database) -> None:
    await database.commit(line(outcome=LoginOutcome.REFUSED))

    (record,) = (await history_of(database, vault(), "person-1")).records

    assert (record.at, record.outcome, record.client_id, record.source_id) == (NOW, "refused", "portal", "tax")
    assert (record.link_id, record.session_id, record.acr) == ("link-1", "session-1", LevelOfAssurance.SUBSTANTIAL.acr)
    assert (record.device, record.network) == ("Chrome, Android", "203.0.113.0/24")


async def test_device_and_network_are_unreadable_in_the_database(database: Database) -> None:
    await database.commit(line())

    (row,) = await database.fetch_all("SELECT * FROM login_record")

    assert not any(word in repr(dict(row)) for word in ("Chrome", "Android", "203.0.113"))


async def test_a_sealed_device_moved_to_another_line_does_not_open(database: Database) -> None:
    first, second = line(), line()
    swapped = Insert("login_record", {**second.values, "device_sealed": first.values["device_sealed"]})
    await database.commit(swapped)

    (record,) = (await history_of(database, vault(), "person-1")).records

    assert (record.device, record.network) == ("", "")


async def test_a_line_whose_key_is_gone_is_still_shown(database: Database) -> None:
    await database.commit(line())

    (record,) = (await history_of(database, Vault([("k9", b"9" * 32)]), "person-1")).records

    assert (record.at, record.device) == (NOW, "")


async def test_the_pages_hold_every_line_once_newest_first(database: Database) -> None:
    moments = [NOW, NOW, NOW, NOW - 1, NOW - 2, NOW - 3, NOW - 3]
    await database.commit(*(line(at=at) for at in moments), line(person_id="person-2"))

    page = await history_of(database, vault(), "person-1", limit=2)
    seen = [*page.records]
    while page.older is not None:
        page = await history_of(database, vault(), "person-1", limit=2, before=page.older)
        seen += page.records

    assert [record.at for record in seen] == moments
    assert len({record.id for record in seen}) == len(moments)


@pytest.mark.parametrize(("since", "lines"), [(NOW - 1, 1), (NOW - 2, 2)])
async def test_what_is_older_than_asked_for_is_left_out(database: Database, since: int, lines: int) -> None:
    await database.commit(line(at=NOW), line(at=NOW - 2))

    assert len((await history_of(database, vault(), "person-1", since=since)).records) == lines


def test_a_record_hides_the_device() -> None:
    assert "Chrome" not in repr(line())
