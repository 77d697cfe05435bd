"""A provider whose sources hold records of one person that do not quite agree, and the person in front of it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from idp.storage.database import Database
from tests.support.entrance import Entrance, Neighbours, entrance, neighbours
from tests.support.person import HOA, INSURANCE_NUMBER, Person
from tests.support.registers import record


@pytest.fixture(scope="session")
def around() -> Iterator[Neighbours]:
    with neighbours() as running:
        yield running


@pytest.fixture
async def door(database: Database, around: Neighbours) -> AsyncIterator[Entrance]:
    """The insurance knows Hoa's personal ID; the tax authority does not."""
    async with entrance(database, around) as made:
        around.insurance.records[INSURANCE_NUMBER] = record(**HOA)
        around.tax.bend_userinfo = without_number
        around.tax.bend_id_token = lambda claims: told_at(int(made.provider.clock.now), claims)
        yield made


@pytest.fixture
def hoa(door: Entrance) -> Person:
    return Person(door, door.provider.browser())


@pytest.fixture
async def known_at_insurance(door: Entrance) -> str:
    """The insurance has led to somebody before: their person id."""
    earlier = Person(door, door.provider.browser())
    await earlier.log_in_at_insurance(await earlier.arrive())
    row = await door.database.fetch_row("SELECT id FROM person")
    assert row is not None
    door.provider.clock.now += 3600
    return str(row["id"])


def without_number(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if not name.startswith("vn_personal_id")}


def told_at(now: int, claims: dict[str, Any]) -> dict[str, Any]:
    """The authority's clock goes with ours."""
    return {**claims, "iat": now, "auth_time": now, "exp": now + 300}
