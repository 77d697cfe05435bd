"""What a running worker reads of the configuration: plain rows over the hot path's driver, no ORM.

Writing belongs to `registry`; the two meet at the tables and at the names of the sealed rows below.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from idp.storage.database import Database, Insert, Row, Statement, Write
from idp.storage.vault import Vault
from keys.algorithms import DecryptionAlgorithm, KeyAlgorithm, key_algorithm
from keys.decryption_key import DecryptionKey
from keys.held_key import KeyState
from keys.key_ring import KeyRing, OwnKey
from keys.sealing import CannotUnseal, seal_private, unseal_decryption, unseal_private
from keys.signing_key import SigningKey

_KEY_PURPOSE = "signing keys"


async def current_version(database: Database) -> int:
    """Grows with every change of a client, source or key. Raises StorageUnavailable."""
    row = await database.fetch_row("SELECT version FROM configuration_version WHERE id = 1")
    version = row["version"] if row else 0
    return version if isinstance(version, int) else 0


async def load_key_ring(database: Database, vault: Vault, *, known: KeyRing | None = None) -> KeyRing:
    """Raises CannotUnseal when a key was sealed with a master key that is not configured.

    A key that `known` holds is not opened again: importing an RSA key takes tens of milliseconds, and a worker
    loads its ring at every change of the configuration, between requests.
    """
    opened = {key.kid: key for key in known.keys} if known else {}
    rows = await database.fetch_all(
        "SELECT kid, alg, state, private_key_sealed, created_at, activated_at, retired_at FROM signing_key"
    )
    return KeyRing(tuple(_key_from(row, vault, opened.get(str(row["kid"]))) for row in rows))


def insert_key(key: OwnKey, vault: Vault) -> Insert:
    return Insert(
        "signing_key",
        {
            "kid": key.kid,
            "alg": key.alg.value,
            "state": key.state.value,
            "public_jwk": json.dumps(key.public_jwk()),
            "private_key_sealed": seal_private(key, sealing_key=vault.derive(_KEY_PURPOSE)),
            "created_at": key.created_at,
            "activated_at": key.activated_at,
            "retired_at": key.retired_at,
        },
    )


def reseal_key(row: Row, vault: Vault) -> Statement | None:
    """From a row with `kid`, `alg` and `private_key_sealed`; None where the active master key opens it.

    Raises CannotUnseal.
    """
    kid, alg, sealed = str(row["kid"]), key_algorithm(str(row["alg"])), row["private_key_sealed"]
    assert isinstance(sealed, bytes)
    active = vault.derive(_KEY_PURPOSE)
    with suppress(CannotUnseal):
        _opened(sealed, kid, alg, active)
        return None
    key = _unsealed(sealed, kid, alg, vault)
    return Statement(
        "UPDATE signing_key SET private_key_sealed = $1 WHERE kid = $2 AND private_key_sealed = $3 RETURNING kid",
        (seal_private(key, sealing_key=active), kid, sealed),
    )


def move_key(key: OwnKey) -> Statement:
    """A key's new state; what it is made of never changes."""
    return Statement(
        "UPDATE signing_key SET state = $1, activated_at = $2, retired_at = $3 WHERE kid = $4",
        (key.state.value, key.activated_at, key.retired_at, key.kid),
    )


def bump_version() -> Write:
    """Part of every transaction that changes the configuration: workers look at this number."""
    return Statement("UPDATE configuration_version SET version = version + 1 WHERE id = 1")


async def load_sources(database: Database, vault: Vault) -> list[tuple[Mapping[str, Any], bool]]:
    """Every source as the operator wrote it, secrets included, and whether it is disabled."""
    rows = await database.fetch_all(
        "SELECT id, configuration, secrets_sealed, disabled_at FROM identity_source ORDER BY position, id"
    )
    return [(_source_from(row, vault), row["disabled_at"] is not None) for row in rows]


def source_secrets_row(source_id: str) -> str:
    """The name a source's secrets are sealed for."""
    return f"identity_source|secrets_sealed|{source_id}"


def _source_from(row: Row, vault: Vault) -> Mapping[str, Any]:
    configuration = json.loads(str(row["configuration"]))
    sealed = row["secrets_sealed"]
    if isinstance(sealed, bytes):
        configuration["secrets"] = json.loads(vault.unseal(sealed, row=source_secrets_row(str(row["id"]))))
    return dict(configuration)


def _key_from(row: Row, vault: Vault, known: OwnKey | None) -> OwnKey:
    kid, alg, sealed = str(row["kid"]), key_algorithm(str(row["alg"])), row["private_key_sealed"]
    assert isinstance(sealed, bytes)
    return replace(
        known or _unsealed(sealed, kid, alg, vault),
        state=KeyState(str(row["state"])),
        created_at=int(row["created_at"] or 0),
        activated_at=_moment(row["activated_at"]),
        retired_at=_moment(row["retired_at"]),
    )


def _unsealed(sealed: bytes, kid: str, alg: KeyAlgorithm, vault: Vault) -> OwnKey:
    """By the active master key, else by an older one that is still configured. Its state is not known yet."""
    for sealing_key in vault.derive_all(_KEY_PURPOSE):
        with suppress(CannotUnseal):
            return _opened(sealed, kid, alg, sealing_key)
    raise CannotUnseal("no configured master key opens this signing key")


def _opened(sealed: bytes, kid: str, alg: KeyAlgorithm, sealing_key: bytes) -> OwnKey:
    if isinstance(alg, DecryptionAlgorithm):
        opening = unseal_decryption(sealed, kid=kid, alg=alg, sealing_key=sealing_key)
        return DecryptionKey(kid, alg, KeyState.RETIRED, created_at=0, private=opening)
    private = unseal_private(sealed, kid=kid, alg=alg, sealing_key=sealing_key)
    return SigningKey(kid, alg, KeyState.RETIRED, created_at=0, private=private)


def _moment(value: object) -> int | None:
    return value if isinstance(value, int) else None
