"""Two people once decided to be two: through merges and splits of either, until operators say otherwise."""

import pytest

from idp.identity.cases.case import CaseAction
from idp.identity.cases.decisions import keep_apart
from idp.identity.cases.keeping_apart import keep_apart_writes, kept_apart_from
from idp.identity.cases.search import case_by_id
from idp.identity.merging.merge import MergeBasis, MergeRefusal, MergeRefused, merge_people
from idp.storage.database import Database
from tests.idp.identity.test_splitting import LATER, UNNUMBERED, case_of_operators, merged, split, two_people
from tests.support.population import Population
from tests.support.sources import NOW


@pytest.fixture
async def population(database: Database) -> Population:
    """`old` and `new`, and `third`, who resembles both."""
    population = Population(database)
    await two_people(population)
    await population.person("third", created_at=NOW - 100)
    await population.link("third", "by-post", UNNUMBERED, source_id="post")
    return population


async def apart(population: Population, one: str, other: str, *, at: int = NOW - 50) -> None:
    await population.database.commit(*keep_apart_writes(one, [other], case_id="c", by="an", now=at))


async def proved(population: Population, one: str, other: str) -> None:
    await merge_people(
        population.database,
        population.vault,
        population.find_client,
        first_id=one,
        second_id=other,
        basis=MergeBasis.PROOF_AT_BOTH_ENDS,
        case_id=None,
        by="citizen",
        now=LATER,
    )


@pytest.mark.parametrize("named", ["new", "old"])
async def test_what_was_decided_of_either_is_true_of_the_one_they_become(population: Population, named: str) -> None:
    await apart(population, named, "third")
    await merged(population)

    for one, other in (("old", "third"), ("third", "old"), ("new", "third")):
        with pytest.raises(MergeRefused) as refused:
            await proved(population, one, other)
        assert refused.value.reason is MergeRefusal.KEPT_APART
    assert "third" in await kept_apart_from(population.database, "old")


async def test_a_decision_about_somebody_merged_before_binds_the_one_they_are_now(population: Population) -> None:
    await merged(population)
    await apart(population, "new", "third")

    with pytest.raises(MergeRefused) as refused:
        await proved(population, "old", "third")
    assert refused.value.reason is MergeRefusal.KEPT_APART


async def test_a_case_that_names_somebody_merged_since_keeps_apart_who_they_are_now(population: Population) -> None:
    await population.person("first", created_at=NOW - 99_000)
    await population.link("first", "by-register", UNNUMBERED, source_id="register")
    await case_of_operators(population, "apart", CaseAction.MERGE)
    await proved(population, "first", "new")
    case = await case_by_id(population.database, population.vault, "apart")
    assert case is not None

    assert await keep_apart(population.database, case=case, by="an", now=LATER)

    assert await kept_apart_from(population.database, "old") == {"new", "first"}


async def test_a_split_gives_back_what_was_inherited_and_nothing_else(population: Population) -> None:
    await population.person("fourth")
    await apart(population, "new", "third")
    await apart(population, "new", "fourth")
    await apart(population, "old", "fourth")
    merge_id = await merged(population)
    assert await kept_apart_from(population.database, "old") == {"third", "fourth"}
    await population.person("fifth")
    await apart(population, "old", "fifth", at=NOW + 10)
    await case_of_operators(population, "split-them", CaseAction.SPLIT)

    await split(population, merge_id)

    assert await kept_apart_from(population.database, "old") == {"fourth", "new", "fifth"}
    assert await kept_apart_from(population.database, "new") == {"third", "fourth", "old", "fifth"}


async def test_a_decision_goes_through_every_merge(population: Population) -> None:
    """`new` is part of `old`, and `old` of `first` by then."""
    await apart(population, "new", "third")
    await merged(population)
    await population.person("first", created_at=NOW - 99_000)
    await population.link("first", "by-register", UNNUMBERED, source_id="register")
    await proved(population, "first", "old")

    assert "third" in await kept_apart_from(population.database, "first")
    with pytest.raises(MergeRefused):
        await proved(population, "first", "third")
