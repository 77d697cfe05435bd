"""Ends a session and tells the services that took part: one transaction, the messages in its outbox rows."""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from idp.audit.events import SessionEnded
from idp.audit.log import audit_entry
from idp.protocol.client import Client
from idp.sessions.storage import end_session_gate, revoke_online_grants
from idp.storage.database import Database
from idp.storage.outbox import enqueue
from idp.storage.vault import Vault

OUTBOX_KIND = "backchannel_logout"

FindClient = Callable[[str], Awaitable[Client | None]]


@dataclass(frozen=True, kw_only=True)
class Participant:
    """A service that logged the person in during this session, and the identifier it knows them by."""

    client: Client
    sub: str


async def participants(database: Database, find_client: FindClient, session_id: str) -> list[Participant]:
    rows = await database.fetch_all(
        "SELECT DISTINCT g.client_id, g.person_id FROM authorization_grant g WHERE g.session_id = $1", session_id
    )
    found = []
    for row in rows:
        client = await find_client(str(row["client_id"]))
        if client is None:
            continue
        subject = await database.fetch_row(
            "SELECT sub FROM subject_identifier WHERE person_id = $1 AND sector = $2", row["person_id"], client.sector
        )
        if subject is not None:
            found.append(Participant(client=client, sub=str(subject["sub"])))
    return found


async def end_session(
    database: Database, vault: Vault, find_client: FindClient, *, session_id: str, reason: str, now: float
) -> list[Participant]:
    """The services that took part. A second, simultaneous call changes nothing and tells nobody twice."""
    took_part = await participants(database, find_client, session_id)
    told = [participant for participant in took_part if participant.client.backchannel_logout_uri]
    messages = [
        enqueue(
            OUTBOX_KIND,
            json.dumps({"client_id": participant.client.client_id, "sub": participant.sub, "sid": session_id}).encode(),
            id=secrets.token_urlsafe(16),
            now=int(now),
            vault=vault,
        )
        for participant in told
    ]
    event = SessionEnded(session_id=session_id, reason=reason, clients_told=len(told))
    await database.commit(
        revoke_online_grants(session_id, now=int(now)),
        *messages,
        audit_entry(event, now_ms=int(now * 1000)),
        gate=end_session_gate(session_id, now=int(now)),
    )
    return took_part
