"""The polls of a client for what a person decides elsewhere: what it may be told, how fast, and the one that redeems.

Every statement here is the gate of its transaction. Knows neither the person who decides nor the grant that asks.
"""

from dataclasses import dataclass
from typing import Final

from idp.authorization_server.authorization import Authorization
from idp.authorization_server.issued import GRANT_OF_AN_ACTIVE_PERSON, STILL_GRANTED, found_artefact
from idp.authorization_server.polled_requests import UNDECIDED, PolledKind, PolledState, value_hash
from idp.storage.database import Database, Statement
from idp.storage.vault import Vault

SLOWER_BY_SECONDS: Final = 5
# A request in time may arrive early by the clock: what one took longer to travel, the next one may take less.
_JITTER_SECONDS: Final = 1


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What became of a request, as its client may be told."""

    state: PolledState
    expires_at: int
    is_redeemed: bool


async def standing_of_poll(database: Database, kind: PolledKind, value: str, client_id: str) -> Standing | None:
    """None for a value that this client never got, or got long ago."""
    row = await database.fetch_row(
        "SELECT state, expires_at, consumed_at FROM polled_request WHERE value_hash = $1",
        value_hash(kind, value, client_id),
    )
    if row is None:
        return None
    return Standing(
        state=PolledState(str(row["state"])),
        expires_at=int(row["expires_at"] or 0),
        is_redeemed=row["consumed_at"] is not None,
    )


async def approved_authorization(
    database: Database, vault: Vault, kind: PolledKind, value: str, client_id: str
) -> Authorization | None:
    """What was approved, without using it up."""
    row = await database.fetch_row(
        "SELECT payload, grant_id, expires_at, consumed_at FROM polled_request "
        "WHERE value_hash = $1 AND state = 'approved'",
        value_hash(kind, value, client_id),
    )
    return None if row is None else found_artefact(row, vault).authorization


def polling(kind: PolledKind, value: str, client_id: str, *, now: int) -> Statement:
    """The gate of a poll that finds nobody has decided: `hurried`, and the interval to keep from now on.

    Each poll that comes too early makes the interval longer (RFC 8628 §3.5, CIBA Core 11).
    """
    slower = f"CASE WHEN next_poll_at > $1 THEN {SLOWER_BY_SECONDS} ELSE 0 END"
    return Statement(
        "UPDATE polled_request SET hurried = CASE WHEN next_poll_at > $1 THEN 1 ELSE 0 END, "
        f"poll_interval = poll_interval + {slower}, "
        f"next_poll_at = CAST($1 AS BIGINT) - {_JITTER_SECONDS} + poll_interval + {slower} "
        f"WHERE {UNDECIDED} AND value_hash = $2 RETURNING hurried, poll_interval",
        (now, value_hash(kind, value, client_id)),
    )


def redeeming(kind: PolledKind, value: str, client_id: str, *, now: int) -> Statement:
    """The gate of the tokens: exactly one poll gets the row, and only what a code would have to fulfil as well."""
    return Statement(
        "UPDATE polled_request SET consumed_at = $1 WHERE value_hash = $2 AND state = 'approved' "
        "AND consumed_at IS NULL AND expires_at > $1 AND EXISTS (SELECT 1 FROM polled_request t "
        f"{GRANT_OF_AN_ACTIVE_PERSON} JOIN client k ON k.client_id = t.client_id AND k.disabled_at IS NULL "
        f"WHERE t.value_hash = $2 AND {STILL_GRANTED}) "
        "RETURNING payload, grant_id, expires_at, consumed_at",
        (now, value_hash(kind, value, client_id)),
    )
