"""People with links, written straight into the database, for tests of what surrounds an account."""

from typing import Any

from idp.identity.link_records import LinkRecord, seal_record
from idp.identity.pivot import PivotIdentity
from idp.storage.database import Database, Insert
from tests.support.sources import NOW, vault

LONG_AGO = NOW - 400 * 24 * 3600


def identity(**known: Any) -> PivotIdentity:
    return PivotIdentity(**{"name": "Đặng Thị Kim Ngân", "birthdate": "1984-02-29", **known})


async def store_person(database: Database, person_id: str = "person-1", *, status: str = "active") -> str:
    await database.commit(Insert("person", {"id": person_id, "status": status, "created_at": LONG_AGO}))
    return person_id


async def store_link(
    database: Database,
    link_id: str = "link-1",
    *,
    person_id: str = "person-1",
    source_id: str = "tax",
    status: str = "proven",
    known: PivotIdentity,
    earlier: PivotIdentity | None = None,
    corrected_at: int | None = None,
    created_at: int = LONG_AGO,
) -> str:
    record = LinkRecord(identity=known, earlier=earlier, corrected_at=corrected_at)
    row = {
        "id": link_id,
        "person_id": person_id,
        "source_id": source_id,
        "source_subject_index": link_id.encode(),
        "identifier_type": None,
        "personal_id_index": None,
        "status": status,
        "method": "pwd",
        "assurance": "eidas2",
        "evidence": "[]",
        "identity_sealed": seal_record(vault(), record, link_id=link_id),
        "proofed_at": created_at,
        "created_at": created_at,
        "last_used_at": created_at,
    }
    await database.commit(Insert("identity_link", row))
    return link_id
