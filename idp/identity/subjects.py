"""The identifier one sector knows a person by: derived once, then stored, so that nothing ever changes it.

Pairwise as OpenID Connect Core 8.1 means it: without the key, the identifiers of two sectors cannot be joined.
"""

import base64
import hmac

from idp.storage.database import Statement
from idp.storage.vault import Vault


def subject_for(person_id: str, sector: str, vault: Vault) -> str:
    """43 characters of base64url; the same for every service of the sector."""
    message = f"{len(sector)}:{sector}|{person_id}".encode()
    digest = hmac.digest(vault.derive("pairwise subject"), message, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def insert_subject(person_id: str, sector: str, sub: str, *, now: int) -> Statement:
    """Two first logins at once derive the same value, so that the second insert is skipped.

    Where a merge gave the person another one meanwhile, the commit raises IntegrityConflict: whoever looks again
    finds it, and no service ever hears one that is not stored.
    """
    return Statement(
        "INSERT INTO subject_identifier (person_id, sector, sub, created_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (sub) DO NOTHING",
        (person_id, sector, sub, now),
    )
