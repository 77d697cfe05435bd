"""Checks the log against its seals and says what is wrong and where. Reads only."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import product

from idp.audit.entries import COLUMNS, entries_between, entry_hash
from idp.audit.merkle import HASH_SIZE, TreeHash
from idp.audit.seal import LEAF_HINT, Seal, SealHead
from idp.storage.database import Database, Row

VerifySignature = Callable[[str, str], Mapping[str, object] | None]
"""The claims of a seal's signature, made by the key `kid` (second argument); None when it is not valid."""


class Tampering(StrEnum):
    CHANGED = "changed"
    DELETED = "deleted"
    INSERTED = "inserted"
    SWAPPED = "swapped"
    TAIL_CUT = "tail_cut"
    REBUILT = "rebuilt"


@dataclass(frozen=True)
class Finding:
    """One thing wrong. `seal`: the number of the seal it lies under; `position`: which entry, counted from one;
    `entries`: the ids of the entries concerned, as far as they are still there."""

    kind: Tampering
    seal: int
    position: int | None = None
    entries: tuple[str, ...] = ()


async def verify(database: Database, verify_signature: VerifySignature, head: SealHead | None) -> list[Finding]:
    """Everything wrong with the sealed part of the log; an empty list when it is as it was written.

    Without `head`, kept outside the database, a log whose end was cut off together with its seals looks whole.
    Raises StorageUnavailable.
    """
    findings: list[Finding] = []
    from_ms, expected, previous = 0, 1, b"\x00" * HASH_SIZE
    async for seal in _seals(database):
        if seal.number != expected:
            # What the missing seals covered cannot be told from what lies under this one.
            findings.append(Finding(Tampering.DELETED, expected))
        else:
            if seal.previous != previous or not _is_genuine(seal, verify_signature, head):
                findings.append(Finding(Tampering.REBUILT, seal.number))
            findings += await _check_entries(database, seal, from_ms)
        from_ms, expected, previous = seal.until_ms, seal.number + 1, seal.digest()
    if head and head.number >= expected:
        findings.append(Finding(Tampering.TAIL_CUT, expected))
    return findings


def _is_genuine(seal: Seal, verify_signature: VerifySignature, head: SealHead | None) -> bool:
    if head and head.number == seal.number and head.digest != seal.digest().hex():
        return False
    return verify_signature(seal.signature, seal.kid) == seal.claims()


async def _seals(database: Database) -> AsyncIterator[Seal]:
    row = await database.fetch_row("SELECT * FROM audit_seal ORDER BY number LIMIT 1")
    while row is not None:
        seal = Seal.from_row(row)
        yield seal
        row = await database.fetch_row(
            "SELECT * FROM audit_seal WHERE number > $1 ORDER BY number LIMIT 1", seal.number
        )


async def _check_entries(database: Database, seal: Seal, from_ms: int) -> list[Finding]:
    tree, leaves, ids = TreeHash(), [], []
    async for entry in entries_between(database, from_ms, seal.until_ms):
        leaf = entry_hash(entry)
        tree.add(leaf)
        leaves.append(leaf[:LEAF_HINT])
        ids.append(str(entry["id"]))
    if tree.size == seal.entries and tree.root() == seal.root:
        return []
    sealed = [seal.leaves[start : start + LEAF_HINT] for start in range(0, len(seal.leaves), LEAF_HINT)]
    found = _differences(sealed, leaves, ids, seal.number)
    if not found:
        # The entries agree with the hints but not with the root: the seal's own row was changed.
        return [Finding(Tampering.REBUILT, seal.number)]
    return await _told_as_swap(database, found, sealed) or found


def _differences(sealed: Sequence[bytes], leaves: Sequence[bytes], ids: Sequence[str], number: int) -> list[Finding]:
    """Where two lists of leaves part. Positions are those of the sealed list."""
    findings: list[Finding] = []
    for kind, start, end, found_start, found_end in SequenceMatcher(None, sealed, leaves, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        both = min(end - start, found_end - found_start)
        for offset in range(both):
            findings.append(Finding(Tampering.CHANGED, number, start + offset + 1, (ids[found_start + offset],)))
        findings += [Finding(Tampering.DELETED, number, place + 1) for place in range(start + both, end)]
        findings += [
            Finding(Tampering.INSERTED, number, start + both + 1, (ids[place],))
            for place in range(found_start + both, found_end)
        ]
    return findings


async def _told_as_swap(
    database: Database, findings: Sequence[Finding], sealed: Sequence[bytes]
) -> list[Finding] | None:
    """Two changed entries that are whole again once some of their columns change places."""
    if len(findings) != 2 or any(finding.kind is not Tampering.CHANGED for finding in findings):
        return None
    first, second = findings
    rows = [await _entry(database, finding.entries[0]) for finding in findings]
    wanted = [sealed[(finding.position or 1) - 1] for finding in findings]
    if rows[0] is None or rows[1] is None:
        return None
    for choice in product((0, 1), repeat=len(COLUMNS)):
        pairs = [
            {column: rows[side ^ other][column] for column, other in zip(COLUMNS, choice, strict=True)}  # type: ignore[index] # neither is None
            for side in (0, 1)
        ]
        if [entry_hash(pair)[:LEAF_HINT] for pair in pairs] == wanted:
            return [Finding(Tampering.SWAPPED, first.seal, first.position, first.entries + second.entries)]
    return None


async def _entry(database: Database, id: str) -> Row | None:
    return await database.fetch_row(f"SELECT {', '.join(COLUMNS)} FROM audit_entry WHERE id = $1", id)
