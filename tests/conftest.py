"""What every test shares: nothing but the event loop's name. Fixtures live beside the tests that use them."""

import pytest

pytest_plugins = ["tests.support.databases"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
