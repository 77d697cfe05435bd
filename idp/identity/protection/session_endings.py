"""Every session of a person ended at once, the services told, whatever was granted in them worth nothing any more."""

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from idp.audit.events import SessionEnded
from idp.audit.log import audit_entry
from idp.identity.person_state import Contended, PersonStatus, holding, person_state
from idp.identity.protection.service_events import EventKind, KnowingService, event_messages, services_knowing
from idp.sessions.ending import OUTBOX_KIND, FindClient
from idp.storage.database import Database, Statement, Write
from idp.storage.outbox import enqueue
from idp.storage.vault import Vault

_LOOKS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Endings:
    """What ends these sessions, for a transaction of the caller's; their grants are not among it."""

    session_ids: tuple[str, ...]
    ending: tuple[Statement, ...]
    """None or one: the statement that ends them."""
    telling: tuple[Write, ...]
    """The logout tokens and the audit entries."""
    clients_told: int

    @property
    def writes(self) -> tuple[Write, ...]:
        return (*self.ending, *self.telling)


async def endings_of(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    reason: str,
    now: float,
    link_id: str | None = None,
    spared: Collection[str | None] = (),
) -> Endings:
    """Of all live sessions, or of those that came in by one link."""
    live = [session for session in await _live(database, person_id, link_id, now=int(now)) if session not in spared]
    told = await _participants(database, find_client, live)
    writes: list[Write] = []
    places = ", ".join(f"${number}" for number in range(2, 2 + len(live)))
    ending = Statement(
        f"UPDATE sso_session SET ended_at = $1 WHERE id IN ({places}) AND ended_at IS NULL", (int(now), *live)
    )
    for session_id, client_id, sub in told:
        payload = json.dumps({"client_id": client_id, "sub": sub, "sid": session_id}).encode()
        writes.append(enqueue(OUTBOX_KIND, payload, id=secrets.token_urlsafe(16), now=int(now), vault=vault))
    for session_id in live:
        number = sum(1 for told_of, _, _ in told if told_of == session_id)
        event = SessionEnded(person_id=person_id, session_id=session_id, reason=reason, clients_told=number)
        writes.append(audit_entry(event, now_ms=int(now * 1000)))
    return Endings(
        session_ids=tuple(live), ending=(ending,) if live else (), telling=tuple(writes), clients_told=len(told)
    )


def revoke_every_grant(person_id: str, *, now: float) -> Statement:
    """Codes, access tokens and refresh tokens die with their grant, offline access included."""
    return Statement(
        "UPDATE authorization_grant SET revoked_at = $1 WHERE person_id = $2 AND revoked_at IS NULL",
        (int(now), person_id),
    )


async def end_all_sessions(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    reason: str,
    now: float,
    except_session: str | None = None,
) -> int:
    """How many were ended. Offline access goes too; `except_session` keeps what was granted in it.

    Looks again until none is left, so that a login of the same moment goes too. Raises Contended.
    """
    ended = 0
    for look in range(_LOOKS):
        person = await person_state(database, person_id)
        if person is None or person.status is PersonStatus.MERGED:
            return ended
        endings = await endings_of(
            database, vault, find_client, person_id=person_id, reason=reason, now=now, spared={except_session}
        )
        if look and not endings.session_ids:
            return ended
        told: Sequence[KnowingService] = ()
        if endings.session_ids:
            told = await services_knowing(database, find_client, person_id)
        done = await database.commit(
            *endings.writes,
            _revoke_grants_but(person_id, except_session, now=now),
            *event_messages(EventKind.SESSIONS_REVOKED, told, vault=vault, now=now),
            gate=holding(person, now=now),
        )
        ended += len(endings.session_ids) if done is not None else 0
    raise Contended


async def end_stragglers(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    link_id: str | None,
    reason: str,
    now: float,
) -> None:
    """Sessions that a login wrote while their link, or all of them, were being stopped. Raises Contended."""
    for _ in range(_LOOKS):
        person = await person_state(database, person_id)
        endings = await endings_of(
            database, vault, find_client, person_id=person_id, reason=reason, now=now, link_id=link_id
        )
        if person is None or not endings.session_ids:
            return
        await database.commit(
            *endings.writes, revoke_grants_of(endings.session_ids, now=now), gate=holding(person, now=now)
        )
    raise Contended


def revoke_grants_of(sessions: Sequence[str], *, now: float) -> Statement:
    places = ", ".join(f"${number}" for number in range(2, 2 + len(sessions)))
    return Statement(
        f"UPDATE authorization_grant SET revoked_at = $1 WHERE session_id IN ({places}) AND revoked_at IS NULL",
        (int(now), *sessions),
    )


def _revoke_grants_but(person_id: str, session_id: str | None, *, now: float) -> Statement:
    if session_id is None:
        return revoke_every_grant(person_id, now=now)
    return Statement(
        "UPDATE authorization_grant SET revoked_at = $1 "
        "WHERE person_id = $2 AND revoked_at IS NULL AND session_id <> $3",
        (int(now), person_id, session_id),
    )


async def _live(database: Database, person_id: str, link_id: str | None, *, now: int) -> list[str]:
    rows = await database.fetch_all(
        "SELECT id, link_id FROM sso_session WHERE person_id = $1 AND ended_at IS NULL AND expires_at > $2 "
        "ORDER BY created_at, id",
        person_id,
        now,
    )
    return [str(row["id"]) for row in rows if link_id is None or row["link_id"] == link_id]


async def _participants(
    database: Database, find_client: FindClient, sessions: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Session, service and `sub` of everybody to send a logout token to."""
    if not sessions:
        return []
    places = ", ".join(f"${number}" for number in range(1, 1 + len(sessions)))
    rows = await database.fetch_all(
        "SELECT DISTINCT g.session_id, g.client_id, i.sub FROM authorization_grant g "
        "JOIN client c ON c.client_id = g.client_id "
        "JOIN subject_identifier i ON i.person_id = g.person_id AND i.sector = c.sector "
        f"WHERE g.session_id IN ({places})",
        *sessions,
    )
    told = []
    for row in rows:
        client = await find_client(str(row["client_id"]))
        if client is not None and client.backchannel_logout_uri:
            told.append((str(row["session_id"]), client.client_id, str(row["sub"])))
    return told
