"""A real database full of invented people, one link each, written as a first login would write them."""

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

import asyncpg

from examples.register_generator.dice import Dice
from examples.register_generator.faults import FaultRates, write_record
from examples.register_generator.people import Person
from idp.identity.attributes.register_record import read_record
from idp.identity.link_records import LinkRecord, seal_record
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.anchors import number_index
from idp.identity.recognition.match_keys import stored_hashes
from idp.storage.vault import Vault

_BATCH: Final = 20_000
_NOW: Final = 1_800_000_000
_LINK_COLUMNS: Final = (
    *("id", "person_id", "source_id", "source_subject_index", "personal_id_index", "status", "method", "assurance"),
    *("evidence", "identity_sealed", "proofed_at", "created_at", "last_used_at"),
)
_INDEXES: Final = (
    "ALTER TABLE match_key DROP CONSTRAINT pk_match_key",
    "DROP INDEX ix_match_key_link_id",
)
# A keyed hash looks like chance: for the size of the indexes, these stand for people whom nobody looks up.
_FILLER: Final = (
    "SET session_replication_role = replica",  # no look at each reference
    "INSERT INTO person SELECT 'filler-' || lpad(n::text, 15, '0'), 'active', 0 FROM generate_series(1, {people}) AS n",
    "INSERT INTO match_key SELECT uuid_send(gen_random_uuid()), 'filler-' || lpad((n / 7)::text, 15, '0') "
    "FROM generate_series(1, {people} * 7::bigint) AS n",
    "INSERT INTO identity_anchor SELECT sha256(n::text::bytea), 'filler-' || lpad(n::text, 15, '0') "
    "FROM generate_series(1, {people}) AS n",
)
_INDEXES_AGAIN: Final = (
    "ALTER TABLE match_key ADD CONSTRAINT pk_match_key PRIMARY KEY (key, link_id)",
    "CREATE INDEX ix_match_key_link_id ON match_key (link_id)",
    "VACUUM ANALYZE",
)


def identity_of(person: Person, rates: FaultRates, *, seed: int, what: str) -> PivotIdentity:
    """The person as a register with these mistakes knows them; `what` makes another record of the same person."""
    record = write_record(person, rates, Dice(seed, what, person.id), phone=None).record
    number = read_record(record).number
    return PivotIdentity(
        name=record["name"],
        birthdate=record["birthdate"],
        gender=record["sex"],
        birthplace=record["birthplace"],
        personal_id=number.canonical if number else None,
    )


async def fill(url: str, vault: Vault, people: Iterable[Person], rates: FaultRates, *, seed: int, filler: int) -> None:
    """Indexes are made once, at the end."""
    connection = await asyncpg.connect(url)
    try:
        for statement in _INDEXES:
            await connection.execute(statement)
        numbered = set[bytes]()
        stored = enumerate(people)
        while batch := list(islice(stored, _BATCH)):
            rows = [
                _rows(vault, number, identity_of(person, rates, seed=seed, what="stored")) for number, person in batch
            ]
            await _copy(connection, "person", ["id", "status", "created_at"], [row["person"] for row in rows])
            await _copy(connection, "identity_link", _LINK_COLUMNS, [row["link"] for row in rows])
            await _copy(connection, "match_key", ["key", "link_id"], [key for row in rows for key in row["keys"]])
            # A number with a wrong digit may be somebody else's: whoever came first holds it.
            anchors = {row["number"]: row["person"][0] for row in reversed(rows) if row["number"]}
            new = [(index, person) for index, person in anchors.items() if index[:8] not in numbered]
            numbered.update(index[:8] for index, _ in new)
            await _copy(connection, "identity_anchor", ["personal_id_index", "person_id"], new)
        for statement in [text.format(people=filler) for text in _FILLER] * (filler > 0) + list(_INDEXES_AGAIN):
            await connection.execute(statement)
    finally:
        await connection.close()


def _rows(vault: Vault, number: int, identity: PivotIdentity) -> dict[str, Any]:
    person_id, link_id = f"person-{number:015}", f"link-{number:017}"
    index = number_index(vault, identity)
    sealed = seal_record(vault, LinkRecord(identity=identity), link_id=link_id)
    subject = vault.blind_index("source_subject", link_id)
    status, evidence = ("proven" if index is None else "register-confirmed"), json.dumps(["C1"])
    return {
        "person": (person_id, "active", _NOW),
        "link": (link_id, person_id, "register", subject, index, status, "pwd", "2", evidence, sealed, *[_NOW] * 3),
        "keys": [(key, link_id) for key in stored_hashes(vault, identity)],
        "number": index,
    }


async def _copy(connection: Any, table: str, columns: Sequence[str], rows: Sequence[Any]) -> None:
    await connection.copy_records_to_table(table, records=rows, columns=list(columns))
