"""How many rows every table has: what a refused request left behind."""

from collections import Counter

from idp.storage.database import Database
from idp.storage.tables import metadata

_EVERY_TABLE = " UNION ALL ".join(
    f"SELECT '{name}' AS named, count(*) AS n FROM \"{name}\"" for name in metadata.tables
)


async def rows_of(database: Database) -> Counter[str]:
    return Counter({str(row["named"]): int(row["n"] or 0) for row in await database.fetch_all(_EVERY_TABLE)})


def left(before: Counter[str], after: Counter[str]) -> dict[str, int]:
    return {table: after[table] - before[table] for table in after if after[table] != before[table]}
