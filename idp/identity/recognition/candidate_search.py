"""Who may be the person of a record: everybody who shares a key or the verified number, in one round trip.

Only finds; whom it is, `verdict` says. The holder of the number is looked up apart from the keys, so that no
crowd of homonyms hides them.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from idp.identity.link_records import open_record
from idp.identity.links import LinkStatus
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.anchors import number_indexes
from idp.identity.recognition.match_keys import probe_hashes
from idp.identity.succession.supersessions import open_pair
from idp.storage.database import Database, Row
from idp.storage.vault import Vault

_RECORDS_A_KEY: Final = 24
_MOST_PEOPLE: Final = 32


@dataclass(frozen=True, repr=False)
class StoredRecord:
    link_id: str
    source_id: str
    status: LinkStatus
    identity: PivotIdentity


@dataclass(frozen=True, repr=False, kw_only=True)
class CandidatePerson:
    person_id: str
    is_locked: bool
    holds_number: bool
    """They are the one person to whom the record's verified number, or its successor, leads."""
    records: tuple[StoredRecord, ...]
    blocked_sources: frozenset[str]


@dataclass(frozen=True, repr=False)
class Found:
    people: tuple[CandidatePerson, ...]
    superseded: tuple[tuple[str, str], ...]
    """Pairs (old number, the one that took its place) that concern the record's number."""
    is_crowd: bool
    """More share a key than were looked at: one who counts has rivals."""
    holders: frozenset[str] = frozenset()
    """To whom the record's verified number leads, whether they are candidates or not."""
    closed_holders: tuple[str, ...] = ()
    """They closed their account, and the number is no longer theirs."""
    merged_holders: tuple[str, ...] = ()
    """A merge left the number behind: it is the survivor's."""


NOBODY: Final = Found((), (), False)


async def find_candidates(
    database: Database, vault: Vault, identity: PivotIdentity, *, apart_from: str | None = None
) -> Found:
    """`apart_from`: a person who is no candidate, nor is anybody who was decided to be another one than they."""
    keys, numbers = probe_hashes(vault, identity), number_indexes(vault, identity)
    if not keys and not numbers:
        return NOBODY
    rows = await database.fetch_all(
        _search(len(keys), len(numbers), apart=apart_from is not None),
        *keys,
        *numbers,
        *(() if apart_from is None else (apart_from,)),
    )
    return _read(vault, rows)


def _read(vault: Vault, rows: Sequence[Row]) -> Found:
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_kind[str(row["kind"])].append(row)
    gone = {str(row["person_id"]) for row in by_kind["holder"] if row["state"] == "closed"}
    left = {str(row["person_id"]) for row in by_kind["holder"] if row["state"] == "merged"}
    holders = {str(row["person_id"]) for row in by_kind["holder"]} - gone
    blocked: dict[str, set[str]] = defaultdict(set)
    for row in by_kind["block"]:
        blocked[str(row["person_id"])].add(str(row["label"]))
    hits = Counter({str(row["person_id"]): _number(row) for row in by_kind["hits"]})
    links: dict[str, list[Row]] = defaultdict(list)
    for row in by_kind["link"]:
        # A person without a link is there with a row that has none.
        links[str(row["person_id"])] += [row] if row["link_id"] is not None else []
    # Whoever shares most comes first; the id makes the order of equals the same for every look.
    order = sorted(links, key=lambda person: (person not in holders, -hits[person], person))
    locked = {str(row["person_id"]) for row in rows if row["state"] == "locked"}
    people = tuple(
        CandidatePerson(
            person_id=person,
            is_locked=person in locked,
            holds_number=person in holders,
            records=tuple(_record(vault, row) for row in links[person]),
            blocked_sources=frozenset(blocked[person]),
        )
        for person in order[:_MOST_PEOPLE]
    )
    return Found(
        people=people,
        superseded=tuple(sorted({_pair(vault, row) for row in by_kind["pair"]})),
        is_crowd=bool(by_kind["crowd"]) or len(order) > _MOST_PEOPLE,
        holders=frozenset(holders),
        closed_holders=tuple(sorted(gone)),
        merged_holders=tuple(sorted(left)),
    )


def _record(vault: Vault, row: Row) -> StoredRecord:
    link_id = str(row["link_id"])
    return StoredRecord(
        link_id=link_id,
        source_id=str(row["source_id"]),
        status=LinkStatus(str(row["label"])),
        identity=open_record(vault, row["sealed"], link_id=link_id).identity,
    )


