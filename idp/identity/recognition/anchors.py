"""One person for a verified personal ID: rows under every master key, so that logins meet while keys rotate."""

from idp.identity.pivot import PivotIdentity
from idp.storage.database import Insert, Statement
from idp.storage.vault import Vault

_KIND = "personal_id"


def number_index(vault: Vault, identity: PivotIdentity) -> bytes | None:
    """Under the active master key."""
    return None if identity.personal_id is None else vault.blind_index(_KIND, identity.personal_id)


def number_indexes(vault: Vault, identity: PivotIdentity) -> tuple[bytes, ...]:
    """Under every master key, the active one first."""
    return () if identity.personal_id is None else vault.blind_indexes(_KIND, identity.personal_id)


def new_anchors(vault: Vault, identity: PivotIdentity, *, person_id: str) -> list[Insert]:
    """The commit raises IntegrityConflict where somebody holds the number by now."""
    return [
        Insert("identity_anchor", {"personal_id_index": index, "person_id": person_id})
        for index in number_indexes(vault, identity)
    ]


def further_anchors(vault: Vault, identity: PivotIdentity, *, person_id: str) -> list[Statement]:
    """The same for somebody who may hold the number already: then nothing happens."""
    return [
        Statement(
            "INSERT INTO identity_anchor (personal_id_index, person_id) SELECT $1, $2 WHERE NOT EXISTS "
            "(SELECT 1 FROM identity_anchor a WHERE a.personal_id_index = $1 AND a.person_id = $2)",
            (index, person_id),
        )
        for index in number_indexes(vault, identity)
    ]
