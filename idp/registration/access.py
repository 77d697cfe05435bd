"""Who may register, and who may change a registration afterwards: two kinds of bearer values, hashed at rest."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from idp.authorization_server.issued import new_value
from idp.errors import InvalidToken
from idp.storage.database import Database, Insert
from idp.storage.vault import token_hash

_BEARER: Final = re.compile(r"Bearer ([A-Za-z0-9._~+/-]{20,200}=*)", re.IGNORECASE)
_KIND: Final = "initial_access_token"


def new_initial_access_token(*, expires_at: int) -> tuple[str, Insert]:
    """A value for who is to register services, as often as they need until it expires (RFC 7591 §3)."""
    value = new_value()
    row = {
        "key_hash": token_hash(_KIND, value),
        "kind": _KIND,
        "grant_id": None,
        "payload": b"",
        "version": 0,
        "expires_at": expires_at,
        "consumed_at": None,
    }
    return value, Insert("short_lived", row)


async def check_initial_access_token(database: Database, authorization: Sequence[str], *, now: int) -> None:
    """Raises InvalidToken."""
    value = _bearer(authorization)
    row = await database.fetch_row(
        "SELECT key_hash FROM short_lived WHERE key_hash = $1 AND kind = 'initial_access_token' "
        "AND expires_at > $2 AND consumed_at IS NULL",
        token_hash(_KIND, value),
        now,
    )
    if row is None:
        raise InvalidToken("the initial access token is not valid")


def registration_access_token_hash(value: str) -> str:
    return hashlib.sha256(f"registration access token\x00{value}".encode()).hexdigest()


def presented_registration_access_token(authorization: Sequence[str], metadata: Mapping[str, Any] | None) -> str:
    """The value shown, if it is that of this registration; an unknown client costs and looks the same."""
    value = _bearer(authorization)
    expected = (metadata or {}).get("registration_access_token_hash") or "-"
    if not hmac.compare_digest(registration_access_token_hash(value).encode(), str(expected).encode()):
        raise InvalidToken("the registration access token is not valid")
    return value


def _bearer(authorization: Sequence[str]) -> str:
    found = _BEARER.fullmatch(authorization[0]) if len(authorization) == 1 else None
    if found is None:
        raise InvalidToken("a bearer token is missing")
    return found[1]
