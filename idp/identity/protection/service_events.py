"""What services are told about a person they know: rows of the outbox, written with the change they tell of.

Knows no token and no address; `idp.security_events` makes and pushes the token.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from idp.protocol.client import Client
from idp.sessions.ending import FindClient
from idp.storage.database import Database, Insert, Row
from idp.storage.outbox import enqueue
from idp.storage.vault import Vault

OUTBOX_KIND: Final = "security_event"


class EventKind(StrEnum):
    SUB_CHANGED = "sub_changed"
    SUB_RESTORED = "sub_restored"
    """A merge was taken back: the old `sub` is a person of its own again."""
    SESSIONS_REVOKED = "sessions_revoked"
    CREDENTIAL_COMPROMISE = "credential_compromise"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    ACCOUNT_PURGED = "account_purged"


@dataclass(frozen=True, kw_only=True)
class KnowingService:
    """A service that takes security events, and the identifier it may know a person by."""

    client_id: str
    sector: str
    sub: str


@dataclass(frozen=True, kw_only=True)
class ServiceEvent:
    """`sub` is whom it is about. `other_sub`: the new one of a change; the one to separate from of a restoration."""

    kind: EventKind
    client_id: str
    sub: str
    other_sub: str | None = None
    credential_type: str | None = None
    """In the words of CAEP."""
    jti: str
    at: int

    def to_bytes(self) -> bytes:
        return json.dumps(vars(self) | {"kind": self.kind.value}).encode()

    @classmethod
    def from_bytes(cls, payload: bytes) -> "ServiceEvent":
        document = json.loads(payload)
        return cls(**(document | {"kind": EventKind(document["kind"])}))


def event_messages(
    kind: EventKind,
    services: Iterable[KnowingService],
    *,
    credential_type: str | None = None,
    vault: Vault,
    now: float,
) -> list[Insert]:
    """One message a service, about the `sub` it knows."""
    return [event_message(kind, service, credential_type=credential_type, vault=vault, now=now) for service in services]


def event_message(
    kind: EventKind,
    service: KnowingService,
    *,
    other_sub: str | None = None,
    credential_type: str | None = None,
    vault: Vault,
    now: float,
) -> Insert:
    """The message's id is the token's `jti`, so that a service recognises a repetition."""
    event = ServiceEvent(
        kind=kind,
        client_id=service.client_id,
        sub=service.sub,
        other_sub=other_sub,
        credential_type=credential_type,
        jti=secrets.token_urlsafe(16),
        at=int(now),
    )
    return enqueue(OUTBOX_KIND, event.to_bytes(), id=event.jti, now=int(now), vault=vault)


async def services_knowing(database: Database, find_client: FindClient, person_id: str) -> list[KnowingService]:
    """Those that take events, of every sector that has an identifier for the person."""
    rows = await database.fetch_all(
        "SELECT c.client_id, i.sector, i.sub FROM subject_identifier i JOIN client c ON c.sector = i.sector "
        "WHERE i.person_id = $1 AND c.disabled_at IS NULL ORDER BY c.client_id",
        person_id,
    )
    return await _taking_events(find_client, rows)


async def services_reached_by(
    database: Database, find_client: FindClient, *, person_id: str, link_id: str
) -> list[KnowingService]:
    """Those among them that somebody logged in to through this link, as far as sessions and the history remember."""
    rows = await database.fetch_all(
        "SELECT c.client_id, i.sector, i.sub FROM client c "
        "JOIN subject_identifier i ON i.sector = c.sector AND i.person_id = $1 "
        "WHERE c.disabled_at IS NULL AND (c.client_id IN (SELECT g.client_id FROM authorization_grant g "
        "JOIN sso_session s ON s.id = g.session_id WHERE s.person_id = $1 AND s.link_id = $2) "
        "OR c.client_id IN (SELECT r.client_id FROM login_record r WHERE r.person_id = $1 AND r.link_id = $2)) "
        "ORDER BY c.client_id",
        person_id,
        link_id,
    )
    return await _taking_events(find_client, rows)


async def clients_of_sector(database: Database, find_client: FindClient, sector: str) -> list[Client]:
    """Those of the sector that take events."""
    rows = await database.fetch_all(
        "SELECT client_id FROM client WHERE sector = $1 AND disabled_at IS NULL ORDER BY client_id", sector
    )
    found = [await find_client(str(row["client_id"])) for row in rows]
    return [client for client in found if client is not None and client.security_events_uri is not None]


async def _taking_events(find_client: FindClient, rows: Iterable[Row]) -> list[KnowingService]:
    taking = []
    for row in rows:
        client = await find_client(str(row["client_id"]))
        if client is not None and client.security_events_uri is not None:
            taking.append(KnowingService(client_id=client.client_id, sector=str(row["sector"]), sub=str(row["sub"])))
    return taking
