"""A merge taken back: everything is where it was, the two stay apart, and whoever was told is told again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from idp.identity.cases.case import CaseAction, CaseKind, CaseOutcome, open_case_writes
from idp.identity.cases.decisions import propose_action
from idp.identity.cases.keeping_apart import kept_apart_from
from idp.identity.cases.search import case_by_id
from idp.identity.links import LinkStatus
from idp.identity.merging.merge import MergeBasis, MergeRefusal, MergeRefused, merge_people
from idp.identity.merging.retired_subjects import successor_of
from idp.identity.merging.split import SplitRefusal, SplitRefused, split_people
from idp.identity.protection.happenings import Happening
from idp.identity.reindexing import reindex
from idp.storage.database import Database, Row, Statement, Write
from idp.storage.vault import Vault
from tests.support.population import HOA, Population
from tests.support.sources import MASTER_KEY, NOW

LATER = NOW + 1000
UNNUMBERED = replace(HOA, personal_id=None)
TABLES = ("identity_link", "subject_identifier", "consent", "identity_anchor", "known_device", "source_block")


@pytest.fixture
def population(database: Database) -> Population:
    return Population(database)


async def two_people(population: Population) -> None:
    town_hall, school = await population.service("town-hall"), await population.service("school")
    await population.person("old", created_at=NOW - 9000)
    await population.link("old", "by-tax", anchored=True)
    await population.session("old", "s-old", link_id="by-tax")
    await population.grant("old", "s-old", town_hall)
    await population.consent("old", town_hall)
    await population.person("new", created_at=NOW - 500)
    await population.link("new", "by-phone", UNNUMBERED, source_id="phone", status=LinkStatus.PROPOSED)
    await population.session("new", "s-new", link_id="by-phone", source_id="phone")
    await population.grant("new", "s-new", town_hall)
    await population.grant("new", "s-new", school)
    await population.consent("new", town_hall)
    await population.consent("new", school)
    await population.device("old", b"shared")
    await population.device("new", b"shared")
    await population.device("new", b"own")
    await population.login_record("new", "by-phone", school)
    await case_of_operators(population, "merge-them", CaseAction.MERGE)


async def case_of_operators(population: Population, case_id: str, action: CaseAction) -> None:
    """Proposed by the first operator, `an`."""
    await population.database.commit(
        *open_case_writes(
            population.vault,
            case_id=case_id,
            kind=CaseKind.SUPPORT,
            person_id="old",
            link_id="by-phone" if action is CaseAction.MERGE else None,
            candidate_ids=["new"],
            decision="REVIEW",
            now=NOW - 400,
        )
    )
    case = await case_by_id(population.database, population.vault, case_id)
    assert case is not None
    assert await propose_action(population.database, case=case, action=action, by="an", now=NOW - 300)


async def merged(population: Population, **changes: Any) -> str:
    arguments: Mapping[str, Any] = {
        "first_id": "new",
        "second_id": "old",
        "basis": MergeBasis.OPERATORS,
        "case_id": "merge-them",
        "by": "binh",
        "now": NOW,
        **changes,
    }
    done = await merge_people(population.database, population.vault, population.find_client, **arguments)
    return done.merge_id


async def split(population: Population, merge_id: str, **changes: Any) -> None:
    arguments: Mapping[str, Any] = {"case_id": "split-them", "by": "binh", "now": LATER, **changes}
    await split_people(population.database, population.vault, population.find_client, merge_id=merge_id, **arguments)


async def picture(population: Population) -> dict[str, list[Row]]:
    """Who holds what, times of changes left out."""
    left_out = {"status_changed_at", "last_used_at"}
    return {
        table: sorted(
            (
                {name: value for name, value in row.items() if name not in left_out}
                for row in await population.rows(table)
            ),
            key=repr,
        )
        for table in TABLES
    }


async def test_after_merge_and_split_everybody_holds_exactly_what_they_held(population: Population) -> None:
    await two_people(population)
    before = await picture(population)
    merge_id = await merged(population)
    assert await picture(population) != before
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    told: list[Happening] = []

    def tell(happening: Happening) -> list[Write]:
        told.append(happening)
        return []

    await split(population, merge_id, tell=tell)

    assert await picture(population) == before
    assert [await population.value("person", "status", id=one) for one in ("old", "new")] == ["active", "active"]
    assert await population.value("login_record", "person_id", link_id="by-phone") == "new"
    assert await kept_apart_from(population.database, "old") == {"new"}
    assert await population.value("person_merge", "undone_by", id=merge_id) == "binh"
    assert await population.value("linking_case", "outcome", id="split-them") == CaseOutcome.SPLIT
    assert [happening.kind for happening in told] == ["people_split"]
    assert len(await population.events("people.split")) == 2


async def test_the_services_that_were_told_are_told_again_and_nothing_is_answered_any_more(
    population: Population,
) -> None:
    await two_people(population)
    clients = population.clients
    old_sub, new_sub = (population.sub(one, clients["town-hall"]) for one in ("new", "old"))
    merge_id = await merged(population)
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    await split(population, merge_id)

    told = await population.messages("security_event")
    assert {(event["kind"], event["client_id"], event["sub"], event["other_sub"]) for event in told} == {
        ("sub_changed", "town-hall", old_sub, new_sub),
        ("sub_restored", "town-hall", old_sub, new_sub),
    }
    assert await successor_of(population.database, sector="town-hall.example", sub=old_sub, now=LATER) is None


async def test_all_sessions_and_grants_end_with_the_split(population: Population) -> None:
    await two_people(population)
    merge_id = await merged(population)
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    await split(population, merge_id)
    assert all(row["ended_at"] is not None for row in await population.rows("sso_session"))
    assert all(row["revoked_at"] is not None for row in await population.rows("authorization_grant"))


async def test_a_link_that_came_since_by_the_absorbed_ones_number_is_theirs(population: Population) -> None:
    await two_people(population)
    other = replace(HOA, personal_id="099184000028")
    await population.link("new", "by-insurance", other, source_id="insurance", anchored=True)
    merge_id = await merged(population)
    await population.link("old", "since-theirs", other, source_id="card", created_at=NOW + 5)
    await population.link("old", "since-own", HOA, source_id="bank", created_at=NOW + 5)
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    await split(population, merge_id)
    assert await population.value("identity_link", "person_id", id="since-theirs") == "new"
    assert await population.value("identity_link", "person_id", id="since-own") == "old"


async def test_what_was_agreed_to_after_the_merge_stays_with_the_survivor(population: Population) -> None:
    await two_people(population)
    merge_id = await merged(population)
    agreed_again = "UPDATE consent SET granted_at = $1 WHERE id = 'new-school'"
    await population.database.commit(Statement(agreed_again, (NOW + 50,)))
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    await split(population, merge_id)
    assert await population.value("consent", "person_id", id="new-school") == "old"


@pytest.mark.parametrize("by", ["an", "binh"])
async def test_one_operator_alone_neither_merges_nor_splits(population: Population, by: str) -> None:
    await two_people(population)
    if by == "an":
        with pytest.raises(MergeRefused) as refused:
            await merged(population, by="an")
        assert refused.value.reason is MergeRefusal.NO_SECOND_OPERATOR
        assert await population.rows("person_merge") == []
        return
    merge_id = await merged(population, by="binh")
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    with pytest.raises(SplitRefused) as kept:
        await split(population, merge_id, by="an")
    assert kept.value.reason is SplitRefusal.NO_SECOND_OPERATOR
    assert await population.value("person", "status", id="new") == "merged"


async def test_a_proposed_merge_is_no_word_for_a_split(population: Population) -> None:
    await two_people(population)
    merge_id = await merged(population)
    await case_of_operators(population, "split-them", CaseAction.MERGE)
    with pytest.raises(SplitRefused) as refused:
        await split(population, merge_id)
    assert refused.value.reason is SplitRefusal.NO_SECOND_OPERATOR


async def test_a_merge_is_taken_back_once(population: Population) -> None:
    await two_people(population)
    merge_id = await merged(population)
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    await split(population, merge_id)
    await case_of_operators(population, "again", CaseAction.SPLIT)
    with pytest.raises(SplitRefused) as refused:
        await split(population, merge_id, case_id="again")
    assert refused.value.reason is SplitRefusal.NO_SUCH_MERGE


async def test_a_merge_under_a_later_one_waits_for_that_to_be_taken_back(population: Population) -> None:
    await two_people(population)
    merge_id = await merged(population)
    await population.set_status("old", "merged")
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    with pytest.raises(SplitRefused) as refused:
        await split(population, merge_id)
    assert refused.value.reason is SplitRefusal.NOT_ACTIVE


async def test_after_a_split_no_proof_joins_them_but_operators_may(population: Population) -> None:
    await two_people(population)
    merge_id = await merged(population)
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    await split(population, merge_id)
    with pytest.raises(MergeRefused) as refused:
        await merged(population, basis=MergeBasis.PROOF_AT_BOTH_ENDS, case_id=None, by="citizen", now=LATER + 5)
    assert refused.value.reason is MergeRefusal.KEPT_APART

    await case_of_operators(population, "merge-again", CaseAction.MERGE)
    await merged(population, case_id="merge-again", now=LATER + 10)
    assert await kept_apart_from(population.database, "old") == frozenset()
    clients = population.clients
    found = await successor_of(
        population.database,
        sector="town-hall.example",
        sub=population.sub("new", clients["town-hall"]),
        now=LATER + 20,
    )
    assert found is not None
    assert found.changed_at == LATER + 10


async def test_a_split_that_would_leave_somebody_elses_sub_leading_to_another_human_waits(
    population: Population,
) -> None:
    """`new` brought the sub of the school; `third`, merged since, is known there by it."""
    await two_people(population)
    first = await merged(population)
    school = population.clients["school"]
    await population.person("third", created_at=NOW - 100)
    await population.link("third", "by-card", UNNUMBERED, source_id="card")
    await population.session("third", "s-third", link_id="by-card")
    await population.grant("third", "s-third", school)
    second = await merged(
        population, first_id="third", basis=MergeBasis.PROOF_AT_BOTH_ENDS, case_id=None, by="citizen", now=NOW + 5
    )
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    with pytest.raises(SplitRefused) as refused:
        await split(population, first)
    assert refused.value.reason is SplitRefusal.LATER_MERGE

    await population.database.commit(
        Statement("UPDATE linking_case SET candidate_ids = $1 WHERE id = $2", ('["third"]', "split-them"))
    )
    await split(population, second)
    await case_of_operators(population, "split-again", CaseAction.SPLIT)
    await split(population, first, case_id="split-again", now=LATER + 5)
    subs = {
        str(row["person_id"]): row["sub"] for row in await population.rows("subject_identifier", sector=school.sector)
    }
    assert subs == {"new": population.sub("new", school), "third": population.sub("third", school)}


async def test_a_number_goes_back_also_where_master_keys_were_rotated_meanwhile(population: Population) -> None:
    """Its anchor has another key by then, which no list of what moved could know."""
    await two_people(population)
    other = replace(HOA, personal_id="099184000028")
    await population.link("new", "by-insurance", other, source_id="insurance", anchored=True)
    merge_id = await merged(population)
    population.vault = Vault([("k2", bytes(range(100, 132))), ("k1", MASTER_KEY)])
    await reindex(population.database, population.vault, tell=lambda table, rows: None)
    await case_of_operators(population, "split-them", CaseAction.SPLIT)
    await split(population, merge_id)

    for identity, holder in ((HOA, "old"), (other, "new")):
        index = population.vault.blind_index("personal_id", identity.personal_id or "")
        assert await population.value("identity_anchor", "person_id", personal_id_index=index) == holder
