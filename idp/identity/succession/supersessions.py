"""Re-issued personal IDs on file: which number took the place of which. Both are sealed, both are found by an index."""

import json
from collections.abc import Iterable
from typing import Final

from idp.storage.database import Database, Insert, Row, Value
from idp.storage.vault import Vault

_BATCH: Final = 200


def recorded_pair(vault: Vault, old: str, new: str, *, now: int) -> list[Insert]:
    """One row under every master key, so that chains hold together while keys rotate. Wants canonical numbers."""
    return [
        Insert(
            "superseded_personal_id",
            {
                "old_index": old_index,
                "new_index": new_index,
                "pair_sealed": vault.seal(json.dumps([old, new]).encode(), row=_sealed_for(old_index)),
                "recorded_at": now,
            },
            on_conflict_do_nothing=True,
        )
        for old_index, new_index in zip(
            vault.blind_indexes("personal_id", old), vault.blind_indexes("personal_id", new), strict=True
        )
    ]


def open_pair(vault: Vault, sealed: Value, *, old_index: bytes) -> tuple[str, str]:
    assert isinstance(sealed, bytes)
    old, new = json.loads(vault.unseal(sealed, row=_sealed_for(old_index)))
    return str(old), str(new)


async def stored_successors(database: Database, vault: Vault, numbers: Iterable[str]) -> dict[str, str]:
    """From every one of `numbers` that was replaced, and from those that took their place, to the stored successor."""
    found: dict[str, str] = {}
    asked: set[str] = set()
    waiting = set(numbers)
    while waiting:
        batch = [waiting.pop() for _ in range(min(len(waiting), _BATCH))]
        asked.update(batch)
        indexes = [index for number in batch for index in vault.blind_indexes("personal_id", number)]
        places = ", ".join(f"${position}" for position in range(1, len(indexes) + 1))
        rows = await database.fetch_all(
            f"SELECT old_index, pair_sealed FROM superseded_personal_id WHERE old_index IN ({places})", *indexes
        )
        pairs = dict(_opened(vault, row) for row in rows)
        found |= pairs
        waiting |= set(pairs.values()) - asked
    return found


async def successions_of(
    database: Database, vault: Vault, one: str | None, other: str | None
) -> tuple[tuple[str, str], ...]:
    """What is on file between two verified numbers that differ; asks nobody where they do not."""
    if one is None or other is None or one == other:
        return ()
    indexes = (*vault.blind_indexes("personal_id", one), *vault.blind_indexes("personal_id", other))
    places = ", ".join(f"${number}" for number in range(1, len(indexes) + 1))
    rows = await database.fetch_all(_CHAIN.format(places=places), *indexes)
    return tuple(sorted({_opened(vault, row) for row in rows}))


def _opened(vault: Vault, row: Row) -> tuple[str, str]:
    index = row["old_index"]
    assert isinstance(index, bytes)
    return open_pair(vault, row["pair_sealed"], old_index=index)


_CHAIN = (
    "WITH RECURSIVE chain(old_index, new_index) AS (SELECT old_index, new_index FROM superseded_personal_id"
    " WHERE old_index IN ({places}) UNION SELECT s.old_index, s.new_index FROM chain c"
    " JOIN superseded_personal_id s ON s.old_index = c.new_index)"
    " SELECT s.old_index, s.pair_sealed FROM chain c JOIN superseded_personal_id s ON s.old_index = c.old_index"
)


def _sealed_for(old_index: bytes) -> str:
    return f"superseded_personal_id|pair|{old_index.hex()}"
