"""The keyed hashes under which records find each other, and the writes that keep them in step with a link.

Sixteen bytes each: two strings that meet by chance only make one candidate more, which is then compared.
"""

from collections.abc import Collection, Iterable

from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.blocking_keys import probe_keys, stored_keys
from idp.storage.database import Insert, Statement, Write
from idp.storage.vault import Vault

_KIND = "match_key"
_BYTES = 16


def stored_hashes(vault: Vault, identity: PivotIdentity) -> frozenset[bytes]:
    """Under the active master key."""
    return frozenset(vault.blind_index(_KIND, key)[:_BYTES] for key in stored_keys(identity.record()))


def probe_hashes(vault: Vault, identity: PivotIdentity) -> tuple[bytes, ...]:
    """Under every master key: what is stored may still be under an older one."""
    return tuple(sorted(_every_hash(vault, probe_keys(identity.record()))))


def new_keys(vault: Vault, identity: PivotIdentity, *, link_id: str) -> list[Insert]:
    return [_row(key, link_id) for key in sorted(stored_hashes(vault, identity))]


def changed_keys(vault: Vault, *, link_id: str, before: PivotIdentity, after: PivotIdentity) -> list[Write]:
    """From the rows of one record to those of the next; no row is both deleted and written."""
    wanted = stored_hashes(vault, after)
    gone = _every_hash(vault, stored_keys(before.record())) - wanted
    writes: list[Write] = [_row(key, link_id) for key in sorted(wanted)]
    if gone:
        writes.append(_deletion(sorted(gone), link_id))
    return writes


def _every_hash(vault: Vault, keys: Iterable[str]) -> frozenset[bytes]:
    return frozenset(index[:_BYTES] for key in keys for index in vault.blind_indexes(_KIND, key))


def _row(key: bytes, link_id: str) -> Insert:
    return Insert("match_key", {"key": key, "link_id": link_id}, on_conflict_do_nothing=True)


def _deletion(keys: Collection[bytes], link_id: str) -> Statement:
    places = ", ".join(f"${number}" for number in range(2, len(keys) + 2))
    return Statement(f"DELETE FROM match_key WHERE link_id = $1 AND key IN ({places})", (link_id, *keys))
