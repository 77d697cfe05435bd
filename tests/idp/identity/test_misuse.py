""" "Not me": everything ends, the way in is frozen, a case is there, once; and all of it can be taken back."""

import asyncio

import pytest

from idp.identity.cases.case import CaseKind, CaseOutcome, CaseStatus
from idp.identity.cases.search import case_by_reference
from idp.identity.links import LinkStatus, change_link
from idp.identity.person_state import NotActive
from idp.identity.protection.happenings import Happening, TellHappening
from idp.identity.protection.link_freezing import freeze_link, remove_link, unfreeze_link
from idp.identity.protection.misuse import not_me, undo_not_me
from idp.identity.protection.ways_in import LastWayIn
from idp.storage.database import Database, Insert, Write
from idp.storage.outbox import enqueue
from tests.support.interposed import Interposed
from tests.support.population import Population
from tests.support.sources import NOW


@pytest.fixture
def population(database: Database) -> Population:
    return Population(database)


async def hoa(population: Population) -> None:
    """Two links, a session by each, a service in each session."""
    town_hall, school = await population.service("town-hall"), await population.service("school")
    await population.person("hoa")
    await population.link("hoa", "by-tax")
    await population.link("hoa", "by-phone", source_id="phone")
    await population.session("hoa", "s-tax", link_id="by-tax")
    await population.session("hoa", "s-phone", link_id="by-phone", source_id="phone")
    await population.grant("hoa", "s-tax", town_hall, offline=True)
    await population.grant("hoa", "s-phone", school)


def telling(population: Population, told: list[Happening]) -> TellHappening:
    def tell(happening: Happening) -> list[Write]:
        told.append(happening)
        message = enqueue("sms", b"{}", id=f"notice-{len(told)}", now=NOW, vault=population.vault)
        return [message]

    return tell


async def report(population: Population, **changes: object) -> str:
    arguments = {"person_id": "hoa", "link_id": "by-tax", "now": NOW, **changes}
    return await not_me(population.database, population.vault, population.find_client, **arguments)  # type: ignore[arg-type]  # the tests' own words


async def test_everything_ends_the_link_is_frozen_and_the_services_are_told(population: Population) -> None:
    await hoa(population)

    reference = await report(population)

    case = await case_by_reference(population.database, population.vault, reference)
    assert case is not None
    assert (case.kind, case.status, case.link_id) == (CaseKind.NOT_ME, CaseStatus.OPEN, "by-tax")
    assert await population.value("identity_link", "status", id="by-tax") == "frozen"
    assert await population.value("identity_link", "status", id="by-phone") == "register-confirmed"
    assert all(row["ended_at"] == NOW for row in await population.rows("sso_session"))
    assert all(row["revoked_at"] == NOW for row in await population.rows("authorization_grant"))
    told_to_leave = await population.messages("backchannel_logout")
    assert [(message["client_id"], message["sid"]) for message in told_to_leave] == [
        ("school", "s-phone"),
        ("town-hall", "s-tax"),
    ]
    warned = {message["client_id"]: message["kind"] for message in await population.messages("security_event")}
    assert warned == {"town-hall": "credential_compromise", "school": "sessions_revoked"}
    (event,) = await population.events("misuse.reported")
    assert (event["sessions"], event["clients_told"]) == (2, 2)


async def test_who_takes_the_other_link_away_in_the_same_moment_finds_it_is_the_last(population: Population) -> None:
    await hoa(population)

    async def somebody_reports() -> None:
        await report(population)

    with pytest.raises(LastWayIn):
        await remove_link(
            Interposed(population.database, before={1: somebody_reports}),
            population.vault,
            population.find_client,
            link_id="by-phone",
            person_id="hoa",
            by="citizen",
            now=NOW,
        )
    assert await population.value("identity_link", "status", id="by-phone") == "register-confirmed"


async def test_no_browser_is_a_known_device_any_more(population: Population) -> None:
    await hoa(population)
    await population.person("an")
    seen = {"first_seen_at": NOW - 9, "last_seen_at": NOW - 9}
    for person in ("hoa", "an"):
        await population.database.commit(
            Insert("known_device", {"person_id": person, "browser_hash": b"browser", **seen})
        )

    await report(population)

    assert [row["person_id"] for row in await population.rows("known_device")] == ["an"]


async def test_it_is_enough_to_name_the_session(population: Population) -> None:
    await hoa(population)
    await report(population, link_id=None, session_id="s-phone")
    assert await population.value("identity_link", "status", id="by-phone") == "frozen"


async def test_a_session_of_somebody_else_freezes_nothing(population: Population) -> None:
    await hoa(population)
    await population.person("thief")
    await report(population, person_id="thief", link_id=None, session_id="s-phone")
    assert await population.value("identity_link", "status", id="by-phone") == "register-confirmed"
    assert await population.value("sso_session", "ended_at", id="s-phone") is None


