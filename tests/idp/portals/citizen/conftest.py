"""Two people with accounts, so that every test can ask what one sees of the other."""

from collections.abc import AsyncIterator

import pytest

from idp.storage.database import Database
from tests.support.account import Account, add_source
from tests.support.provider import Provider, running_provider


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database) as running:
        await add_source(running, "tax", label="Mã số thuế", position=1)
        await add_source(running, "mobile", label="Số điện thoại", position=2)
        await add_source(running, "insurance", label="Mã số bảo hiểm xã hội", position=3)
        yield running


@pytest.fixture
async def hoa(provider: Provider) -> Account:
    account = Account(provider, "hoa")
    await account.link("hoa-tax", source_id="tax")
    await account.link("hoa-mobile", source_id="mobile")
    return account


@pytest.fixture
async def an(provider: Provider) -> Account:
    account = Account(provider, "an")
    await account.link("an-tax", source_id="tax")
    return account
