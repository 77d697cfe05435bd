"""A provider on each database, for the tests of the specifications."""

from collections.abc import AsyncIterator

import pytest

from idp.storage.database import Database
from tests.support.provider import Provider, RelyingPartyDriver, running_provider


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database) as running:
        yield running


@pytest.fixture
async def town_hall(provider: Provider) -> RelyingPartyDriver:
    return await provider.register()
