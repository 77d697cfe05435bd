"""Two at once: whoever comes second sees what the first one did, and nothing is left where nobody looks."""

import asyncio
from dataclasses import replace

import pytest

from idp.identity.cases.case import Case, CaseAction, CaseKind, CaseStatus, open_case_writes
from idp.identity.cases.decisions import keep_apart, propose_action, refuse_proposal
from idp.identity.cases.keeping_apart import kept_apart_from
from idp.identity.cases.search import case_by_id
from idp.identity.merging.merge import MergeBasis, MergeContended, MergeRefusal, MergeRefused, MergeResult, merge_people
from idp.identity.merging.settling import settle_merge
from idp.identity.merging.split import SplitContended, SplitRefused, split_people
from idp.identity.person_state import joining, standing_person
from idp.identity.protection.closing import close_account
from idp.identity.protection.happenings import Happening
from idp.identity.protection.locks import lock_everything
from idp.storage.database import Database, Insert, IntegrityConflict, Write
from idp.storage.outbox import enqueue
from tests.support.interposed import Interposed
from tests.support.population import HOA, Population
from tests.support.sources import NOW

UNNUMBERED = replace(HOA, personal_id=None)
TRIALS = 5


@pytest.fixture
def population(database: Database) -> Population:
    return Population(database)


async def people(population: Population, *names: str) -> None:
    """Alike enough for a proof at both ends; the first is the oldest. Each has a session at one service."""
    town_hall = await population.service("town-hall")
    for number, name in enumerate(names):
        await population.person(name, created_at=NOW - 9000 + number)
        await population.link(name, f"link-{name}", UNNUMBERED, source_id=f"source-{name}")
        await population.session(name, f"session-{name}", link_id=f"link-{name}")
        await population.grant(name, f"session-{name}", town_hall)


async def joined(
    population: Population, one: str, other: str, database: Database | None = None, case_id: str | None = None
) -> MergeResult | MergeRefusal | None:
    def tell(happening: Happening) -> list[Write]:
        return [enqueue("sms", b"", id=f"notice-{one}-{other}", now=NOW, vault=population.vault)]

    try:
        return await merge_people(
            database or population.database,
            population.vault,
            population.find_client,
            first_id=one,
            second_id=other,
            basis=MergeBasis.PROOF_AT_BOTH_ENDS if case_id is None else MergeBasis.OPERATORS,
            case_id=case_id,
            by="binh",
            tell=tell,
            now=NOW,
        )
    except MergeRefused as refused:
        return refused.reason
    except MergeContended:
        return None


async def nobody_is_lost(population: Population) -> None:
    """Every link is somebody's who may log in, or was given up with its person."""
    states = {str(row["id"]): str(row["status"]) for row in await population.rows("person")}
    for link in await population.rows("identity_link"):
        assert states[str(link["person_id"])] != "merged", link["id"]
    for session in await population.rows("sso_session"):
        assert states[str(session["person_id"])] == "active" or session["ended_at"] is not None, session["id"]


@pytest.mark.parametrize("trial", range(TRIALS))
async def test_crosswise_merges_end_in_one_person_with_every_link(population: Population, trial: int) -> None:
    await people(population, "a", "b", "c")
    pairs = [("a", "b"), ("b", "c"), ("c", "a"), ("b", "a")]
    await asyncio.gather(*(joined(population, *pair) for pair in pairs))
    for pair in pairs:
        await joined(population, *pair)

    assert {str(row["person_id"]) for row in await population.rows("identity_link")} == {"a"}
    standing = [await standing_person(population.database, name) for name in "abc"]
    assert {found.id for found in standing if found is not None} == {"a"}
    assert len(await population.rows("person_merge")) == 2
    await nobody_is_lost(population)


async def test_the_same_merge_many_times_at_once_is_one(population: Population) -> None:
    await people(population, "a", "b")
    results = await asyncio.gather(*(joined(population, "a", "b") for _ in range(8)))
    done = {result.merge_id for result in results if isinstance(result, MergeResult)}
    assert len(done) == 1
    assert len(await population.rows("person_merge")) == 1
    assert len(await population.rows("outbox", kind="sms")) == 1
    assert len(await population.messages("backchannel_logout")) == 1


@pytest.mark.parametrize("whose", ["a", "b"])
@pytest.mark.parametrize("trial", range(TRIALS))
async def test_a_merge_and_an_end_leave_no_record_of_the_closed(population: Population, whose: str, trial: int) -> None:
    await people(population, "a", "b")
    closed, _ = await asyncio.gather(
        close_account(
            population.database, population.vault, population.find_client, person_id=whose, by="citizen", now=NOW
        ),
        joined(population, "a", "b"),
    )
    merged = await population.rows("person_merge")
    gone = await population.rows("identity_link", status="removed")
    if not closed:
        assert (len(merged), gone) == (1, [])
    elif merged:
        # First one person, then closed as one.
        assert {str(row["person_id"]) for row in gone} == {"a"}
        assert len(gone) == 2
    else:
        assert [row["person_id"] for row in gone] == [whose]
    await nobody_is_lost(population)


