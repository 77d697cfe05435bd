"""A provider over one database: what is bent here never gets as far as SQL. Two workers and both databases have a
file of their own."""

from collections.abc import AsyncIterator

import pytest

from idp.storage.database import Database
from tests.support.provider import Provider, running_provider


@pytest.fixture
async def provider(sqlite_database: Database) -> AsyncIterator[Provider]:
    async with running_provider(sqlite_database) as running:
        yield running
