"""The proof of a consent (Law 91/2025/QH15): what was asked, in which words, in which language, when. Pure."""

import hashlib
import json
import secrets
from dataclasses import dataclass

from idp.audit.events import ConsentGiven
from idp.audit.log import audit_entry
from idp.protocol.client import Client
from idp.sessions.session import SsoSession
from idp.storage.database import Insert, Row, Statement, Write

# Grows whenever the wording of the page changes in meaning; kept with each consent.
TEXT_VERSION = "1"


def withdraw_earlier(client: Client, session: SsoSession, *, now: float) -> Statement:
    """A consent is never changed: the earlier one ends, so that each stays as it was given.

    Committed on its own: PostgreSQL promises no order among the writes of one statement, and the index that
    allows one consent in force would meet both. A crash in between only means to be asked again.
    """
    return Statement(
        "UPDATE consent SET withdrawn_at = $1 WHERE person_id = $2 AND client_id = $3 AND withdrawn_at IS NULL "
        "RETURNING scope, claims",
        (int(now), session.person_id, client.client_id),
    )


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What a person was asked for at one service, and what of it they let through."""

    scope: frozenset[str] = frozenset()
    offered: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()

    def widened(self, now: "Agreed") -> "Agreed":
        """What was agreed earlier stays agreed; what was asked again is answered anew."""
        return Agreed(
            scope=self.scope | now.scope,
            offered=self.offered | now.offered,
            released=(self.released - now.offered) | now.released,
        )


def agreed_in(row: Row) -> Agreed:
    """From a row that `withdraw_earlier` found."""
    claims = json.loads(str(row["claims"]))
    return Agreed(
        scope=frozenset(str(row["scope"]).split()),
        offered=frozenset(claims["offered"]),
        released=frozenset(claims["released"]),
    )


def consent_writes(
    client: Client,
    session: SsoSession,
    *,
    agreed: Agreed,
    shown_text: str,
    locale: str,
    interaction_id: str,
    now: float,
) -> tuple[Write, ...]:
    """An earlier consent was withdrawn before (`withdraw_earlier`). `shown_text` is only hashed."""
    event = ConsentGiven(
        client_id=client.client_id,
        person_id=session.person_id,
        session_id=session.id,
        interaction_id=interaction_id,
        claims=tuple(sorted(agreed.released)),
        legal_basis=client.legal_basis,
    )
    return (
        Insert(
            "consent",
            {
                "id": secrets.token_urlsafe(16),
                "person_id": session.person_id,
                "client_id": client.client_id,
                "scope": " ".join(sorted(agreed.scope)),
                "claims": json.dumps({"offered": sorted(agreed.offered), "released": sorted(agreed.released)}),
                "legal_basis": client.legal_basis.value,
                "text_hash": hashlib.sha256(shown_text.encode()).digest(),
                "text_version": TEXT_VERSION,
                "locale": locale,
                "granted_at": int(now),
                "withdrawn_at": None,
            },
        ),
        audit_entry(event, now_ms=int(now * 1000)),
    )