@pytest.mark.parametrize("whose", ["a", "b"])
async def test_whoever_is_locked_between_the_reading_and_the_merge_is_not_merged(
    population: Population, whose: str
) -> None:
    await people(population, "a", "b")

    async def lock() -> None:
        await lock_everything(
            population.database, population.vault, population.find_client, person_id=whose, by="citizen", now=NOW
        )

    outcome = await joined(population, "a", "b", Interposed(population.database, before={1: lock}))
    assert outcome is MergeRefusal.NOT_ACTIVE
    assert await population.rows("person_merge") == []
    assert await population.rows("outbox", kind="sms") == []


async def test_whoever_is_kept_apart_out_of_another_case_between_reading_and_merge_is_not_merged(
    population: Population,
) -> None:
    await people(population, "a", "b")
    await population.database.commit(
        *open_case_writes(
            population.vault,
            case_id="another",
            kind=CaseKind.REVIEW,
            person_id="b",
            link_id="link-b",
            candidate_ids=["a"],
            decision="REVIEW",
            evidence={"a": ("C+",)},
            now=NOW,
        )
    )
    case = await case_by_id(population.database, population.vault, "another")
    assert case is not None

    async def decide() -> None:
        assert await keep_apart(population.database, case=case, by="an", now=NOW)

    outcome = await joined(population, "a", "b", Interposed(population.database, before={1: decide}))
    assert outcome is MergeRefusal.KEPT_APART
    assert await population.rows("person_merge") == []


async def test_a_link_that_a_login_adds_while_two_are_merged_goes_with_the_others(population: Population) -> None:
    await people(population, "a", "b")

    async def log_in() -> None:
        await population.link("b", "late", UNNUMBERED, source_id="late")
        await population.database.commit(gate=joining("b", now=NOW))

    await joined(population, "a", "b", Interposed(population.database, before={1: log_in}))
    assert await population.value("identity_link", "person_id", id="late") == "a"
    assert "late" in str(await population.value("person_merge", "moved"))


async def test_a_link_that_no_gate_announced_is_found_and_follows(population: Population) -> None:
    """On PostgreSQL a row committed while the merge already ran is in no snapshot of it."""
    await people(population, "a", "b")

    async def log_in() -> None:
        await population.link("b", "late", UNNUMBERED, source_id="late")

    await joined(population, "a", "b", Interposed(population.database, after={1: log_in}))
    assert await population.value("identity_link", "person_id", id="late") == "a"
    assert '"id": "late"' in str(await population.value("person_merge", "moved"))
    await nobody_is_lost(population)


async def test_a_number_that_a_login_brings_in_the_moment_of_a_merge_is_the_survivors(population: Population) -> None:
    await people(population, "a", "b")
    anchor = Insert("identity_anchor", {"personal_id_index": b"number", "person_id": "b"})

    async def log_in() -> None:
        await population.database.commit(anchor)

    await joined(population, "a", "b", Interposed(population.database, after={1: log_in}))
    assert await population.value("identity_anchor", "person_id", personal_id_index=b"number") == "a"
    assert b"number".hex() in str(await population.value("person_merge", "moved"))


async def test_a_link_left_behind_two_merges_ago_is_brought_to_where_everybody_is(population: Population) -> None:
    await people(population, "a", "b", "c")
    await joined(population, "b", "c")
    await joined(population, "a", "b")
    await population.link("c", "late", UNNUMBERED, source_id="late")
    assert await settle_merge(population.database, absorbed_id="c", now=NOW)
    assert await population.value("identity_link", "person_id", id="late") == "a"


async def test_a_sub_that_the_survivor_got_meanwhile_is_not_overwritten(population: Population) -> None:
    await people(population, "a", "b")
    school = await population.service("school")
    await population.grant("b", "session-b", school)

    async def log_in_at_school() -> None:
        await population.grant("a", "session-a", school)

    await joined(population, "a", "b", Interposed(population.database, before={1: log_in_at_school}))
    subs = {
        str(row["sub"]): str(row["person_id"])
        for row in await population.rows("subject_identifier", sector=school.sector)
    }
    assert subs == {population.sub("a", school): "a", population.sub("b", school): "b"}
    assert [row["old_sub"] for row in await population.rows("retired_subject", sector=school.sector)] == [
        population.sub("b", school)
    ]


