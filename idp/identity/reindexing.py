"""Links, anchors, match keys and successions under the active master key, while logins read and write them.

Every login looks under all configured keys and writes under the active one, so the order does not matter to it. An
identifier given up is a random value: it stays one.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from idp.identity.link_records import LinkRecord, open_record, seal_record
from idp.identity.recognition.anchors import number_index, number_indexes
from idp.identity.recognition.identifier_claims import identifier_indexes
from idp.identity.recognition.match_keys import changed_keys, stored_hashes
from idp.identity.succession.supersessions import open_pair, recorded_pair
from idp.storage.database import Database, IntegrityConflict, Row, Statement, Write
from idp.storage.resealing import Resealed, Tell, pages
from idp.storage.vault import CannotUnseal, Vault

_LINKS: Final = (
    "SELECT id, source_id, status, source_subject_index, personal_id_index, identity_sealed FROM identity_link "
    "WHERE id > $1 ORDER BY id LIMIT $2"
)
_SUCCESSIONS: Final = (
    "SELECT old_index, new_index, pair_sealed, recorded_at FROM superseded_personal_id "
    "WHERE old_index > $1 ORDER BY old_index LIMIT $2"
)
_AT_ONCE: Final = 8


@dataclass(frozen=True)
class Reindexed:
    links: Resealed
    successions: Resealed
    unknown_identifiers: int
    """Links of before identifiers were kept: their next login says under what they are found."""


@dataclass(frozen=True, repr=False)
class _Link:
    row: Row
    record: LinkRecord
    keys: frozenset[bytes]

    @property
    def id(self) -> str:
        return str(self.row["id"])


async def reindex(database: Database, vault: Vault, *, tell: Tell) -> Reindexed:
    successions = await _reindex_successions(database, vault)
    looked_at = changed = unreadable = unknown = 0
    async for rows in pages(database, _LINKS, key="id"):
        links = [link async for link in _opened(database, vault, rows)]
        for start in range(0, len(links), _AT_ONCE):
            batch = links[start : start + _AT_ONCE]
            changed += sum(await asyncio.gather(*(_reindex_link(database, vault, link) for link in batch)))
        unreadable += len(rows) - len(links)
        unknown += sum(_is_unknown(link) for link in links)
        looked_at += len(rows)
        tell("identity_link", looked_at)
    await _follow_merges(database)
    return Reindexed(Resealed("identity_link", looked_at, changed, unreadable), successions, unknown)


async def _opened(database: Database, vault: Vault, rows: Sequence[Row]) -> AsyncIterator[_Link]:
    places = ", ".join(f"${number}" for number in range(1, len(rows) + 1))
    stored = await database.fetch_all(
        f"SELECT link_id, key FROM match_key WHERE link_id IN ({places})", *(row["id"] for row in rows)
    )
    keys: dict[str, set[bytes]] = defaultdict(set)
    for row in stored:
        key = row["key"]
        assert isinstance(key, bytes)
        keys[str(row["link_id"])].add(key)
    for row in rows:
        try:
            record = open_record(vault, row["identity_sealed"], link_id=str(row["id"]))
        except CannotUnseal:
            continue
        yield _Link(row, record, frozenset(keys[str(row["id"])]))


async def _reindex_link(database: Database, vault: Vault, link: _Link) -> bool:
    """Whether anything was changed. A link that a login changes meanwhile is left to it."""
    identity, sealed = link.record.identity, link.row["identity_sealed"]
    assert isinstance(sealed, bytes)
    subject_index, number = _active_indexes(vault, link)
    anchors = await _move_anchors(database, number_indexes(vault, identity))
    # A removed link may have lost its keys with its evidence, and gets none back.
    has_keys = link.keys == stored_hashes(vault, identity) or (link.row["status"] == "removed" and not link.keys)
    unchanged = (subject_index, number) == (link.row["source_subject_index"], link.row["personal_id_index"])
    if unchanged and has_keys and vault.is_active(sealed):
        return anchors
    keys: list[Write] = [] if has_keys else changed_keys(vault, link_id=link.id, before=identity, after=identity)
    try:
        done = await database.commit(
            *keys,
            gate=Statement(
                "UPDATE identity_link SET source_subject_index = $1, personal_id_index = $2, identity_sealed = $3 "
                "WHERE id = $4 AND identity_sealed = $5 AND source_subject_index = $6 RETURNING id",
                (
                    subject_index,
                    number,
                    seal_record(vault, link.record, link_id=link.id),
                    link.id,
                    sealed,
                    link.row["source_subject_index"],
                ),
            ),
        )
    except IntegrityConflict:
        # Another link holds the identifier under the active key: this one is found by nobody, and stays as it is.
        return anchors
    return done is not None or anchors


def _active_indexes(vault: Vault, link: _Link) -> tuple[bytes, bytes | None]:
    subject_index, number = link.row["source_subject_index"], link.row["personal_id_index"]
    assert isinstance(subject_index, bytes)
    assert isinstance(number, bytes | None)
    if link.record.subject is not None:
        active, *older = identifier_indexes(vault, str(link.row["source_id"]), link.record.subject)
        subject_index = active if subject_index in older else subject_index
    if number in number_indexes(vault, link.record.identity):
        number = number_index(vault, link.record.identity)
    return subject_index, number


async def _move_anchors(database: Database, indexes: Sequence[bytes]) -> bool:
    """Whoever holds the number holds it under the active key; only then its other rows go."""
    if len(indexes) < 2:
        return False
    active, *older = indexes
    places = ", ".join(f"${number}" for number in range(1, len(older) + 1))
    if not await database.fetch_all(
        f"SELECT person_id FROM identity_anchor WHERE personal_id_index IN ({places})", *older
    ):
        return False
    for index in older:
        await database.commit(
            Statement(
                "INSERT INTO identity_anchor (personal_id_index, person_id) SELECT $1, a.person_id "
                "FROM identity_anchor a WHERE a.personal_id_index = $2 ON CONFLICT (personal_id_index) DO NOTHING",
                (active, index),
            )
        )
    await database.commit(
        *(
            Statement(
                "DELETE FROM identity_anchor WHERE personal_id_index = $1 "
                "AND EXISTS (SELECT 1 FROM identity_anchor b WHERE b.personal_id_index = $2)",
                (index, active),
            )
            for index in older
        )
    )
    return True


async def _follow_merges(database: Database) -> None:
    """A merge that ran while its anchors were moved: the survivor holds the number."""
    await database.commit(
        Statement(
            "UPDATE identity_anchor SET person_id = "
            "(SELECT p.merged_into FROM person p WHERE p.id = identity_anchor.person_id) "
            "WHERE EXISTS (SELECT 1 FROM person p WHERE p.id = identity_anchor.person_id "
            "AND p.status = 'merged' AND p.merged_into IS NOT NULL)"
        )
    )


async def _reindex_successions(database: Database, vault: Vault) -> Resealed:
    looked_at = changed = unreadable = 0
    async for rows in pages(database, _SUCCESSIONS, key="old_index", start=b""):
        looked_at += len(rows)
        for row in rows:
            index, recorded_at = row["old_index"], row["recorded_at"]
            assert isinstance(index, bytes)
            assert isinstance(recorded_at, int)
            try:
                old, new = open_pair(vault, row["pair_sealed"], old_index=index)
            except CannotUnseal:
                unreadable += 1
                continue
            if index == vault.blind_index("personal_id", old):
                continue
            (active, *_) = recorded_pair(vault, old, new, now=recorded_at)
            gone = Statement("DELETE FROM superseded_personal_id WHERE old_index = $1", (index,))
            await database.commit(active, gone)
            changed += 1
    return Resealed("superseded_personal_id", looked_at, changed, unreadable)


def _is_unknown(link: _Link) -> bool:
    return link.record.subject is None and link.row["status"] not in ("removed", "superseded")
