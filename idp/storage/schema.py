"""Which revision a database is at, and which it should be at. Cheap: loads neither Alembic nor SQLAlchemy."""

import asyncio
import re
from pathlib import Path

from idp.storage.database import Database, StatementRefused
from idp.storage.open import open_database

REVISIONS = Path(__file__).with_name("migrations") / "versions"

_REVISION = re.compile(r"([0-9]{4})_[a-z0-9_]+\.py\Z")


def newest_revision() -> str:
    """The revision this program was written for; files are named `0001_what_it_does.py`."""
    return max(found[1] for path in REVISIONS.iterdir() if (found := _REVISION.match(path.name)))


async def revision_of(database: Database) -> str | None:
    """The revision the database is at, or None while it has no tables. Raises StorageUnavailable."""
    try:
        row = await database.fetch_row("SELECT version_num FROM alembic_version")
    except StatementRefused:
        return None
    return None if row is None else str(row["version_num"])


def schema_is_current(url: str) -> bool:
    """Whether `url` needs no migration. Not for use on an event loop. Raises StorageUnavailable."""

    async def check() -> bool:
        database = open_database(url)
        try:
            return await revision_of(database) == newest_revision()
        finally:
            await database.close()

    return asyncio.run(check())