async def test_reported_many_times_at_once_it_is_one_case_and_one_notice(population: Population) -> None:
    await hoa(population)
    told: list[Happening] = []
    references = await asyncio.gather(*(report(population, tell=telling(population, told)) for _ in range(6)))

    assert len(set(references)) == 1
    assert len(await population.rows("linking_case")) == 1
    assert len(await population.messages("backchannel_logout")) == 2
    assert len(await population.events("misuse.reported")) == 1
    assert len(await population.rows("outbox", kind="sms")) == 1


async def test_it_is_undone_to_what_it_was(population: Population) -> None:
    await hoa(population)
    reference = await report(population)
    case = await case_by_reference(population.database, population.vault, reference)
    assert case is not None

    undone = await undo_not_me(
        population.database, population.vault, person_id="hoa", case_id=case.id, by="citizen", now=NOW + 5
    )

    assert undone
    assert await population.value("identity_link", "status", id="by-tax") == "register-confirmed"
    after = await case_by_reference(population.database, population.vault, reference)
    assert after is not None
    assert (after.status, after.outcome) == (CaseStatus.WITHDRAWN, CaseOutcome.UNDONE)
    again = await undo_not_me(
        population.database, population.vault, person_id="hoa", case_id=case.id, by="citizen", now=NOW + 6
    )
    assert not again


async def test_nobody_undoes_the_report_of_somebody_else(population: Population) -> None:
    await hoa(population)
    await population.person("thief")
    case = await case_by_reference(population.database, population.vault, await report(population))
    assert case is not None
    undone = await undo_not_me(
        population.database, population.vault, person_id="thief", case_id=case.id, by="citizen", now=NOW + 5
    )
    assert not undone
    assert await population.value("identity_link", "status", id="by-tax") == "frozen"


async def test_what_a_report_froze_is_not_thawed_beside_it(population: Population) -> None:
    await hoa(population)
    await report(population)
    thawed = await unfreeze_link(
        population.database, population.vault, link_id="by-tax", person_id="hoa", by="citizen", now=NOW + 5
    )
    assert not thawed
    assert await population.value("identity_link", "status", id="by-tax") == "frozen"


async def test_a_closed_account_reports_nothing(population: Population) -> None:
    await population.person("hoa", status="closed")
    with pytest.raises(NotActive):
        await report(population, link_id=None)


async def test_freezing_a_link_ends_what_came_by_it_and_nothing_else(population: Population) -> None:
    await hoa(population)
    told: list[Happening] = []

    def tell(happening: Happening) -> list[Write]:
        told.append(happening)
        return []

    frozen = await freeze_link(
        population.database,
        population.vault,
        population.find_client,
        link_id="by-phone",
        person_id="hoa",
        by="citizen",
        tell=tell,
        now=NOW,
    )

    assert frozen
    assert await population.value("sso_session", "ended_at", id="s-phone") == NOW
    assert await population.value("sso_session", "ended_at", id="s-tax") is None
    assert [message["client_id"] for message in await population.messages("backchannel_logout")] == ["school"]
    assert [(happening.kind, happening.source_id) for happening in told] == [("link_frozen", "phone")]
    thawed = await unfreeze_link(
        population.database, population.vault, link_id="by-phone", person_id="hoa", by="citizen", now=NOW + 5
    )
    assert thawed
    assert await population.value("identity_link", "status", id="by-phone") == "register-confirmed"


async def test_nobody_freezes_the_link_of_somebody_else(population: Population) -> None:
    await hoa(population)
    frozen = await freeze_link(
        population.database,
        population.vault,
        population.find_client,
        link_id="by-phone",
        person_id="thief",
        by="citizen",
        now=NOW,
    )
    assert not frozen


async def test_unlinking_ends_what_came_by_the_link_and_can_be_taken_back(population: Population) -> None:
    await hoa(population)
    database, vault = population.database, population.vault
    removals = [
        await remove_link(
            database, vault, population.find_client, link_id="by-tax", person_id="hoa", by="citizen", now=NOW
        )
        for _ in range(2)
    ]
    assert removals == [True, False]
    link = await population.one("identity_link", id="by-tax")
    assert (link["status"], link["previous_status"]) == ("removed", "register-confirmed")
    assert await population.value("sso_session", "ended_at", id="s-tax") == NOW
    assert await population.value("sso_session", "ended_at", id="s-phone") is None
    assert await population.value("authorization_grant", "revoked_at", session_id="s-tax") == NOW
    again = await change_link(
        database,
        vault,
        link_id="by-tax",
        person_id="hoa",
        to=LinkStatus.REGISTER_CONFIRMED,
        reason="unlink_undone",
        by="citizen",
        now=NOW + 5,
    )
    assert again


async def test_a_session_that_a_login_writes_in_the_moment_of_the_report_is_ended_too(population: Population) -> None:
    await hoa(population)

    async def log_in() -> None:
        await population.session("hoa", "s-late", link_id="by-tax")

    database = Interposed(population.database, after={1: log_in})
    await not_me(database, population.vault, population.find_client, person_id="hoa", link_id="by-tax", now=NOW)
    assert await population.value("sso_session", "ended_at", id="s-late") == NOW
