"""The life of a link: which steps there are, each of them told once, none of them taken twice."""

import asyncio
import json

import pytest

from idp.identity.links import (
    TRANSITIONS,
    ImpossibleTransition,
    LinkStatus,
    change_link,
    check_transition,
    lets_in,
    links_of,
)
from idp.identity.pivot import PivotIdentity
from idp.storage.database import Database
from idp.storage.open import open_database
from tests.idp.identity.test_recognition import HOA, recognised, seen
from tests.support.sources import NOW, vault


async def change(database: Database, link_id: str, person_id: str, to: LinkStatus) -> bool:
    return await change_link(
        database, vault(), link_id=link_id, person_id=person_id, to=to, reason="tested", by="person", now=NOW + 5
    )


async def changes(database: Database) -> list[dict[str, str]]:
    rows = await database.fetch_all(
        "SELECT detail FROM audit_entry WHERE event = 'link.changed' ORDER BY recorded_at, id"
    )
    return [json.loads(str(row["detail"])) for row in rows]


def test_every_status_has_its_row_and_none_leads_to_itself() -> None:
    assert TRANSITIONS.keys() == set(LinkStatus)
    assert not any(status in onward for status, onward in TRANSITIONS.items())


@pytest.mark.parametrize("status", LinkStatus)
def test_from_everywhere_but_the_end_a_link_can_be_removed_and_from_there_brought_back(status: LinkStatus) -> None:
    if status is not LinkStatus.REMOVED:
        check_transition(status, LinkStatus.REMOVED)
    if lets_in(status):
        check_transition(LinkStatus.REMOVED, status)


@pytest.mark.parametrize("stopped", [LinkStatus.FROZEN, LinkStatus.DISPUTED, LinkStatus.MISMATCH])
def test_what_is_stopped_can_become_what_it_was(stopped: LinkStatus) -> None:
    assert not lets_in(stopped)
    for status in LinkStatus:
        if lets_in(status):
            check_transition(status, stopped)
            check_transition(stopped, status)


def test_nobody_is_let_in_by_a_superseded_link_again() -> None:
    assert not any(lets_in(onward) for onward in TRANSITIONS[LinkStatus.SUPERSEDED])


async def test_a_change_is_told_with_where_it_came_from_and_remembered(database: Database) -> None:
    hoa = await recognised(database, seen())

    assert await change(database, hoa.link_id, hoa.person_id, LinkStatus.FROZEN)

    (link,) = await links_of(database, vault(), hoa.person_id)
    assert (link.status, link.previous_status) == (LinkStatus.FROZEN, LinkStatus.REGISTER_CONFIRMED)
    assert await changes(database) == [
        {
            "link_id": hoa.link_id,
            "from_status": "register-confirmed",
            "to_status": "frozen",
            "reason": "tested",
            "by": "person",
        }
    ]


async def test_what_a_stopped_link_was_is_not_forgotten_when_it_is_disputed_too(database: Database) -> None:
    hoa = await recognised(database, seen())

    await change(database, hoa.link_id, hoa.person_id, LinkStatus.FROZEN)
    await change(database, hoa.link_id, hoa.person_id, LinkStatus.DISPUTED)

    (link,) = await links_of(database, vault(), hoa.person_id)
    assert link.previous_status is LinkStatus.REGISTER_CONFIRMED


async def test_the_same_change_twice_is_told_once(database: Database) -> None:
    hoa = await recognised(database, seen())

    assert await change(database, hoa.link_id, hoa.person_id, LinkStatus.FROZEN)
    assert not await change(database, hoa.link_id, hoa.person_id, LinkStatus.FROZEN)

    assert len(await changes(database)) == 1


async def test_of_twenty_changes_at_once_one_counts(database: Database, database_url: str) -> None:
    hoa = await recognised(database, seen())
    other = open_database(database_url)

    done = await asyncio.gather(
        *(
            change(other if number % 2 else database, hoa.link_id, hoa.person_id, LinkStatus.FROZEN)
            for number in range(20)
        )
    )
    await other.close()

    assert (sum(done), len(await changes(database))) == (1, 1)


async def test_nobody_changes_the_link_of_somebody_else(database: Database) -> None:
    hoa = await recognised(database, seen())

    assert not await change(database, hoa.link_id, "somebody-else", LinkStatus.REMOVED)
    assert not await change(database, "no-link", hoa.person_id, LinkStatus.REMOVED)

    assert await changes(database) == []


async def test_a_step_that_does_not_exist_is_refused_and_changes_nothing(database: Database) -> None:
    hoa = await recognised(database, seen())
    await change(database, hoa.link_id, hoa.person_id, LinkStatus.SUPERSEDED)

    with pytest.raises(ImpossibleTransition):
        await change(database, hoa.link_id, hoa.person_id, LinkStatus.PROVEN)

    (link,) = await links_of(database, vault(), hoa.person_id)
    assert link.status is LinkStatus.SUPERSEDED


async def test_the_links_of_a_person_come_oldest_first_with_what_their_sources_said(database: Database) -> None:
    hoa = await recognised(database, seen())
    await recognised(database, seen(source="social-insurance", subject="i-9"), now=NOW + 60)
    await recognised(database, seen(source="tax", subject="stranger", identity=PivotIdentity(name="", birthdate="")))

    first, second = await links_of(database, vault(), hoa.person_id)

    assert (first.source_id, second.source_id) == ("tax", "social-insurance")
    assert (first.identity, first.method, first.assurance) == (HOA, "pwd", "eidas2")
    assert second.evidence == ("C1", "P0", "G0", "S=", "N0", "D0", "B0")
    assert HOA.name not in repr(first)
