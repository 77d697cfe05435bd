"""A source's own identifier of somebody: under what it is found, and how two first logins meet at one key.

A link is found by one index, under the master key that was active when it was made. While keys rotate, two workers
may hold different ones for active: the claims, under every key, are what only one of them can write.
"""

import secrets
from typing import Final

from idp.storage.database import Insert, Statement
from idp.storage.vault import Vault

_CLAIM_SECONDS: Final = 300


def identifier_index(vault: Vault, source_id: str, subject: str) -> bytes:
    return vault.blind_index(_kind(source_id), subject)


def identifier_indexes(vault: Vault, source_id: str, subject: str) -> tuple[bytes, ...]:
    return vault.blind_indexes(_kind(source_id), subject)


def no_identifier() -> bytes:
    """What a link holds whose identifier is no longer its own: nobody is ever found by it."""
    return secrets.token_bytes(32)


def first_claims(vault: Vault, source_id: str, subject: str, *, link_id: str, now: float) -> list[Insert]:
    """The commit raises IntegrityConflict where another first login wrote its own just now."""
    return [
        Insert(
            "short_lived",
            {
                "key_hash": index,
                "kind": "first_login",
                # What it was written with, as in every row of that table: here a link.
                "grant_id": link_id,
                "payload": b"",
                "version": 0,
                "expires_at": int(now) + _CLAIM_SECONDS,
            },
        )
        for index in identifier_indexes(vault, source_id, subject)
    ]


def released_claims(vault: Vault, source_id: str, subject: str) -> Statement:
    indexes = identifier_indexes(vault, source_id, subject)
    places = ", ".join(f"${number}" for number in range(1, len(indexes) + 1))
    return Statement(f"DELETE FROM short_lived WHERE key_hash IN ({places})", indexes)


def orphaned_claims(vault: Vault, source_id: str, subject: str) -> Statement:
    """Claims whose link gave the identifier up since: whoever comes with it now begins anew."""
    claims = released_claims(vault, source_id, subject)
    return Statement(
        f"{claims.text} AND NOT EXISTS (SELECT 1 FROM identity_link l WHERE l.id = short_lived.grant_id"
        " AND l.status NOT IN ('removed', 'superseded'))",
        claims.args,
    )


def _kind(source_id: str) -> str:
    return f"source_subject|{source_id}"
