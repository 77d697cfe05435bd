"""What a worker knows of services, sources and keys before it could read any."""

import pytest

from idp.configuration import Configuration
from idp.storage.database import Database, StorageUnavailable
from tests.support.sources import vault


async def test_a_worker_that_has_read_nothing_says_so_and_takes_nobody_for_unknown(database: Database) -> None:
    configuration = Configuration(database, vault(), lambda stored: ())

    for asked in (
        lambda: configuration.client("portal"),
        lambda: configuration.source("tax"),
        lambda: configuration.sources(),
    ):
        with pytest.raises(StorageUnavailable):
            await asked()
    with pytest.raises(StorageUnavailable):
        configuration.is_switched_off("tax")
    with pytest.raises(StorageUnavailable):
        _ = configuration.key_ring


async def test_a_worker_knows_what_there_is_once_it_has_read(database: Database) -> None:
    configuration = Configuration(database, vault(), lambda stored: ())
    await configuration.refresh()

    assert await configuration.client("portal") is None
    assert await configuration.source("tax") is None
    assert not configuration.is_switched_off("tax")
    assert configuration.key_ring.keys == ()
