"""Seals everything anew under the active master key, a few rows at a time, while the provider serves.

A value that somebody changes meanwhile is left to them: whoever writes seals with the active key.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from idp.storage.database import Database, Row, Statement, Value
from idp.storage.live_configuration import reseal_key
from idp.storage.sealed_columns import SEALED_COLUMNS, SealedColumn
from idp.storage.vault import CannotUnseal, Vault
from keys.sealing import CannotUnseal as CannotUnsealKey

BATCH: Final = 100


@dataclass(frozen=True)
class Resealed:
    """What was done to one table, and what is left."""

    table: str
    looked_at: int
    changed: int
    unreadable: int = 0
    """Rows that no configured key opens: another database's, tampered with, or their key is gone already."""


Tell = Callable[[str, int], None]
"""Hears how many rows of a table were looked at so far."""


async def pages(database: Database, text: str, *, key: str, start: Value = "") -> AsyncIterator[Sequence[Row]]:
    """Rows in the order of their key, some at a time. `text` has `$1` (the key to go on after) and `$2` (how many)."""
    while rows := await database.fetch_all(text, start, BATCH):
        yield rows
        start = rows[-1][key]


async def reseal_columns(database: Database, vault: Vault, *, tell: Tell) -> list[Resealed]:
    return [await _reseal(database, vault, column, tell) for column in SEALED_COLUMNS]


async def reseal_signing_keys(database: Database, vault: Vault) -> Resealed:
    rows = await database.fetch_all("SELECT kid, alg, private_key_sealed FROM signing_key")
    changed = unreadable = 0
    for row in rows:
        try:
            statement = reseal_key(row, vault)
        except CannotUnsealKey:
            unreadable += 1
            continue
        if statement is not None:
            changed += await database.commit(gate=statement) is not None
    return Resealed("signing_key", len(rows), changed, unreadable)


async def _reseal(database: Database, vault: Vault, column: SealedColumn, tell: Tell) -> Resealed:
    looked_at = changed = unreadable = 0
    selected = ", ".join((column.key, column.column, *column.others))
    text = f"SELECT {selected} FROM {column.table} WHERE {column.key} > $1 ORDER BY {column.key} LIMIT $2"
    start: Value = b"" if column.key_is_bytes else ""
    async for rows in pages(database, text, key=column.key, start=start):
        writes: list[Statement] = []
        for row in rows:
            try:
                statement = _sealed_anew(vault, column, row)
            except CannotUnseal:
                unreadable += 1
                continue
            if statement is not None:
                writes.append(statement)
        if writes:
            await database.commit(*writes)
        looked_at, changed = looked_at + len(rows), changed + len(writes)
        tell(column.table, looked_at)
    return Resealed(column.table, looked_at, changed, unreadable)


def _sealed_anew(vault: Vault, column: SealedColumn, row: Row) -> Statement | None:
    """None where nothing has to be done. Raises CannotUnseal."""
    sealed = row[column.column]
    if not isinstance(sealed, bytes) or vault.is_active(sealed) or vault.key_id_of(sealed) is None:
        return None
    name = column.name(row)
    if name is None:
        return None
    anew = vault.seal(vault.unseal(sealed, row=name), row=name)
    return Statement(
        f"UPDATE {column.table} SET {column.column} = $1 WHERE {column.key} = $2 AND {column.column} = $3",
        (anew, row[column.key], sealed),
    )
