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
_LONGER_THAN_A_LOGIN: Final = 3600
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


def answer_once(name: str, *, now: int) -> tuple[Insert, Statement]:
    """One answer, one code: the mark of the answer outlives every login that the request may have begun.

    Two answers at once meet at its key, and the second raises IntegrityConflict.
    """
    mark = Insert(
        "short_lived",
        {
            "key_hash": _mark_of(name),
            "kind": "pushed_request_answer",
            "grant_id": None,
            "payload": b"",
            "version": 0,
            "expires_at": now + _LONGER_THAN_A_LOGIN,
            "consumed_at": now,
        },
    )
    used = Statement(
        "UPDATE short_lived SET consumed_at = $1 WHERE key_hash = $2 AND kind = 'pushed_request' "
        "AND consumed_at IS NULL",
        (now, bytes.fromhex(name)),
    )
    return mark, used


async def was_answered(database: Database, name: str) -> bool:
    return (
        await database.fetch_row("SELECT 1 AS found FROM short_lived WHERE key_hash = $1", _mark_of(name)) is not None
    )


def _mark_of(name: str) -> bytes:
    return token_hash("pushed_request_answer", name)


def _key_hash(request_uri: str, client_id: str) -> bytes:
    """Bound to its client: another one that shows the value finds nothing, and so cannot use it up either."""
    return token_hash(_KIND, f"{client_id}\x00{request_uri}")
