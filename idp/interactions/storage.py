"""Interactions as sealed rows of the short-lived store; a change is saved only over the version it was made from."""

from idp.interactions.interaction import Interaction
from idp.storage.database import Database, Insert, Row, Statement
from idp.storage.vault import Vault, token_hash

_KIND = "interaction"


def insert_interaction(vault: Vault, interaction: Interaction) -> Insert:
    key_hash = token_hash(_KIND, interaction.id)
    return Insert(
        "short_lived",
        {
            "key_hash": key_hash,
            "kind": _KIND,
            "grant_id": None,
            "payload": vault.seal(interaction.to_payload(), row=f"{_KIND}|payload|{key_hash.hex()}"),
            "version": 0,
            "expires_at": interaction.expires_at,
            "consumed_at": None,
        },
    )


async def load_interaction(database: Database, vault: Vault, id: str, now: int) -> Interaction | None:
    """None when there is no such interaction, it expired, or it has been answered."""
    key_hash = token_hash(_KIND, id)
    row = await database.fetch_row(
        "SELECT payload, version FROM short_lived "
        "WHERE key_hash = $1 AND kind = 'interaction' AND expires_at > $2 AND consumed_at IS NULL",
        key_hash,
        now,
    )
    return None if row is None else _opened(vault, row, key_hash)


async def recall_interaction(database: Database, vault: Vault, id: str) -> Interaction | None:
    """Also one that is over, for as long as its row is kept: good for telling where it came from, never to go on."""
    key_hash = token_hash(_KIND, id)
    row = await database.fetch_row(
        "SELECT payload, version FROM short_lived WHERE key_hash = $1 AND kind = 'interaction'", key_hash
    )
    return None if row is None else _opened(vault, row, key_hash)


def saving(vault: Vault, interaction: Interaction) -> Statement:
    """The gate that stores a changed interaction. No row comes back when another tab changed it meanwhile."""
    key_hash = token_hash(_KIND, interaction.id)
    payload = vault.seal(interaction.to_payload(), row=f"{_KIND}|payload|{key_hash.hex()}")
    return Statement(
        "UPDATE short_lived SET payload = $1, expires_at = $2, version = version + 1 "
        "WHERE key_hash = $3 AND version = $4 AND consumed_at IS NULL RETURNING version",
        (payload, interaction.expires_at, key_hash, interaction.version),
    )


def answering(interaction: Interaction, *, now: int) -> Statement:
    """The gate that ends an interaction: it is answered once, by a code or by an error."""
    return Statement(
        "UPDATE short_lived SET consumed_at = $1 WHERE key_hash = $2 AND consumed_at IS NULL RETURNING version",
        (now, token_hash(_KIND, interaction.id)),
    )


def _opened(vault: Vault, row: Row, key_hash: bytes) -> Interaction:
    payload, version = row["payload"], row["version"]
    assert isinstance(payload, bytes)
    assert isinstance(version, int)
    opened = vault.unseal(payload, row=f"{_KIND}|payload|{key_hash.hex()}")
    return Interaction.from_payload(opened, version=version)
