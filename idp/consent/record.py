"""The proof of a consent (Law 91/2025/QH15): what was asked, in which words, in which language, when."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from idp.audit.events import ConsentGiven
from idp.audit.log import audit_entry
from idp.protocol.client import Client
from idp.sessions.session import SsoSession
from idp.storage.database import Database, Insert, Row, Statement, UnitOfWork, Value, Write

# Grows whenever the wording of the page changes in meaning; kept with each consent.
TEXT_VERSION = "1"


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What a person was asked for at one service, and what of it they let through."""

    scope: frozenset[str] = frozenset()
    offered: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    details: tuple[tuple[str, str], ...] = ()
    """What was allowed this once: type and digest of each detail (RFC 9396)."""

    def widened(self, now: "Agreed") -> "Agreed":
        """What was agreed earlier stays agreed; what was asked again is answered anew."""
        return Agreed(
            scope=self.scope | now.scope,
            offered=self.offered | now.offered,
            released=(self.released - now.offered) | now.released,
            resources=self.resources | now.resources,
            details=now.details,
        )

    def as_stored(self) -> str:
        stored: dict[str, Any] = {"offered": sorted(self.offered), "released": sorted(self.released)}
        if self.resources:
            stored["resources"] = sorted(self.resources)
        if self.details:
            stored["details"] = [{"type": type_, "sha256": digest} for type_, digest in self.details]
        return json.dumps(stored)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The page as it was agreed to; of `text` only a hash is kept."""

    text: str
    locale: str
    interaction_id: str


async def consent_in_force(database: Database, client: Client, session: SsoSession) -> Row | None:
    return await database.fetch_row(
        "SELECT * FROM consent WHERE person_id = $1 AND client_id = $2 AND withdrawn_at IS NULL",
        session.person_id,
        client.client_id,
    )


def recording_consent(
    client: Client,
    session: SsoSession,
    asked: Agreed,
    shown: Shown,
    *,
    earlier: Row | None,
    going_on: Statement,
    now: float,
) -> UnitOfWork:
    """One transaction. The row in force takes the new content, and what it held is kept beside it as withdrawn.

    It is changed only from the content that was read: another tab may have let less through meanwhile, and that
    must not come back. Then the gate finds nothing, and the caller reads again. `going_on` saves the interaction.
    Whoever lets less through than before ends what was issued on the earlier terms.
    """
    before = Agreed() if earlier is None else _agreed_in(earlier)
    agreed = before.widened(asked)
    content: dict[str, Value] = {
        "scope": " ".join(sorted(agreed.scope)),
        "claims": agreed.as_stored(),
        "legal_basis": client.legal_basis.value,
        "text_hash": hashlib.sha256(shown.text.encode()).digest(),
        "text_version": TEXT_VERSION,
        "locale": shown.locale,
        "granted_at": int(now),
    }
    event = ConsentGiven(
        client_id=client.client_id,
        person_id=session.person_id,
        session_id=session.id,
        interaction_id=shown.interaction_id,
        claims=tuple(sorted(agreed.released)),
        legal_basis=client.legal_basis,
        allowed=tuple(type_ for type_, _ in agreed.details),
    )
    writes: list[Write] = [audit_entry(event, now_ms=int(now * 1000))]
    if before.released - agreed.released:
        writes.append(_revoke_grants(client, session, now=int(now)))
    if earlier is None:
        whose: dict[str, Value] = {"id": _new_id(), "person_id": session.person_id, "client_id": client.client_id}
        row = Insert("consent", {**whose, **content, "withdrawn_at": None})
        return UnitOfWork([*writes, row], gate=going_on)
    columns = ", ".join(f"{name} = ${number}" for number, name in enumerate(content, 1))
    replaced = Statement(
        f"UPDATE consent SET {columns} WHERE id = ${len(content) + 1} AND withdrawn_at IS NULL "
        f"AND claims = ${len(content) + 2} AND scope = ${len(content) + 3} RETURNING id",
        (*content.values(), earlier["id"], earlier["claims"], earlier["scope"]),
    )
    kept = Insert("consent", {**earlier, "id": _new_id(), "withdrawn_at": int(now)})
    return UnitOfWork([*writes, kept, going_on], gate=replaced)


def _revoke_grants(client: Client, session: SsoSession, *, now: int) -> Statement:
    return Statement(
        "UPDATE authorization_grant SET revoked_at = $1 WHERE person_id = $2 AND client_id = $3 AND revoked_at IS NULL",
        (now, session.person_id, client.client_id),
    )


def _agreed_in(row: Row) -> Agreed:
    claims = json.loads(str(row["claims"]))
    return Agreed(
        scope=frozenset(str(row["scope"]).split()),
        offered=frozenset(claims["offered"]),
        released=frozenset(claims["released"]),
        resources=frozenset(claims.get("resources", ())),
    )


def _new_id() -> str:
    return secrets.token_urlsafe(16)
