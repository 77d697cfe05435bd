"""Requests pushed before the browser comes (RFC 9126): kept sealed for a minute and a half, taken once."""

import json
import secrets
from collections.abc import Mapping
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


async def take_pushed_request(
    database: Database, vault: Vault, *, request_uri: str, client_id: str, now: int
) -> Mapping[str, str] | None:
    """The parameters, once; None when unknown, used, expired, or pushed by another client."""
    key_hash = _key_hash(request_uri, client_id)
    row = await database.commit(
        gate=Statement(
            "UPDATE short_lived SET consumed_at = $1 WHERE key_hash = $2 AND kind = 'pushed_request' "
            "AND consumed_at IS NULL AND expires_at > $1 RETURNING payload",
            (now, key_hash),
        )
    )
    if row is None:
        return None
    payload = row["payload"]
    assert isinstance(payload, bytes)
    parameters: dict[str, str] = json.loads(vault.unseal(payload, row=f"{_KIND}|payload|{key_hash.hex()}"))
    return parameters


def _key_hash(request_uri: str, client_id: str) -> bytes:
    """Bound to its client: another one that shows the value finds nothing, and so cannot use it up either."""
    return token_hash(_KIND, f"{client_id}\x00{request_uri}")
