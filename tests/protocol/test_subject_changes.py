"""A service asks whether a `sub` was replaced: it hears of its own sector's, for a year, and of nothing else."""

import pytest

from idp.identity.merging.retired_subjects import ANSWERED_SECONDS
from idp.storage.database import Insert
from tests.support.provider import Provider, RelyingPartyDriver

_NOTHING = b'{"changed":false}'


async def retire(provider: Provider, old: str, new: str, *, sector: str = "town-hall.example") -> None:
    now = int(provider.clock())
    await provider.services.database.commit(
        Insert(
            "retired_subject",
            {
                "old_sub": old,
                "sector": sector,
                "new_sub": new,
                "merge_id": f"merge-of-{old}",
                "changed_at": now,
                "expires_at": now + ANSWERED_SECONDS,
            },
        )
    )


async def test_the_new_sub_is_told_with_the_time_of_the_change(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    await retire(provider, "old", "new")
    answer = await town_hall.post("/subject-changes", sub="old")
    assert answer.json() == {"changed": True, "sub": "new", "changed_at": int(provider.clock())}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_chain_of_merges_is_followed_to_its_end(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    await retire(provider, "first", "second")
    await retire(provider, "second", "third")
    answer = await town_hall.post("/subject-changes", sub="first")
    assert answer.json()["sub"] == "third"


async def test_unknown_foreign_unchanged_and_forgotten_are_the_same_answer(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    await retire(provider, "old", "new")
    await retire(provider, "foreign", "theirs", sector="library.example")
    unchanged = await town_hall.post("/subject-changes", sub="new")
    unknown = await town_hall.post("/subject-changes", sub="nobody")
    foreign = await town_hall.post("/subject-changes", sub="foreign")
    provider.clock.now += ANSWERED_SECONDS
    forgotten = await town_hall.post("/subject-changes", sub="old")
    for answer in (unchanged, unknown, foreign, forgotten):
        assert (answer.status_code, answer.content) == (200, _NOTHING)


async def test_every_answer_costs_the_same_round_trips(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    await retire(provider, "old", "new")
    # The first request of a service reads its registration.
    await town_hall.post("/subject-changes", sub="anything")
    costs = []
    for sub in ("old", "nobody"):
        before = provider.services.database.counters.round_trips
        await town_hall.post("/subject-changes", sub=sub)
        costs.append(provider.services.database.counters.round_trips - before)
    assert costs[0] == costs[1]


async def test_services_of_one_sector_share_the_answer(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    sister = await provider.register("sister", sector="town-hall.example")
    await retire(provider, "old", "new")
    assert (await sister.post("/subject-changes", sub="old")).json()["sub"] == "new"


@pytest.mark.parametrize("secret", ["wrong", ""])
async def test_whoever_does_not_authenticate_learns_nothing(
    provider: Provider, town_hall: RelyingPartyDriver, secret: str
) -> None:
    await retire(provider, "old", "new")
    town_hall.secret = secret
    answer = await town_hall.post("/subject-changes", sub="old")
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


async def test_a_request_without_a_sub_is_refused(town_hall: RelyingPartyDriver) -> None:
    answer = await town_hall.post("/subject-changes")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_browser_that_looks_finds_nothing(provider: Provider) -> None:
    assert (await provider.http.get("/subject-changes")).status_code == 405
