"""A provider with sources to enter through, around it what those sources are."""

from collections.abc import AsyncIterator, Iterator

import pytest

from idp.authentication.one_time_code import (
    OneTimeCodes,
)
from idp.storage.database import Database
from idp.storage.open import open_database
from tests.support.entrance import Entrance, Neighbours, entrance, neighbours
from tests.support.provider import Browser
from tests.support.registers import record
from tests.support.sources import vault

KNOWN = "9900000017"


@pytest.fixture(scope="session")
def around() -> Iterator[Neighbours]:
    with neighbours() as running:
        yield running


@pytest.fixture
async def door(database: Database, around: Neighbours) -> AsyncIterator[Entrance]:
    async with entrance(database, around) as made:
        around.insurance.records[KNOWN] = record()
        yield made


@pytest.fixture
def browser(door: Entrance) -> Browser:
    return door.provider.browser()


@pytest.fixture
def codes(database: Database) -> OneTimeCodes:
    return OneTimeCodes(database, vault())


@pytest.fixture
async def second_worker(database: Database, database_url: str) -> AsyncIterator[OneTimeCodes]:
    """Another worker's connection to the same database."""
    opened = open_database(database_url)
    yield OneTimeCodes(opened, vault())
    await opened.close()
