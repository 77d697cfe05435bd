"""The end of an account: nothing readable is left, every token is dead, and no `sub` ever comes back to anybody."""

from dataclasses import replace

import pytest

from idp.identity.cases.case import CaseKind, open_case_writes
from idp.identity.links import LinkStatus, links_of
from idp.identity.merging.merge import MergeBasis, merge_people
from idp.identity.protection.closing import close_account
from idp.identity.protection.happenings import Happening
from idp.identity.protection.locks import lock_everything, unlock_person
from idp.identity.protection.misuse import not_me
from idp.identity.protection.session_endings import end_all_sessions
from idp.identity.recognition.candidate_search import find_candidates
from idp.identity.recognition.recognising import PersonNotActive, recognise
from idp.identity.subjects import subject_for
from idp.storage.database import Database, Statement, Write
from tests.idp.identity.test_recognition import seen
from tests.support.population import HOA, Population
from tests.support.sources import NOW


@pytest.fixture
def population(database: Database) -> Population:
    return Population(database)


async def hoa(population: Population) -> str:
    """Known through two sources by real logins, with services, consents, a device and an open question."""
    town_hall = await population.service("town-hall")
    database, vault = population.database, population.vault
    first = await recognise(database, vault, seen(HOA), now=NOW)
    second = await recognise(database, vault, seen(HOA, source="social-insurance", subject="i-9"), now=NOW)
    assert first.person_id == second.person_id
    person_id = first.person_id
    await population.session(person_id, "s-hoa", link_id=first.link_id)
    await population.grant(person_id, "s-hoa", town_hall, offline=True)
    await population.consent(person_id, town_hall)
    await population.device(person_id, b"phone")
    await population.login_record(person_id, first.link_id, town_hall)
    await database.commit(
        *open_case_writes(
            vault,
            case_id="question",
            kind=CaseKind.SUPPORT,
            person_id=person_id,
            link_id=None,
            decision="support",
            note="Bà Hòa gọi điện",
            now=NOW,
        )
    )
    return person_id


async def closed(population: Population, person_id: str, told: list[Happening] | None = None) -> bool:
    def tell(happening: Happening) -> list[Write]:
        if told is not None:
            told.append(happening)
        return []

    return await close_account(
        population.database,
        population.vault,
        population.find_client,
        person_id=person_id,
        by="citizen",
        tell=tell,
        now=NOW + 10,
    )


async def test_nothing_that_is_left_says_who_it_was(population: Population) -> None:
    person_id = await hoa(population)
    assert await closed(population, person_id)

    assert await population.value("person", "status", id=person_id) == "closed"
    for link in await links_of(population.database, population.vault, person_id):
        assert link.status is LinkStatus.REMOVED
        assert (link.identity.name, link.identity.personal_id, link.evidence) == ("", None, ())
    rows = await population.rows("identity_link")
    assert all(row["personal_id_index"] is None for row in rows)
    for table in ("match_key", "identity_anchor", "known_device", "source_block", "refresh_token"):
        assert await population.rows(table) == [], table
    assert await population.value("sso_session", "identity_sealed", id="s-hoa") == b""
    assert await population.value("login_record", "device_sealed") is None
    assert await population.value("linking_case", "note_sealed") is None
    assert (await find_candidates(population.database, population.vault, HOA)).people == ()


async def test_everything_they_agreed_to_and_were_granted_is_over_and_the_services_are_told(
    population: Population,
) -> None:
    person_id, told = await hoa(population), list[Happening]()
    assert await closed(population, person_id, told)

    assert await population.value("consent", "withdrawn_at") == NOW + 10
    assert await population.value("authorization_grant", "revoked_at") == NOW + 10
    assert await population.value("sso_session", "ended_at") == NOW + 10
    assert [(message["client_id"], message["sid"]) for message in await population.messages("backchannel_logout")] == [
        ("town-hall", "s-hoa")
    ]
    assert [event["kind"] for event in await population.messages("security_event")] == ["account_purged"]
    assert await population.value("linking_case", "status") == "withdrawn"
    assert [(happening.kind, [channel.address for channel in happening.channels]) for happening in told] == [
        ("account_closed", [HOA.phone_number])
    ]


async def test_a_later_login_is_a_new_person_with_new_identifiers(population: Population) -> None:
    person_id = await hoa(population)
    old_sub = str(await population.value("subject_identifier", "sub"))
    await closed(population, person_id)

    again = await recognise(population.database, population.vault, seen(HOA), now=NOW + 20)

    assert again.decision == "NEW"
    assert again.person_id != person_id
    assert subject_for(again.person_id, "town-hall.example", population.vault) != old_sub
    # The tombstone: nobody else can ever be given it.
    assert await population.value("subject_identifier", "person_id", sub=old_sub) == person_id
    second = await recognise(
        population.database, population.vault, seen(HOA, source="social-insurance", subject="i-9"), now=NOW + 20
    )
    assert (second.person_id, second.decision) == (again.person_id, "LINK")


