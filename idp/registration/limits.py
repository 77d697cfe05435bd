"""How many registrations strangers may make: each network in an hour, and everybody together.

Counted before anything of the request is looked at, because a look may fetch an address. Every count is one conditional
statement, so it holds across workers. Who shows an initial access token is known, and not counted.
"""

from typing import Final

from idp.errors import OAuthError
from idp.storage.counters import current, increment
from idp.storage.database import Database
from idp.storage.vault import Vault
from idp.web.addresses import network_of

HOUR: Final = 3600
# What one subscriber has, and what anybody rents with a server: as many as that may be different people behind it.
_NETWORKS: Final = ((64, 1), (48, 4))
# What all networks together may do, as a multiple of what one may.
_EVERYBODY: Final = 10


class TooManyRegistrations(OAuthError):
    """RFC 7591 knows no such error; the status and `retry_after` (seconds) say what to do (RFC 6585 §4)."""

    error = "temporarily_unavailable"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many registrations; try again later")
        self.retry_after = retry_after


async def count_registration(database: Database, vault: Vault, host: str, *, per_hour: int, now: int) -> None:
    """Raises TooManyRegistrations."""
    for bits, times in _NETWORKS:
        network = vault.blind_index("registration", network_of(host, bits=bits)).hex()
        await _count(database, f"registration|{bits}|{network}", limit=per_hour * times, now=now)
    await _count(database, "registration|all", limit=per_hour * _EVERYBODY, now=now)


async def _count(database: Database, key: str, *, limit: int, now: int) -> None:
    if await database.commit(gate=increment(key, limit=limit, window=HOUR, now=now)) is not None:
        return
    query = current(key, now=now)
    row = await database.fetch_row(query.text, *query.args)
    ends_at = row["expires_at"] if row else None
    raise TooManyRegistrations(max(1, ends_at - now) if isinstance(ends_at, int) else HOUR)
