"""Everything a decision about one request needs to know of the browser's session, in one round trip."""

import json
from dataclasses import dataclass

from idp.protocol.client import Client
from idp.protocol.reach import Way
from idp.sessions.session import SsoSession
from idp.sessions.storage import SESSION_COLUMNS, VOUCHED_FOR, session_from_row, session_key_hash
from idp.storage.database import Database
from idp.storage.vault import Vault


@dataclass(frozen=True, kw_only=True)
class GivenConsent:
    """What the person agreed to, or was told, at this service: the claims offered and those they let through."""

    scope: frozenset[str]
    offered: frozenset[str]
    released: frozenset[str]
    resources: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class LiveGrant:
    id: str
    source_id: str
    scope: frozenset[str]
    is_offline: bool


@dataclass(frozen=True, kw_only=True)
class Situation:
    """`sub` is stored already or None; `session` is None when nobody is logged in here.

    `ways_up` are looked up only where a login of this interaction is not what is asked.
    """

    session: SsoSession | None = None
    consent: GivenConsent | None = None
    grant: LiveGrant | None = None
    sub: str | None = None
    ways_up: tuple[Way, ...] = ()


NOBODY = Situation()

_QUERY = (
    f"SELECT {SESSION_COLUMNS}, c.scope AS consent_scope, c.claims AS consent_claims, "
    "g.id AS grant_id, g.source_id AS grant_source_id, g.scope AS grant_scope, g.offline AS grant_offline, i.sub "
    f"FROM sso_session s {VOUCHED_FOR} "
    "LEFT JOIN consent c ON c.person_id = s.person_id AND c.client_id = $2 AND c.withdrawn_at IS NULL "
    "LEFT JOIN authorization_grant g ON g.session_id = s.id AND g.person_id = s.person_id "
    "AND g.client_id = $2 AND g.revoked_at IS NULL "
    "LEFT JOIN subject_identifier i ON i.person_id = s.person_id AND i.sector = $3 "
    "WHERE s.key_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $4 AND s.last_seen_at > $5"
)


async def load_situation(
    database: Database, vault: Vault, *, session_key: str | None, client: Client, now: int, idle: int
) -> Situation:
    """Raises StorageUnavailable."""
    if not session_key:
        return NOBODY
    row = await database.fetch_row(
        _QUERY, session_key_hash(session_key), client.client_id, client.sector, now, now - idle
    )
    if row is None:
        return NOBODY
    consent = grant = None
    if row["consent_claims"] is not None:
        claims = json.loads(str(row["consent_claims"]))
        consent = GivenConsent(
            scope=frozenset(str(row["consent_scope"]).split()),
            offered=frozenset(claims["offered"]),
            released=frozenset(claims["released"]),
            resources=frozenset(claims.get("resources", ())),
        )
    if row["grant_id"] is not None:
        grant = LiveGrant(
            id=str(row["grant_id"]),
            source_id=str(row["grant_source_id"]),
            scope=frozenset(str(row["grant_scope"]).split()),
            is_offline=bool(row["grant_offline"]),
        )
    return Situation(
        session=session_from_row(row, vault),
        consent=consent,
        grant=grant,
        sub=None if row["sub"] is None else str(row["sub"]),
    )
