"""A provider with two people whose records nearly agree, and a case that asks whether they are one."""

from collections.abc import AsyncIterator

import pytest

from idp.identity.pivot import PivotIdentity
from idp.storage.database import Database
from tests.support.operators import add_person, raise_case
from tests.support.provider import Provider, running_provider

LAN = PivotIdentity(name="Trần Thị Lan", birthdate="1982-12-01", gender="female", personal_id="099182000097")
LAN_ELSEWHERE = PivotIdentity(name="Trần Thị Lan", birthdate="1982", gender="female", birthplace="Huế")


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database) as running:
        yield running


@pytest.fixture
async def reference(provider: Provider) -> str:
    """The case that `lan-elsewhere` raised, with `lan` as its candidate."""
    await add_person(provider.services, "lan", LAN, status="register-confirmed")
    await add_person(provider.services, "lan-elsewhere", LAN_ELSEWHERE, status="proposed")
    return await raise_case(provider.services, "lan-elsewhere", "lan")
