"""What services were told, read from the consents of one person; and the end of one of them."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.audit.citizen_events import ConsentWithdrawn
from idp.audit.log import audit_entry
from idp.identity.protection.service_events import EventKind, KnowingService, event_message
from idp.protocol.client import Client, LegalBasis
from idp.sessions.ending import OUTBOX_KIND as BACKCHANNEL_LOGOUT
from idp.storage.database import Database, Insert, Row, Statement, Write
from idp.storage.outbox import enqueue
from idp.storage.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Consent:
    """`offered` is what the service asked for, `released` what it was let through. Times are epoch seconds."""

    id: str
    client_id: str
    scope: tuple[str, ...]
    offered: tuple[str, ...]
    released: tuple[str, ...]
    legal_basis: LegalBasis
    text_version: str
    text_hash: bytes = field(repr=False)
    locale: str
    granted_at: int
    withdrawn_at: int | None
    resources: tuple[str, ...] = ()
    """The resource servers that the service may have access tokens for."""
    details: tuple[Mapping[str, str], ...] = ()
    """What was allowed that once: `type`, and `sha256` of exactly what was shown."""

    @property
    def may_be_withdrawn(self) -> bool:
        """What a law allows is not the person's to take back; what they allowed beside it always is."""
        by_choice = self.legal_basis is not LegalBasis.LAW or bool(self.resources or self.details)
        return self.withdrawn_at is None and by_choice


async def consents_of(database: Database, person_id: str) -> list[Consent]:
    """Those in force first, then what was withdrawn or replaced, the newest first."""
    rows = await database.fetch_all(
        "SELECT * FROM consent WHERE person_id = $1 "
        "ORDER BY CASE WHEN withdrawn_at IS NULL THEN 0 ELSE 1 END, granted_at DESC, id",
        person_id,
    )
    return [_consent(row) for row in rows]


async def consent_of(database: Database, *, person_id: str, consent_id: str) -> Consent | None:
    row = await database.fetch_row("SELECT * FROM consent WHERE id = $1 AND person_id = $2", consent_id, person_id)
    return None if row is None else _consent(row)


async def withdraw_consent(
    database: Database, vault: Vault, client: Client | None, *, consent: Consent, person_id: str, now: float
) -> bool:
    """Whether it was in force until now. Every token of that service dies, and the service is told of each session.

    `client` is None where the service is registered no longer: then there is nobody to tell.
    """
    told = await _messages(database, vault, client, consent=consent, person_id=person_id, now=int(now))
    event = ConsentWithdrawn(
        client_id=consent.client_id, person_id=person_id, consent_id=consent.id, messages=len(told)
    )
    revoked = Statement(
        "UPDATE authorization_grant SET revoked_at = $1 WHERE person_id = $2 AND client_id = $3 AND revoked_at IS NULL",
        (int(now), person_id, consent.client_id),
    )
    writes: list[Write] = [
        revoked,
        *told,
        audit_entry(event, now_ms=int(now * 1000)),
    ]
    gate = Statement(
        "UPDATE consent SET withdrawn_at = $1 WHERE id = $2 AND person_id = $3 AND withdrawn_at IS NULL RETURNING id",
        (int(now), consent.id, person_id),
    )
    if await database.commit(*writes, gate=gate) is None:
        return False
    # Also a grant that was written in the same moment; its code is worth nothing, a token made of it before may be.
    await database.commit(revoked)
    return True


async def _messages(
    database: Database, vault: Vault, client: Client | None, *, consent: Consent, person_id: str, now: int
) -> list[Insert]:
    """A logout of each session the service may keep (Back-Channel Logout 1.0), and an event where it takes those."""
    if client is None or not (client.backchannel_logout_uri or client.security_events_uri):
        return []
    subject = await database.fetch_row(
        "SELECT sub FROM subject_identifier WHERE person_id = $1 AND sector = $2", person_id, client.sector
    )
    if subject is None:
        return []
    sub, told = str(subject["sub"]), []
    if client.security_events_uri:
        service = KnowingService(client_id=client.client_id, sector=client.sector, sub=sub)
        told.append(event_message(EventKind.SESSIONS_REVOKED, service, vault=vault, now=now))
    if not client.backchannel_logout_uri:
        return told
    sessions = await database.fetch_all(
        "SELECT DISTINCT session_id FROM authorization_grant "
        "WHERE person_id = $1 AND client_id = $2 AND revoked_at IS NULL",
        person_id,
        consent.client_id,
    )
    for row in sessions:
        message = json.dumps({"client_id": client.client_id, "sub": sub, "sid": row["session_id"]}).encode()
        told.append(enqueue(BACKCHANNEL_LOGOUT, message, id=secrets.token_urlsafe(16), now=now, vault=vault))
    return told


def _consent(row: Row) -> Consent:
    claims, text_hash = json.loads(str(row["claims"])), row["text_hash"]
    assert isinstance(text_hash, bytes)
    return Consent(
        id=str(row["id"]),
        client_id=str(row["client_id"]),
        scope=tuple(str(row["scope"]).split()),
        offered=tuple(claims["offered"]),
        released=tuple(claims["released"]),
        legal_basis=LegalBasis(str(row["legal_basis"])),
        text_version=str(row["text_version"]),
        text_hash=text_hash,
        locale=str(row["locale"]),
        granted_at=int(row["granted_at"] or 0),
        resources=tuple(claims.get("resources", ())),
        details=tuple(claims.get("details", ())),
        withdrawn_at=None if row["withdrawn_at"] is None else int(row["withdrawn_at"]),
    )
