"""The migrations make exactly the tables the program works with, on both databases, once."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from idp.storage.database import Database, Insert, StorageUnavailable
from idp.storage.engines import async_engine
from idp.storage.location import locate
from idp.storage.migrate import migrate, schema_is_current
from idp.storage.open import open_database
from idp.storage.schema import REVISIONS, newest_revision
from idp.storage.tables import metadata
from tests.support.postgresql import PostgresqlServer


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True, "render_as_batch": True}
    )
    return list(compare_metadata(context, metadata))


async def test_the_migrated_tables_are_the_declared_ones(database_url: str) -> None:
    engine = async_engine(locate(database_url))

    async with engine.connect() as connection:
        drift = await connection.run_sync(differences)

    await engine.dispose()
    assert drift == []


async def test_every_constraint_and_index_has_its_declared_name(database_url: str, database: Database) -> None:
    declared = {str(index.name) for table in metadata.tables.values() for index in table.indexes}
    if database.dialect == "sqlite":
        rows = await database.fetch_all("SELECT name FROM sqlite_master WHERE type = 'index'")
    else:
        rows = await database.fetch_all(
            "SELECT CAST(indexname AS text) AS name FROM pg_indexes WHERE schemaname = 'public'"
        )
        declared |= {str(table.primary_key.name) for table in metadata.tables.values()}

    assert declared - {str(row["name"]) for row in rows} == set()


def test_a_migrated_database_is_current_and_stays_as_it_is(database_url: str) -> None:
    assert schema_is_current(database_url)

    migrate(database_url)

    assert schema_is_current(database_url)


def test_an_empty_sqlite_file_is_not_current_until_it_is_migrated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"

    assert not schema_is_current(url)
    migrate(url)
    assert schema_is_current(url)


@pytest.mark.postgresql
def test_an_empty_postgresql_database_is_not_current(postgresql_server: PostgresqlServer) -> None:
    postgresql_server.run_sql("CREATE DATABASE not_migrated")

    assert not schema_is_current(postgresql_server.url("not_migrated"))

    postgresql_server.drop_database("not_migrated")


def start_three_times(url: str) -> list[int]:
    """Alembic keeps state in its modules, so starts at the same time are processes, as in production."""
    program = "import sys; from idp.storage.migrate import migrate; migrate(sys.argv[1])"
    starts = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    return [start.wait(60) for start in starts]


def test_sqlite_starts_that_migrate_at_the_same_time_do_not_collide(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"

    assert start_three_times(url) == [0, 0, 0]
    assert schema_is_current(url)


@pytest.mark.postgresql
def test_postgresql_starts_that_migrate_at_the_same_time_do_not_collide(
    postgresql_server: PostgresqlServer,
) -> None:
    postgresql_server.run_sql("CREATE DATABASE migrated_by_three")
    url = postgresql_server.url("migrated_by_three")

    assert start_three_times(url) == [0, 0, 0]
    assert schema_is_current(url)
    postgresql_server.drop_database("migrated_by_three")


def test_the_newest_file_is_the_head_alembic_sees() -> None:
    assert ScriptDirectory(str(REVISIONS.parent)).get_current_head() == newest_revision()


def test_a_directory_that_is_not_there_is_named_plainly(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        migrate(f"sqlite:///{tmp_path}/missing/new.db")


async def test_a_database_in_memory_is_migrated_while_it_is_open() -> None:
    url = "sqlite:///:memory:"
    database = open_database(url)

    migrate(url)

    await database.commit(Insert("person", {"id": "p1", "status": "active", "created_at": 1}))
    assert await database.fetch_row("SELECT id FROM person") == {"id": "p1"}
    await database.close()


@pytest.mark.postgresql
async def test_short_lived_rows_leave_room_for_their_updates(postgresql_url: str) -> None:
    database = open_database(postgresql_url)

    row = await database.fetch_row("SELECT reloptions::text AS options FROM pg_class WHERE relname = 'short_lived'")

    assert row is not None
    assert "fillfactor=80" in str(row["options"])
    await database.close()
