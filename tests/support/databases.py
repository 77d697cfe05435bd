"""Both databases for any test that asks for `database` or `database_url`: it runs once on each."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.storage.database import Database
from idp.storage.migrate import migrate
from idp.storage.open import open_database
from tests.support.postgresql import postgresql_server, postgresql_url

__all__ = [
    "database",
    "database_url",
    "postgresql_server",
    "postgresql_url",
    "sqlite_database",
    "sqlite_template",
    "sqlite_url",
]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file without rows, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite file of this test's own, with every table."""
    path = tmp_path / "motcua.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """An open SQLite database, for tests that need only one kind."""
    opened = open_database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with every table: the test runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, fresh database with every table: the test runs on SQLite and on PostgreSQL."""
    opened = open_database(database_url)
    yield opened
    await opened.close()
