"""Rows of a whole file in one transaction, however many: all of them are there, or none. Not for the hot path."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from idp.storage.database import Insert, IntegrityConflict, StorageUnavailable
from idp.storage.engines import async_engine
from idp.storage.location import locate
from idp.storage.tables import metadata


async def insert_all(url: str, rows: Sequence[Insert]) -> None:
    """Raises IntegrityConflict, StorageUnavailable; then nothing was written."""
    by_table: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        by_table[row.table].append(dict(row.values))
    engine = async_engine(locate(url))
    try:
        async with engine.begin() as connection:
            for table, values in by_table.items():
                await connection.execute(insert(metadata.tables[table]), values)
    except IntegrityError:
        raise IntegrityConflict("a row of the file is stored already") from None
    except (DBAPIError, OSError) as error:
        raise StorageUnavailable(type(error).__name__) from None
    finally:
        await engine.dispose()
