"""How many rows every table has: what a refused request left behind."""

from collections import Counter

from idp.storage.database import Database
from idp.storage.tables import metadata


async def rows_of(database: Database) -> Counter[str]:
    counted: Counter[str] = Counter()
    for table in metadata.tables:
        row = await database.fetch_row(f'SELECT count(*) AS n FROM "{table}"')
        assert row is not None
        counted[table] = int(row["n"] or 0)
    return counted


def left(before: Counter[str], after: Counter[str]) -> dict[str, int]:
    return {table: after[table] - before[table] for table in after if after[table] != before[table]}
