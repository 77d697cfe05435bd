"""Generated people log in at three registers: nobody is taken for somebody else, and a stolen database is mute."""

import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from examples.register_generator.faults import read_rates
from examples.register_generator.on_purpose import PutIn
from examples.register_generator.output import Recipe, entries_of
from examples.register_generator.registers import NUMBER_OF
from idp.identity.attributes.name_forms import letter_form
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.recognising import Told, recognise
from idp.identity.succession.supersessions import recorded_pair
from idp.storage.database import Database, Write
from idp.storage.outbox import enqueue
from idp.storage.tables import metadata
from tests.idp.identity.test_recognition import seen
from tests.support.sources import NOW, vault

_PEOPLE = 60
_KEYS = vault()


@pytest.fixture(scope="module")
def register_entries() -> list[PutIn]:
    """Of those put in on purpose one in ten, each with all records of theirs."""
    every = list(entries_of(Recipe(_PEOPLE, 7, read_rates(), factor=2.0)))
    kept = {person for person in {entry.entry.person_id or "" for entry in every} if crc32(person.encode()) % 10 == 0}
    return [entry for entry in every if entry.entry.person_id in kept or entry.superseded is not None]


def identity_of(entry: PutIn) -> PivotIdentity:
    record: dict[str, Any] = dict(entry.entry.record)
    return PivotIdentity(
        name=record.get("name") or "",
        birthdate=record.get("birthdate") or "",
        gender=record.get("sex"),
        birthplace=record.get("birthplace"),
        personal_id=record.get("personal_id"),
        tax_code=record.get("tax_code"),
        social_insurance_number=record.get("insurance_number"),
        phone_number=record.get("phone"),
        email=f"{letter_form(record.get('name') or '')}@hop-thu.example",
    )


def tell(told: Told) -> list[Write]:
    payload = repr([channel.address for channel in told.channels]).encode()
    return [enqueue("sms", payload, id=told.link_id, now=NOW, vault=_KEYS)]


async def log_everybody_in(database: Database, entries: list[PutIn]) -> list[tuple[PutIn, str, str]]:
    """Each entry with the person it was taken for, and the decision."""
    found = []
    for position, entry in enumerate(entries):
        if entry.superseded is not None:
            await database.commit(*recorded_pair(_KEYS, *entry.superseded, now=NOW))
        if entry.entry.register in NUMBER_OF:
            source = entry.entry.register.value
            result = seen(identity_of(entry), source=source, subject=str(entry.entry.record["record_id"]))
            login = await recognise(database, _KEYS, result, now=NOW + position, tell=tell)
            found.append((entry, login.person_id, login.decision))
    return found


async def test_nobody_is_joined_to_somebody_else(database: Database, register_entries: list[PutIn]) -> None:
    found = await log_everybody_in(database, register_entries)

    truth = defaultdict(set)
    for entry, person_id, _ in found:
        truth[person_id].add(entry.entry.person_id)
    assert [humans for humans in truth.values() if len(humans) > 1] == []
    assert {decision for _, _, decision in found} == {"LINK", "LINK_TOL", "PROVE", "REVIEW", "NEW"}
    holders = await database.fetch_all(
        "SELECT l.personal_id_index FROM identity_link l JOIN identity_anchor a "
        "ON a.personal_id_index = l.personal_id_index AND a.person_id = l.person_id "
        "GROUP BY l.personal_id_index HAVING COUNT(DISTINCT l.person_id) > 1"
    )
    assert list(holders) == []


async def test_a_stolen_database_says_nothing_of_anybody(
    database: Database, database_url: str, register_entries: list[PutIn]
) -> None:
    await log_everybody_in(database, register_entries)

    stored = await everything_stored(database, database_url)

    secrets = {secret for entry in register_entries for secret in what_may_not_be_read(entry)}
    assert len(secrets) > 500
    assert [secret for secret in sorted(secrets) if secret.encode() in stored] == []
    # What is searched is really what was written.
    assert b"register-confirmed" in stored


async def everything_stored(database: Database, url: str) -> bytes:
    """The files themselves on SQLite, what was not yet checkpointed included; every value of every row elsewhere."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
    values: list[bytes] = []
    for table in metadata.tables:
        for row in await database.fetch_all(f"SELECT * FROM {table}"):
            values += [value if isinstance(value, bytes) else str(value).encode() for value in row.values()]
    return b"\0".join(values)


def what_may_not_be_read(entry: PutIn) -> set[str]:
    """Names in every composition and spelling, numbers, dates and addresses. What is too short to mean anybody is
    left out: four letters or a year alone occur in any file of random bytes."""
    identity = identity_of(entry)
    texts = {identity.name, identity.birthplace or ""}
    forms = {unicodedata.normalize(form, text) for text in texts for form in ("NFC", "NFD")}
    forms |= {form.upper() for form in forms} | {form.lower() for form in forms} | {letter_form(text) for text in texts}
    escaped = {form.encode("ascii", "backslashreplace").decode() for form in forms}
    numbers = {identity.personal_id, identity.tax_code, identity.social_insurance_number, identity.phone_number}
    exact = {*numbers, identity.birthdate, (identity.birthdate or "").replace("-", ""), identity.email}
    exact |= {number.removeprefix("+84") for number in numbers if number}
    found = {one for one in (*forms, *escaped, *exact) if one and len(one) >= 8}
    if entry.superseded is not None:
        found |= set(entry.superseded)
    return found
