"""Everything that hangs on one person, read for a merge or a split."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.identity.cases.case import Case, case_of
from idp.identity.links import LinkView, links_of
from idp.identity.person_state import PersonState
from idp.storage.database import Database, Row
from idp.storage.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Holdings:
    person: PersonState
    links: tuple[LinkView, ...]
    subjects: Mapping[str, str]
    """`sub` by sector."""
    consents: tuple[str, ...]
    """Those that were withdrawn."""
    consents_in_force: Mapping[str, str]
    """Their ids by service."""
    anchors: tuple[bytes, ...]
    devices: tuple[bytes, ...]
    authenticators: tuple[str, ...]
    blocked_sources: tuple[str, ...]
    operators: tuple[str, ...]
    cases: tuple[Case, ...]
    """Undecided, about this person."""


async def holdings_of(database: Database, vault: Vault, person: PersonState) -> Holdings:
    async def rows(query: str) -> list[Row]:
        return list(await database.fetch_all(query, person.id))

    consents = await rows("SELECT id, client_id, withdrawn_at FROM consent WHERE person_id = $1 ORDER BY id")
    cases = await rows("SELECT * FROM linking_case WHERE person_id = $1 AND decided_at IS NULL ORDER BY id")
    subjects = await rows("SELECT sector, sub FROM subject_identifier WHERE person_id = $1")
    anchors = await rows("SELECT personal_id_index AS key FROM identity_anchor WHERE person_id = $1 ORDER BY 1")
    devices = await rows("SELECT browser_hash AS key FROM known_device WHERE person_id = $1 ORDER BY 1")
    authenticators = await rows("SELECT id FROM authenticator WHERE person_id = $1 ORDER BY id")
    blocks = await rows("SELECT source_id FROM source_block WHERE person_id = $1 ORDER BY source_id")
    operators = await rows("SELECT id FROM operator WHERE person_id = $1")
    return Holdings(
        person=person,
        links=tuple(await links_of(database, vault, person.id)),
        subjects={str(row["sector"]): str(row["sub"]) for row in subjects},
        consents=tuple(str(row["id"]) for row in consents if row["withdrawn_at"] is not None),
        consents_in_force={str(row["client_id"]): str(row["id"]) for row in consents if row["withdrawn_at"] is None},
        anchors=tuple(_bytes(row) for row in anchors),
        devices=tuple(_bytes(row) for row in devices),
        authenticators=tuple(str(row["id"]) for row in authenticators),
        blocked_sources=tuple(str(row["source_id"]) for row in blocks),
        operators=tuple(str(row["id"]) for row in operators),
        cases=tuple(case_of(row, vault) for row in cases),
    )


def _bytes(row: Row) -> bytes:
    value = row["key"]
    assert isinstance(value, bytes)
    return value
