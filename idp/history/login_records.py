"""The lines of a person's history: written with what they tell of, read page by page by their owner.

A line names the service, the source and the link by id; whoever shows it resolves their labels.
"""

import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import orjson

from idp.history.arrival import Arrival
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database, Insert, Row, Value
from idp.storage.vault import CannotUnseal, Vault

PAGE_ROWS: Final = 50


class LoginOutcome(StrEnum):
    LOGGED_IN = "logged_in"
    """The person authenticated at a source."""
    SIGNED_ON = "signed_on"
    """Another service was reached in a session that lived already."""
    DEVICE_LET_IN = "device_let_in"
    """The person let a device in by its code (RFC 8628)."""
    AGREED_ELSEWHERE = "agreed_elsewhere"
    """The person agreed to what a service had asked from another screen (CIBA)."""
    REFUSED = "refused"
    """Somebody authenticated at a source of the person, and was not let in."""


@dataclass(frozen=True, kw_only=True)
class LoginRecord:
    """`device` and `network` are empty where nothing was known, or where their key is gone."""

    id: str
    at: int
    outcome: LoginOutcome
    client_id: str
    source_id: str
    link_id: str | None
    session_id: str | None
    acr: str
    device: str = field(repr=False)
    network: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class HistoryPage:
    """`older` is what `history_of` takes as `before` for the next page; None on the last one."""

    records: tuple[LoginRecord, ...]
    older: tuple[int, str] | None


def record_login(
    vault: Vault,
    *,
    person_id: str,
    client_id: str,
    source_id: str,
    level: LevelOfAssurance,
    outcome: LoginOutcome,
    arrival: Arrival,
    now: float,
    link_id: str | None = None,
    session_id: str | None = None,
) -> Insert:
    """One line, for the commit of what it tells of (`person.authenticated`, a first code, a yes, `person.refused`)."""
    record_id = secrets.token_urlsafe(16)
    seen = orjson.dumps({"device": arrival.device, "network": arrival.network})
    return Insert(
        "login_record",
        {
            "id": record_id,
            "person_id": person_id,
            "session_id": session_id,
            "link_id": link_id,
            "source_id": source_id,
            "client_id": client_id,
            "acr": level.acr,
            "outcome": outcome.value,
            "device_sealed": vault.seal(seen, row=sealed_for(record_id)),
            "at": int(now),
        },
    )


async def history_of(
    database: Database,
    vault: Vault,
    person_id: str,
    *,
    since: int = 0,
    before: tuple[int, str] | None = None,
    limit: int = PAGE_ROWS,
) -> HistoryPage:
    """The newest lines first, from `since` on. Raises StorageUnavailable."""
    at, last_id = before or (2**62, "")
    rows = await database.fetch_all(
        "SELECT id, session_id, link_id, source_id, client_id, acr, outcome, device_sealed, at FROM login_record"
        " WHERE person_id = $1 AND at >= $2 AND (at < $3 OR (at = $3 AND id < $4)) ORDER BY at DESC, id DESC LIMIT $5",
        person_id,
        since,
        at,
        last_id,
        limit + 1,
    )
    records = tuple(_record(vault, row) for row in rows[:limit])
    return HistoryPage(records=records, older=(records[-1].at, records[-1].id) if len(rows) > limit else None)


def sealed_for(record_id: str) -> str:
    return f"login_record|device|{record_id}"


def _record(vault: Vault, row: Row) -> LoginRecord:
    record_id = str(row["id"])
    seen = _opened(vault, row["device_sealed"], record_id)
    return LoginRecord(
        id=record_id,
        at=int(row["at"] or 0),
        outcome=LoginOutcome(str(row["outcome"])),
        client_id=str(row["client_id"]),
        source_id=str(row["source_id"]),
        link_id=None if row["link_id"] is None else str(row["link_id"]),
        session_id=None if row["session_id"] is None else str(row["session_id"]),
        acr=str(row["acr"]),
        device=seen.device,
        network=seen.network,
    )


def _opened(vault: Vault, sealed: Value, record_id: str) -> Arrival:
    """A line whose key is gone is still a line: it happened, and its owner should see that."""
    if not isinstance(sealed, bytes):
        return Arrival()
    try:
        seen = orjson.loads(vault.unseal(sealed, row=sealed_for(record_id)))
    except CannotUnseal:
        return Arrival()
    return Arrival(str(seen["device"]), str(seen["network"]))