async def test_it_ends_once(population: Population) -> None:
    person_id = await hoa(population)
    assert [await closed(population, person_id), await closed(population, person_id)] == [True, False]
    assert len(await population.events("person.status_changed")) == 1


async def test_a_person_merged_into_another_is_closed_with_them_alone(population: Population) -> None:
    town_hall = await population.service("town-hall")
    await population.person("old", created_at=NOW - 9000)
    await population.link("old", "by-phone", replace(HOA, personal_id=None), source_id="phone")
    await population.person("new")
    await population.link("new", "by-tax", anchored=True)
    await population.device("new", b"a device")
    await population.login_record("new", None, town_hall)
    await population.session("new", "s-new", link_id="by-tax")
    await population.grant("new", "s-new", town_hall, offline=True)
    await population.database.commit(
        *open_case_writes(
            population.vault,
            case_id="decided",
            kind=CaseKind.SUPPORT,
            person_id="new",
            link_id=None,
            decision="support",
            note="Bà Hòa gọi điện",
            now=NOW,
        ),
        Statement("UPDATE linking_case SET status = 'decided', decided_at = $1 WHERE id = 'decided'", (NOW,)),
    )
    await merge_people(
        population.database,
        population.vault,
        population.find_client,
        first_id="old",
        second_id="new",
        basis=MergeBasis.PROOF_AT_BOTH_ENDS,
        case_id=None,
        by="citizen",
        now=NOW,
    )
    assert not await closed(population, "new")
    assert await closed(population, "old")
    assert {str(row["status"]) for row in await population.rows("identity_link")} == {"removed"}
    number = population.vault.blind_index("personal_id", HOA.personal_id or "")
    written = str(await population.value("person_merge", "moved"))
    assert number.hex() not in written
    assert b"a device".hex() not in written
    assert await population.value("login_record", "device_sealed") is None
    # What stayed under the id they had before.
    assert await population.value("sso_session", "person_id") == "new"
    assert await population.value("sso_session", "identity_sealed") == b""
    assert await population.value("authorization_grant", "revoked_at") is not None
    assert await population.rows("refresh_token") == []
    assert await population.value("linking_case", "note_sealed") is None


async def test_a_locked_person_is_let_in_nowhere_until_somebody_unlocks_them(population: Population) -> None:
    person_id = await hoa(population)
    database, vault = population.database, population.vault
    assert await lock_everything(
        database, vault, population.find_client, person_id=person_id, by="citizen", now=NOW + 1
    )
    with pytest.raises(PersonNotActive):
        await recognise(database, vault, seen(HOA), now=NOW + 2)
    assert await population.value("sso_session", "ended_at", id="s-hoa") == NOW + 1
    assert await population.value("authorization_grant", "revoked_at") == NOW + 1

    assert await unlock_person(
        database,
        vault,
        population.find_client,
        person_id=person_id,
        by="an",
        case_id="question",
        now=NOW + 3,
    )
    assert (await recognise(database, vault, seen(HOA), now=NOW + 4)).person_id == person_id
    assert await population.value("linking_case", "outcome") == "unlocked"
    kinds = [event["kind"] for event in await population.messages("security_event")]
    assert sorted(kinds) == ["account_disabled", "account_enabled"]
    # What was ended stays ended.
    assert await population.value("authorization_grant", "revoked_at") == NOW + 1


async def test_locking_and_unlocking_twice_changes_nothing(population: Population) -> None:
    person_id = await hoa(population)
    database, vault, find = population.database, population.vault, population.find_client
    locks = [await lock_everything(database, vault, find, person_id=person_id, by="an", now=NOW) for _ in range(2)]
    opened = [await unlock_person(database, vault, find, person_id=person_id, by="an", now=NOW) for _ in range(2)]
    assert (locks, opened) == ([True, False], [True, False])


async def test_a_locked_person_may_close_their_account_and_report_misuse(population: Population) -> None:
    person_id = await hoa(population)
    database, vault, find = population.database, population.vault, population.find_client
    await lock_everything(database, vault, find, person_id=person_id, by="citizen", now=NOW)
    assert (await not_me(database, vault, find, person_id=person_id, now=NOW)).startswith("MC-")
    assert await closed(population, person_id)


async def test_all_sessions_end_but_the_one_at_hand(population: Population) -> None:
    person_id = await hoa(population)
    school = await population.service("school")
    await population.session(person_id, "s-here")
    await population.grant(person_id, "s-here", school)
    ended = await end_all_sessions(
        population.database,
        population.vault,
        population.find_client,
        person_id=person_id,
        reason="citizen",
        now=NOW + 1,
        except_session="s-here",
    )
    assert ended == 1
    assert await population.value("sso_session", "ended_at", id="s-here") is None
    assert await population.value("authorization_grant", "revoked_at", session_id="s-here") is None
    assert await population.value("authorization_grant", "revoked_at", session_id="s-hoa") == NOW + 1
