"""What `motcua keys reseal` does, and what it finds out about the master keys that are still needed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from idp.audit.events import ConfigurationChanged
from idp.audit.log import audit_entry
from idp.audit.seal_key import keep_seal_keys
from idp.authentication.limits_across_keys import carry_limits_over
from idp.commands.installation import operator
from idp.identity.reindexing import reindex
from idp.storage.database import Database
from idp.storage.live_configuration import bump_version
from idp.storage.resealing import Resealed, reseal_columns, reseal_signing_keys
from idp.storage.vault import Vault

# A login that began before the last pass may write once more; two passes settle what the first one raced with.
_MOST_PASSES: Final = 5

Tell = Callable[[str, int], None]


@dataclass(frozen=True)
class Report:
    tables: Mapping[str, Resealed]
    """All passes together."""
    needed: Mapping[str, tuple[str, ...]]
    """Older key id → why it is needed still; empty where nothing needs it any more."""
    unknown_identifiers: int
    counted_numbers: int
    """Numbers with wrong codes on count. Those nobody linked cannot be moved: what was counted for them under an
    older key is forgotten with it."""

    @property
    def unneeded(self) -> tuple[str, ...]:
        return tuple(key_id for key_id, reasons in self.needed.items() if not reasons)


async def reseal_everything(database: Database, vault: Vault, *, tell: Tell) -> Report:
    """Passes until one finds nothing to do. Raises StorageUnavailable."""
    tables: dict[str, Resealed] = {}
    now = int(time.time())
    await database.commit(*keep_seal_keys(vault, now=now), bump_version())
    unknown = 0
    for _ in range(_MOST_PASSES):
        done = [await reseal_signing_keys(database, vault), *await reseal_columns(database, vault, tell=tell)]
        reindexed = await reindex(database, vault, tell=tell)
        done += [reindexed.links, reindexed.successions]
        done.append(Resealed("counter", 0, await carry_limits_over(database, vault, now=now)))
        unknown = reindexed.unknown_identifiers
        for one in done:
            earlier = tables.get(one.table)
            changed = one.changed + (earlier.changed if earlier else 0)
            tables[one.table] = Resealed(one.table, one.looked_at, changed, one.unreadable)
        if not any(one.changed for one in done):
            break
    event = ConfigurationChanged(subject="master_keys", action="resealed", operator=operator())
    await database.commit(audit_entry(event, now_ms=now * 1000))
    row = await database.fetch_row("SELECT COUNT(*) AS n FROM counter WHERE expires_at > $1", now + 366 * 86_400)
    counted = row["n"] if row else 0
    assert isinstance(counted, int)
    return Report(tables, await _needed(database, vault, tables, unknown, now), unknown, counted)


async def _needed(
    database: Database, vault: Vault, tables: Mapping[str, Resealed], unknown: int, now: int
) -> dict[str, tuple[str, ...]]:
    needed: dict[str, list[str]] = {key_id: [] for key_id in vault.key_ids[1:]}
    if unknown:
        for reasons in needed.values():
            reasons.append(f"{unknown} links say under what they are found only at their next login")
    for key_id, expires_at in (await _short_lived(database, vault, now)).items():
        if key_id in needed:
            needed[key_id].append(
                f"pages that are open now; wait {max(0, expires_at - now)} seconds and run this again"
            )
    for one in tables.values():
        if one.unreadable:
            for reasons in needed.values():
                reasons.append(f"{one.unreadable} rows of {one.table} open with no configured key")
    return {key_id: tuple(reasons) for key_id, reasons in needed.items()}


async def _short_lived(database: Database, vault: Vault, now: int) -> dict[str, int]:
    """Older key id → when the last value that only its holder can open is over."""
    rows = await database.fetch_all("SELECT payload, expires_at FROM short_lived WHERE expires_at > $1", now)
    latest: dict[str, int] = {}
    for row in rows:
        payload, expires_at = row["payload"], row["expires_at"]
        assert isinstance(payload, bytes)
        assert isinstance(expires_at, int)
        key_id = vault.key_id_of(payload)
        if key_id is not None and not vault.is_active(payload):
            latest[key_id] = max(latest.get(key_id, 0), expires_at)
    return latest
