"""Logins in the moment of a merge: whoever logs in is let in, as the one person, and no link is left behind."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from idp.identity.merging.merge import MergeBasis, MergeResult, merge_people
from idp.identity.recognition.recognised import Recognised
from idp.identity.recognition.recognising import recognise
from idp.storage.database import Database
from tests.idp.identity.test_recognition import seen
from tests.support.interposed import Interposed
from tests.support.population import HOA, Population
from tests.support.sources import NOW

UNNUMBERED = replace(HOA, personal_id=None)


@pytest.fixture
async def population(database: Database) -> Population:
    """`old`, whose source knew no number, and `new`, who is found by it."""
    population = Population(database)
    await population.person("old", created_at=NOW - 9000)
    await population.link("old", "by-phone", UNNUMBERED, source_id="phone")
    await population.person("new", created_at=NOW - 500)
    await population.link("new", "by-tax", HOA, source_id="tax", anchored=True)
    return population


async def merged(population: Population, database: Database | None = None) -> MergeResult:
    return await merge_people(
        database or population.database,
        population.vault,
        population.find_client,
        first_id="old",
        second_id="new",
        basis=MergeBasis.PROOF_AT_BOTH_ENDS,
        case_id=None,
        by="citizen",
        now=NOW,
    )


async def logged_in(population: Population, database: Database | None = None, subject: str = "i-1") -> Recognised:
    """At a source where they never were: found by their number, and linked."""
    first_time = seen(HOA, source="social-insurance", subject=subject)
    return await recognise(database or population.database, population.vault, first_time, now=NOW)


async def owners(population: Population) -> Sequence[str]:
    return sorted({str(row["person_id"]) for row in await population.rows("identity_link")})


async def test_a_login_that_found_the_absorbed_person_joins_the_survivor(population: Population) -> None:
    database = Interposed(population.database, before={1: lambda: merged(population)})
    recognised = await logged_in(population, database)
    assert (recognised.person_id, recognised.decision) == ("old", "LINK")
    assert await owners(population) == ["old"]


async def test_a_link_made_between_the_reading_and_the_merge_is_the_survivors(population: Population) -> None:
    database = Interposed(population.database, before={1: lambda: logged_in(population)})
    result = await merged(population, database)
    assert await owners(population) == [result.survivor_id]
    again = await logged_in(population)
    assert (again.person_id, again.decision) == ("old", "KNOWN")


@pytest.mark.parametrize("trial", range(5))
async def test_many_logins_and_a_merge_at_once_end_as_one_person(population: Population, trial: int) -> None:
    subjects = [f"i-{number}" for number in range(4)]
    await asyncio.gather(merged(population), *(logged_in(population, subject=subject) for subject in subjects))
    assert await owners(population) == ["old"]
    found = [await logged_in(population, subject=subject) for subject in subjects]
    assert {(one.person_id, one.decision) for one in found} == {("old", "KNOWN")}
