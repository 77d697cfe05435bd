"""Re-issued personal IDs on file: which number took the place of which. Both are sealed, both are found by an index."""

import json

from idp.storage.database import Insert, Value, Write
from idp.storage.vault import Vault


def recorded_pair(vault: Vault, old: str, new: str, *, now: int) -> list[Write]:
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


def _sealed_for(old_index: bytes) -> str:
    return f"superseded_personal_id|pair|{old_index.hex()}"
