"""Everybody who may be the same human as one person: merged with them, or named beside them in a case.

A doubt ends with the word of operators that they are two, and with nothing else: its person may withdraw a case.
"""

import json

from idp.storage.database import Database

_FARTHEST = 8


async def doubles_of(database: Database, person_id: str) -> frozenset[str]:
    """The person included. Follows merges and cases until nothing new comes, which is after a step or two."""
    known, new = {person_id}, {person_id}
    for _ in range(_FARTHEST):
        found: set[str] = set()
        for one in sorted(new):
            found |= await _beside(database, one)
        new = found - known
        if not new:
            break
        known |= new
    return frozenset(known)


async def _beside(database: Database, person_id: str) -> set[str]:
    rows = await database.fetch_all(
        "SELECT survivor_id AS a, absorbed_id AS b, '[]' AS candidates FROM person_merge"
        " WHERE (survivor_id = $1 OR absorbed_id = $1) AND undone_at IS NULL"
        " UNION ALL SELECT person_id, person_id, candidate_ids FROM linking_case"
        " WHERE (outcome IS NULL OR outcome NOT IN ('kept_apart', 'split'))"
        " AND (person_id = $1 OR candidate_ids LIKE $2)",
        person_id,
        # Ids are base64url: `_` is a wildcard that only ever finds more, and what is found is compared below.
        f'%"{person_id}"%',
    )
    found: set[str] = set()
    for row in rows:
        people = {str(row["a"]), str(row["b"]), *map(str, json.loads(str(row["candidates"])))}
        if person_id in people:
            found |= people
    return found