def _pair(vault: Vault, row: Row) -> tuple[str, str]:
    index = row["old_index"]
    assert isinstance(index, bytes)
    return open_pair(vault, row["sealed"], old_index=index)


def _number(row: Row) -> int:
    value = row["number"]
    assert isinstance(value, int)
    return value


@lru_cache(maxsize=64)
def _search(keys: int, numbers: int, *, apart: bool) -> str:
    """Each key is looked up apart and cut off apart: a crowd at one hides nobody at another."""
    looks = [
        f"SELECT key, link_id FROM (SELECT key, link_id FROM match_key WHERE key = ${number} "
        f"LIMIT {_RECORDS_A_KEY + 1}) AS k{number}"
        for number in range(1, keys + 1)
    ]
    places = ", ".join(f"${number}" for number in range(keys + 1, keys + numbers + 1))
    return _SEARCH.format(
        looks=" UNION ALL ".join(looks) or "SELECT key, link_id FROM match_key WHERE 1 = 0",
        chain=_CHAIN.format(numbers=places) if numbers else "SELECT personal_id_index FROM identity_anchor WHERE 1 = 0",
        apart=_APART.format(me=f"${keys + numbers + 1}") if apart else "",
        limit=_RECORDS_A_KEY,
    )


# From a number to all that took its place and all whose place it took, in any number of steps.
_CHAIN = (
    "SELECT personal_id_index FROM identity_anchor WHERE personal_id_index IN ({numbers})"
    " UNION ALL SELECT old_index FROM superseded_personal_id WHERE old_index IN ({numbers})"
    " UNION ALL SELECT new_index FROM superseded_personal_id WHERE new_index IN ({numbers})"
    " UNION SELECT CASE WHEN s.old_index = c.number_index THEN s.new_index ELSE s.old_index END"
    " FROM chain c JOIN superseded_personal_id s ON s.old_index = c.number_index OR s.new_index = c.number_index"
)
_APART = (
    " AND p.id <> {me} AND NOT EXISTS (SELECT 1 FROM kept_apart k"
    " WHERE (k.person_a = p.id AND k.person_b = {me}) OR (k.person_a = {me} AND k.person_b = p.id))"
)
# The arm that comes first gives the columns their types. One number leads to one holder, or to one for each number it
# was re-issued as: that limit is for the planner of queries alone.
_SEARCH = (
    "WITH RECURSIVE chain(number_index) AS ({chain}), hit(key, link_id) AS ({looks}),"
    " holder(person_id) AS (SELECT DISTINCT a.person_id FROM chain c"
    " JOIN identity_anchor a ON a.personal_id_index = c.number_index LIMIT 64),"
    " shared(person_id, hits) AS (SELECT l.person_id, COUNT(*) FROM hit h JOIN identity_link l ON l.id = h.link_id"
    " GROUP BY l.person_id),"
    " candidate(person_id, state) AS (SELECT p.id, p.status FROM person p"
    " WHERE p.id IN (SELECT person_id FROM shared UNION SELECT person_id FROM holder)"
    " AND p.status IN ('active', 'locked'){apart})"
    " SELECT 'pair' AS kind, s.old_index, s.pair_sealed AS sealed, NULL AS person_id, NULL AS state,"
    " NULL AS link_id, NULL AS source_id, NULL AS label, 0 AS number"
    " FROM superseded_personal_id s JOIN chain c ON c.number_index = s.old_index"
    " UNION ALL SELECT 'link', NULL, l.identity_sealed, c.person_id, c.state, l.id, l.source_id, l.status, 0"
    " FROM candidate c LEFT JOIN identity_link l ON l.person_id = c.person_id"
    " UNION ALL SELECT 'holder', NULL, NULL, h.person_id, p.status, NULL, NULL, NULL, 0"
    " FROM holder h JOIN person p ON p.id = h.person_id"
    " UNION ALL SELECT 'block', NULL, NULL, c.person_id, c.state, NULL, NULL, b.source_id, 0"
    " FROM candidate c JOIN source_block b ON b.person_id = c.person_id"
    " UNION ALL SELECT 'hits', NULL, NULL, person_id, NULL, NULL, NULL, NULL, hits FROM shared"
    " UNION ALL SELECT 'crowd', NULL, NULL, NULL, NULL, NULL, NULL, NULL, COUNT(*) FROM hit"
    " GROUP BY key HAVING COUNT(*) > {limit}"
)
