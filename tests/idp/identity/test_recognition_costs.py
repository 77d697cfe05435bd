"""What it costs to know somebody, in round trips and commits and never in times."""

from typing import Any

import pytest

from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.candidate_search import find_candidates
from idp.storage.database import Database
from tests.idp.identity.test_recognition import HOA, recognised, seen
from tests.support.sources import vault


async def cost(database: Database, result: Any) -> tuple[int, int]:
    trips, commits = database.counters.round_trips, database.counters.commits
    await recognised(database, result)
    return database.counters.round_trips - trips, database.counters.commits - commits


async def test_somebody_known_takes_a_look_and_a_commit(database: Database) -> None:
    await recognised(database, seen())

    assert await cost(database, seen()) == (2, 1)


async def test_a_first_login_takes_one_look_more(database: Database) -> None:
    assert await cost(database, seen()) == (3, 1)


@pytest.mark.parametrize("homonyms", [0, 30])
async def test_a_join_takes_as_much_however_many_there_are(database: Database, homonyms: int) -> None:
    for number in range(homonyms):
        await recognised(database, seen(PivotIdentity(name=HOA.name, birthdate="1984"), subject=f"h-{number}"))
    await recognised(database, seen())

    assert await cost(database, seen(source="social-insurance", subject="i-9")) == (3, 1)


async def test_the_candidates_are_found_in_one_round_trip(database: Database) -> None:
    await recognised(database, seen())
    trips = database.counters.round_trips

    found = await find_candidates(database, vault(), HOA)

    assert len(found.people) == 1
    assert database.counters.round_trips - trips == 1


async def test_who_says_nothing_is_looked_for_nowhere(database: Database) -> None:
    trips = database.counters.round_trips

    found = await find_candidates(database, vault(), PivotIdentity(name="", birthdate=""))

    assert (found.people, database.counters.round_trips) == ((), trips)