async def proposed(population: Population, action: CaseAction = CaseAction.MERGE, case_id: str = "case") -> Case:
    await population.database.commit(
        *open_case_writes(
            population.vault,
            case_id=case_id,
            kind=CaseKind.REVIEW,
            person_id="b",
            link_id="link-b",
            candidate_ids=["a"],
            decision="REVIEW",
            now=NOW,
        )
    )
    case = await case_by_id(population.database, population.vault, case_id)
    assert case is not None
    assert await propose_action(population.database, case=case, action=action, by="an", now=NOW)
    after = await case_by_id(population.database, population.vault, case_id)
    assert after is not None
    return after


@pytest.mark.parametrize("trial", range(TRIALS))
async def test_of_two_operators_who_decide_differently_one_wins_entirely(population: Population, trial: int) -> None:
    await people(population, "a", "b")
    case = await proposed(population)
    _, apart, refused = await asyncio.gather(
        joined(population, "a", "b", case_id="case"),
        keep_apart(population.database, case=case, by="chi", now=NOW),
        refuse_proposal(population.database, case=case, by="dung", now=NOW),
    )
    merged = bool(await population.rows("person_merge"))
    assert [merged, apart, refused].count(True) == 1
    after = await case_by_id(population.database, population.vault, "case")
    assert after is not None
    assert after.status is (CaseStatus.OPEN if refused else CaseStatus.DECIDED)
    assert bool(await kept_apart_from(population.database, "a")) is apart


async def test_the_proposer_who_hurries_under_another_decision_is_still_the_proposer(population: Population) -> None:
    """The second half is checked in the statement that merges, not only in what was read before it."""
    await people(population, "a", "b")
    await proposed(population)

    async def propose_again() -> None:
        case = await case_by_id(population.database, population.vault, "case")
        assert case is not None
        assert await refuse_proposal(population.database, case=case, by="an", now=NOW)
        case = await case_by_id(population.database, population.vault, "case")
        assert case is not None
        assert await propose_action(population.database, case=case, action=CaseAction.MERGE, by="binh", now=NOW)

    outcome = await joined(population, "a", "b", Interposed(population.database, before={1: propose_again}), "case")
    assert outcome is MergeRefusal.NO_SECOND_OPERATOR
    assert await population.rows("person_merge") == []


@pytest.mark.parametrize("trial", range(TRIALS))
async def test_a_split_and_a_further_merge_leave_everybody_whole(population: Population, trial: int) -> None:
    await people(population, "z", "a", "b")
    first = await joined(population, "a", "b")
    assert isinstance(first, MergeResult)
    await proposed(population, CaseAction.SPLIT, "split")

    async def take_back() -> bool:
        try:
            await split_people(
                population.database,
                population.vault,
                population.find_client,
                merge_id=first.merge_id,
                case_id="split",
                by="binh",
                now=NOW + 5,
            )
        except (SplitRefused, SplitContended):
            return False
        return True

    split, _ = await asyncio.gather(take_back(), joined(population, "z", "a"))
    owners = {str(row["id"]): str(row["person_id"]) for row in await population.rows("identity_link")}
    assert owners["link-a"] == owners["link-z"] == "z"
    assert owners["link-b"] == ("b" if split else "z")
    await nobody_is_lost(population)


async def test_two_cases_never_share_a_reference(population: Population) -> None:
    await people(population, "a")
    rows = [
        open_case_writes(
            population.vault,
            case_id=f"case-{number}",
            kind=CaseKind.SUPPORT,
            person_id="a",
            link_id=None,
            decision="support",
            now=NOW,
            reference="MC-2222-2222",
        )
        for number in (1, 2)
    ]
    await population.database.commit(*rows[0])
    with pytest.raises(IntegrityConflict):
        await population.database.commit(*rows[1])
    assert isinstance(rows[0][0], Insert)


async def test_nobody_seconds_what_was_proposed_anew_behind_their_back(population: Population) -> None:
    await people(population, "a", "b")
    looked_at = await proposed(population)
    assert await refuse_proposal(population.database, case=looked_at, by="an", now=NOW)
    case = await case_by_id(population.database, population.vault, "case")
    assert case is not None
    assert await propose_action(population.database, case=case, action=CaseAction.MERGE, by="an", now=NOW)

    with pytest.raises(MergeRefused) as refused:
        await merge_people(
            population.database,
            population.vault,
            population.find_client,
            first_id="a",
            second_id="b",
            basis=MergeBasis.OPERATORS,
            case_id="case",
            case_version=looked_at.version,
            by="binh",
            now=NOW,
        )
    assert refused.value.reason is MergeRefusal.OTHER_CASE
    assert await population.rows("person_merge") == []
