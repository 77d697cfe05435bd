"""Requests pushed before the browser comes (RFC 9126): kept sealed for a minute and a half, answered once."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from idp.storage.database import Database, Insert, Statement
from idp.storage.vault import Vault, token_hash

REQUEST_URI_PREFIX: Final = "urn:ietf:params:oauth:request_uri:"
LIFETIME_SECONDS: Final = 90
_KIND: Final = "pushed_request"


def new_request_uri() -> str:
    return REQUEST_URI_PREFIX + secrets.token_urlsafe(32)


def insert_pushed_request(
    request_uri: str, parameters: Mapping[str, str], *, vault: Vault, client_id: str, now: int
) -> Insert:
    key_hash = _key_hash(request_uri, client_id)
    payload = json.dumps(dict(parameters)).encode()
    return Insert(
        "short_lived",
        {
            "key_hash": key_hash,
            "kind": _KIND,
            "grant_id": None,
            "payload": vault.seal(payload, row=f"{_KIND}|payload|{key_hash.hex()}"),
            "version": 0,
            "expires_at": now + LIFETIME_SECONDS,
            "consumed_at": None,
        },
    )


@dataclass(frozen=True)
class Pushed:
    """A request as it was pushed; `name` is what it is used up by."""

    name: str
    parameters: Mapping[str, str]


async def find_pushed_request(
    database: Database, vault: Vault, *, request_uri: str, client_id: str, now: int
) -> Pushed | None:
    """None when unknown, answered, expired, or pushed by another client.

    Looking does not use it up: who opens the page twice before logging in finds it again (FAPI 2.0 5.3.2.2 note 3).
    """
    key_hash = _key_hash(request_uri, client_id)
    row = await database.fetch_row(
        "SELECT payload FROM short_lived WHERE key_hash = $1 AND kind = 'pushed_request' "
        "AND consumed_at IS NULL AND expires_at > $2",
        key_hash,
        now,
    )
    if row is None:
        return None
    payload = row["payload"]
    assert isinstance(payload, bytes)
    parameters: dict[str, str] = json.loads(vault.unseal(payload, row=f"{_KIND}|payload|{key_hash.hex()}"))
    return Pushed(key_hash.hex(), parameters)


def use_pushed_request(name: str, *, now: int) -> Statement:
    """The gate of its answer: one answer, one code."""
    return Statement(
        "UPDATE short_lived SET consumed_at = $1 WHERE key_hash = $2 AND kind = 'pushed_request' "
        "AND consumed_at IS NULL RETURNING key_hash",
        (now, bytes.fromhex(name)),
    )


async def was_answered(database: Database, name: str) -> bool:
    row = await database.fetch_row("SELECT consumed_at FROM short_lived WHERE key_hash = $1", bytes.fromhex(name))
    return row is not None and row["consumed_at"] is not None


def _key_hash(request_uri: str, client_id: str) -> bytes:
    """Bound to its client: another one that shows the value finds nothing, and so cannot use it up either."""
    return token_hash(_KIND, f"{client_id}\x00{request_uri}")
