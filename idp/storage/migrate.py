"""Brings a database to the newest revision. Two starts at once do not collide: one waits for the other."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from idp.storage.database import StorageUnavailable
from idp.storage.engines import async_engine
from idp.storage.location import PostgresqlLocation, SqliteLocation, locate
from idp.storage.open import open_database
from idp.storage.schema import REVISIONS, schema_is_current

__all__ = ["migrate", "schema_is_current"]

# Any number, as long as every start of this program takes the same.
_LOCK = 0x6D6F7443


def migrate(url: str) -> None:
    """Applies what is missing, in one transaction; does nothing where nothing is missing.

    Raises UnusableDatabaseUrl, StorageUnavailable.
    """
    location = locate(url)
    # A thread of its own, so that it can also be called where an event loop runs already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _migrate(location, url)).result()


async def _migrate(location: SqliteLocation | PostgresqlLocation, url: str) -> None:
    # Opening sets the write-ahead log on a new SQLite file, and says in plain words what is wrong.
    database = open_database(url)
    engine = async_engine(location)
    try:
        await database.fetch_row("SELECT 1 AS reachable")
        async with engine.connect() as connection:
            if isinstance(location, PostgresqlLocation):
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.run_sync(_upgrade)
            await connection.commit()
    except OperationalError as error:
        raise StorageUnavailable(f"the migration was not applied ({type(error.orig).__name__})") from error
    finally:
        await engine.dispose()
        await database.close()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(REVISIONS.parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
