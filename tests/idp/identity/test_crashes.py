"""A crash before or after every commit of a merge, a split, a report and an end: all or nothing, each notice once."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from idp.identity.cases.case import CaseAction, CaseKind, open_case_writes
from idp.identity.cases.decisions import propose_action
from idp.identity.cases.search import case_by_id
from idp.identity.links import LinkStatus
from idp.identity.merging.merge import MergeBasis, merge_people
from idp.identity.merging.split import SplitRefused, split_people
from idp.identity.protection.closing import close_account
from idp.identity.protection.happenings import Happening
from idp.identity.protection.link_freezing import freeze_link
from idp.identity.protection.locks import lock_everything
from idp.identity.protection.misuse import not_me
from idp.storage.database import Database, Row, StorageUnavailable, Write
from idp.storage.outbox import enqueue
from tests.support.interposed import Interposed, crash
from tests.support.population import HOA, Population
from tests.support.sources import NOW

TABLES = (
    *("person", "identity_link", "subject_identifier", "consent", "identity_anchor", "known_device", "match_key"),
    *("sso_session", "authorization_grant", "linking_case", "person_merge", "retired_subject", "kept_apart"),
)
_MOST_COMMITS = 12

Deed = Callable[[Population, Database], Awaitable[object]]


@pytest.fixture
def population(database: Database) -> Population:
    return Population(database)


def telling(population: Population) -> Any:
    def tell(happening: Happening) -> list[Write]:
        return [enqueue("sms", happening.kind.encode(), id=happening.kind, now=NOW, vault=population.vault)]

    return tell


async def merging(population: Population, database: Database) -> object:
    return await merge_people(
        database,
        population.vault,
        population.find_client,
        first_id="new",
        second_id="old",
        basis=MergeBasis.PROOF_AT_BOTH_ENDS,
        case_id="prove-it",
        by="citizen",
        keep_session="s-new",
        tell=telling(population),
        now=NOW,
    )


async def splitting(population: Population, database: Database) -> object:
    try:
        await split_people(
            database,
            population.vault,
            population.find_client,
            merge_id=str(await population.value("person_merge", "id")),
            case_id="split-them",
            by="binh",
            tell=telling(population),
            now=NOW + 10,
        )
    except SplitRefused as refused:
        return refused.reason
    return None


async def reporting(population: Population, database: Database) -> object:
    return await not_me(
        database,
        population.vault,
        population.find_client,
        person_id="old",
        link_id="by-tax",
        tell=telling(population),
        now=NOW,
    )


async def freezing(population: Population, database: Database) -> object:
    return await freeze_link(
        database,
        population.vault,
        population.find_client,
        link_id="by-tax",
        person_id="old",
        by="citizen",
        tell=telling(population),
        now=NOW,
    )


async def locking(population: Population, database: Database) -> object:
    return await lock_everything(
        database,
        population.vault,
        population.find_client,
        person_id="old",
        by="citizen",
        tell=telling(population),
        now=NOW,
    )


async def closing(population: Population, database: Database) -> object:
    return await close_account(
        database,
        population.vault,
        population.find_client,
        person_id="old",
        by="citizen",
        tell=telling(population),
        now=NOW,
    )


async def settle_the_scene(population: Population, *, is_merged: bool) -> None:
    town_hall, school = await population.service("town-hall"), await population.service("school")
    await population.person("old", created_at=NOW - 9000)
    await population.link("old", "by-tax", anchored=True)
    await population.session("old", "s-old", link_id="by-tax")
    await population.grant("old", "s-old", town_hall)
    await population.consent("old", town_hall)
    await population.person("new", created_at=NOW - 500)
    late = replace(HOA, personal_id=None)
    await population.link("new", "by-phone", late, source_id="phone", status=LinkStatus.PROPOSED)
    await population.session("new", "s-new", link_id="by-phone", source_id="phone")
    await population.session("new", "s-elsewhere", link_id="by-phone", source_id="phone")
    await population.grant("new", "s-elsewhere", town_hall)
    await population.grant("new", "s-elsewhere", school)
    await population.consent("new", school)
    await population.device("new", b"own")
    await raise_case(population, "prove-it", CaseKind.PROVE, "new", "old")
    if not is_merged:
        return
    await merging(population, population.database)
    await raise_case(population, "split-them", CaseKind.SUPPORT, "old", "new")
    case = await case_by_id(population.database, population.vault, "split-them")
    assert case is not None
    await propose_action(population.database, case=case, action=CaseAction.SPLIT, by="an", now=NOW + 5)


async def raise_case(population: Population, case_id: str, kind: CaseKind, person: str, about: str) -> None:
    await population.database.commit(
        *open_case_writes(
            population.vault,
            case_id=case_id,
            kind=kind,
            person_id=person,
            link_id="by-phone" if kind is CaseKind.PROVE else None,
            candidate_ids=[about],
            decision="PROVE",
            now=NOW - 500,
        )
    )


async def picture(population: Population) -> dict[str, list[Row]]:
    """Everything, but ids that are drawn anew each time and the sealing."""
    random = {"id", "reference", "merge_id", "identity_sealed", "source_subject_index", "moved"}
    return {
        table: sorted(
            (
                {name: value for name, value in row.items() if name not in random}
                for row in await population.rows(table)
            ),
            key=repr,
        )
        for table in TABLES
    }


async def messages(population: Population) -> list[tuple[str, str]]:
    return sorted((str(row["kind"]), str(row["id"])) for row in await population.rows("outbox"))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "deed", [merging, splitting, reporting, freezing, locking, closing], ids=lambda deed: deed.__name__
)
async def test_all_or_nothing_and_repeating_it_finishes_it(population: Population, deed: Deed, moment: str) -> None:
    await settle_the_scene(population, is_merged=deed is splitting)
    at_first, messages_at_first = await picture(population), await messages(population)
    committed = None
    for number in range(1, _MOST_COMMITS):
        database = Interposed(population.database, **{moment: {number: crash}})  # type: ignore[arg-type]  # by name
        try:
            await deed(population, database)
        except StorageUnavailable:
            now = await picture(population)
            if now == at_first:
                # Nothing happened, so nobody was told.
                assert await messages(population) == messages_at_first
                continue
            # What was committed was committed with everything that goes out.
            told = await messages(population)
            committed = committed or told
            assert told == committed
            continue
        break
    else:
        pytest.fail("it never ran to its end")
    at_last = await messages(population)
    if committed is not None:
        assert at_last == committed
    assert await picture(population) != at_first
    # And once more, to the same end.
    end = await picture(population)
    await deed(population, population.database)
    assert await messages(population) == at_last
    again = await picture(population)
    for table in TABLES:
        assert again[table] == end[table] or table == "person", table
    assert {row["status"] for row in again["person"]} == {row["status"] for row in end["person"]}
