"""Every column that holds sealed values, and the name each value is sealed for; links have a file of their own.

A test fills a database, rotates, and looks for values of the old key: a column missing here is found there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from idp.storage.database import Row


@dataclass(frozen=True)
class SealedColumn:
    table: str
    key: str
    """The primary key."""
    column: str
    name: Callable[[Row], str | None]
    """What a row's value is sealed for; None where only its holder can say, and it is waited for."""
    others: tuple[str, ...] = ()
    """What `name` looks at besides the key."""
    key_is_bytes: bool = False


def _by_id(prefix: str) -> Callable[[Row], str]:
    def name(row: Row) -> str:
        id = row["id"]
        assert isinstance(id, str)
        return f"{prefix}|{id}"

    return name


def _short_lived(row: Row) -> str | None:
    kind, key = str(row["kind"]), row["key_hash"]
    assert isinstance(key, bytes)
    if kind in ("interaction", "pushed_request"):
        return f"{kind}|payload|{key.hex()}"
    return _grant(row) if kind in ("authorization_code", "access_token") else None


def _grant(row: Row) -> str:
    grant_id = row["grant_id"]
    assert isinstance(grant_id, str)
    return f"authorization|payload|{grant_id}"


SEALED_COLUMNS: Final = (
    SealedColumn("identity_source", "id", "secrets_sealed", _by_id("identity_source|secrets_sealed")),
    SealedColumn("retired_seal_key", "id", "seed_sealed", _by_id("retired_seal_key|seed")),
    SealedColumn("authenticator", "id", "secret_sealed", _by_id("authenticator|secret")),
    SealedColumn("linking_case", "id", "note_sealed", _by_id("linking_case|note")),
    SealedColumn("login_record", "id", "device_sealed", _by_id("login_record|device")),
    SealedColumn("outbox", "id", "payload_sealed", _by_id("outbox|payload_sealed")),
    SealedColumn("polled_request", "id", "request_sealed", _by_id("polled_request|request")),
    SealedColumn("polled_request", "id", "payload", _grant, ("grant_id",)),
    SealedColumn("sso_session", "id", "identity_sealed", _by_id("sso_session|identity")),
    SealedColumn("refresh_token", "token_hash", "payload", _grant, ("grant_id",), key_is_bytes=True),
    SealedColumn("short_lived", "key_hash", "payload", _short_lived, ("grant_id", "kind"), key_is_bytes=True),
)
