"""The last way in: whoever unlinks, in as many tabs as they like, can still come in."""

import asyncio

import pytest

from idp.identity.links import LinkStatus, change_link
from idp.identity.protection.happenings import Happening
from idp.identity.protection.link_freezing import freeze_link, remove_link
from idp.identity.protection.ways_in import LastWayIn
from idp.storage.database import Database, Insert, Write
from tests.support.interposed import Interposed
from tests.support.population import Population
from tests.support.sources import NOW


@pytest.fixture
async def population(database: Database) -> Population:
    """Hòa with two links, the tax office and a telephone."""
    people = Population(database)
    await people.person("hoa")
    await people.link("hoa", "by-tax")
    await people.link("hoa", "by-phone", source_id="phone")
    return people


async def unlink(population: Population, link_id: str, **changes: object) -> bool:
    arguments = {"link_id": link_id, "person_id": "hoa", "by": "citizen", "now": NOW, **changes}
    database = changes.pop("database", population.database)
    arguments.pop("database", None)
    return await remove_link(database, population.vault, population.find_client, **arguments)  # type: ignore[arg-type]  # the tests' own words


async def statuses(population: Population) -> dict[str, str]:
    return {str(row["id"]): str(row["status"]) for row in await population.rows("identity_link")}


async def test_two_tabs_that_unlink_two_sources_at_once_leave_one(population: Population) -> None:
    answers = await asyncio.gather(unlink(population, "by-tax"), unlink(population, "by-phone"), return_exceptions=True)

    assert sorted(str(type(answer).__name__) for answer in answers) == ["LastWayIn", "bool"]
    assert sorted((await statuses(population)).values()).count("removed") == 1
    assert len(await population.events("link.changed")) == 1


async def test_what_another_tab_unlinked_since_it_was_looked_at_is_no_way_in(population: Population) -> None:
    async def other_tab() -> None:
        await unlink(population, "by-phone")

    with pytest.raises(LastWayIn):
        await unlink(population, "by-tax", database=Interposed(population.database, before={1: other_tab}))

    assert await statuses(population) == {"by-tax": "register-confirmed", "by-phone": "removed"}


async def test_a_freezing_in_the_same_moment_counts(population: Population) -> None:
    async def other_tab() -> None:
        await freeze_link(
            population.database,
            population.vault,
            population.find_client,
            link_id="by-phone",
            person_id="hoa",
            by="citizen",
            now=NOW,
        )

    with pytest.raises(LastWayIn):
        await unlink(population, "by-tax", database=Interposed(population.database, before={1: other_tab}))

    assert (await statuses(population))["by-tax"] == "register-confirmed"
    assert await population.value("person", "status", id="hoa") == "active"


async def test_the_only_way_in_is_not_unlinked_and_nothing_of_it_ends(population: Population) -> None:
    await unlink(population, "by-phone")
    await population.session("hoa", "s-tax", link_id="by-tax")

    with pytest.raises(LastWayIn):
        await unlink(population, "by-tax")

    assert await population.value("sso_session", "ended_at", id="s-tax") is None


@pytest.mark.parametrize("status", [LinkStatus.FROZEN, LinkStatus.DISPUTED, LinkStatus.MISMATCH])
async def test_a_link_that_lets_nobody_in_is_no_other_way(population: Population, status: LinkStatus) -> None:
    await change_link(
        population.database,
        population.vault,
        link_id="by-phone",
        person_id="hoa",
        to=status,
        reason="test",
        by="system",
        now=NOW,
    )
    with pytest.raises(LastWayIn):
        await unlink(population, "by-tax")


async def test_a_source_that_is_blocked_or_gone_is_no_other_way(population: Population) -> None:
    with pytest.raises(LastWayIn):
        await unlink(population, "by-tax", sources=["tax"])
    blocked: dict[str, str | int] = {"person_id": "hoa", "source_id": "phone", "blocked_at": NOW}
    await population.database.commit(Insert("source_block", {**blocked}))
    with pytest.raises(LastWayIn):
        await unlink(population, "by-tax", sources=["tax", "phone"])


async def test_who_unlinks_is_told_once_on_what_was_known_before(population: Population) -> None:
    told: list[Happening] = []

    def tell(happening: Happening) -> list[Write]:
        told.append(happening)
        return []

    await unlink(population, "by-tax", tell=tell)

    (happening,) = told
    assert (happening.kind, happening.source_id) == ("link_removed", "tax")
    assert [channel.kind for channel in happening.channels] == ["sms"]
