"""Sessions as rows. The cookie's value is never stored, the identity only sealed."""

import orjson

from idp.identity.links import LETTING_IN_SQL
from idp.protocol.levels import LevelOfAssurance, level_of
from idp.sessions.session import SsoSession
from idp.storage.database import Database, Insert, Row, Statement, Write
from idp.storage.vault import Vault, token_hash

# Column names as they come out of a join, each with the prefix `session_`.
SESSION_COLUMNS = ", ".join(
    f"s.{column} AS session_{column}"
    for column in (
        "id",
        "person_id",
        "link_id",
        "source_id",
        "acr",
        "amr",
        "identity_level",
        "auth_time",
        "created_at",
        "last_seen_at",
        "expires_at",
        "identity_sealed",
    )
)


# However the session came to be, it is worth what its person and its link are worth now: a freeze or a lock in the
# moment of a login leaves nothing that goes on.
VOUCHED_FOR = (
    "JOIN person p ON p.id = s.person_id AND p.status = 'active' "
    f"JOIN identity_link l ON l.id = s.link_id AND l.person_id = s.person_id AND l.status IN ({LETTING_IN_SQL})"
)


def session_key_hash(key: str) -> bytes:
    return token_hash("session", key)


def insert_session(session: SsoSession, *, key: str, browser_hash: bytes, vault: Vault) -> Insert:
    return Insert(
        "sso_session",
        {
            "id": session.id,
            "key_hash": session_key_hash(key),
            "person_id": session.person_id,
            "link_id": session.link_id,
            "source_id": session.source_id,
            "browser_hash": browser_hash,
            "acr": session.level.acr,
            "amr": orjson.dumps(session.amr).decode(),
            "identity_level": session.identity_level,
            "auth_time": session.auth_time,
            "created_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "expires_at": session.expires_at,
            "ended_at": None,
            "identity_sealed": _sealed_claims(session, vault),
        },
    )


def renew_session(session: SsoSession, *, key: str, vault: Vault) -> Statement:
    """The same person logged in again in this browser: a new secret, the new login's level, the same `sid`."""
    return Statement(
        "UPDATE sso_session SET key_hash = $1, link_id = $2, source_id = $3, acr = $4, amr = $5, "
        "identity_level = $6, auth_time = $7, last_seen_at = $8, expires_at = $9, identity_sealed = $10 "
        "WHERE id = $11 AND ended_at IS NULL",
        (
            session_key_hash(key),
            session.link_id,
            session.source_id,
            session.level.acr,
            orjson.dumps(session.amr).decode(),
            session.identity_level,
            session.auth_time,
            session.last_seen_at,
            session.expires_at,
            _sealed_claims(session, vault),
            session.id,
        ),
    )


def _sealed_claims(session: SsoSession, vault: Vault) -> bytes:
    return vault.seal(orjson.dumps(dict(session.claims)), row=f"sso_session|identity|{session.id}")


def session_from_row(row: Row, vault: Vault) -> SsoSession:
    """From a row that holds SESSION_COLUMNS."""
    sealed, session_id = row["session_identity_sealed"], str(row["session_id"])
    assert isinstance(sealed, bytes)
    claims = orjson.loads(vault.unseal(sealed, row=f"sso_session|identity|{session_id}"))
    return SsoSession(
        id=session_id,
        person_id=str(row["session_person_id"]),
        link_id=str(row["session_link_id"]),
        source_id=str(row["session_source_id"]),
        level=level_of(str(row["session_acr"])) or LevelOfAssurance.LOW,
        amr=tuple(orjson.loads(str(row["session_amr"]))),
        identity_level=str(row["session_identity_level"]),
        auth_time=int(row["session_auth_time"] or 0),
        created_at=int(row["session_created_at"] or 0),
        last_seen_at=int(row["session_last_seen_at"] or 0),
        expires_at=int(row["session_expires_at"] or 0),
        claims=claims,
    )


def touch_session(session_id: str, *, now: int) -> Statement:
    return Statement("UPDATE sso_session SET last_seen_at = $1 WHERE id = $2", (now, session_id))


def end_session_gate(session_id: str, *, now: int) -> Statement:
    """Ends it once: a second, simultaneous logout finds no row and tells nobody twice."""
    return Statement(
        "UPDATE sso_session SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL RETURNING id, person_id",
        (now, session_id),
    )


def revoke_online_grants(session_id: str, *, now: int) -> Write:
    """What was granted for as long as the person is present ends with the session; offline access does not."""
    return Statement(
        "UPDATE authorization_grant SET revoked_at = $1 WHERE session_id = $2 AND revoked_at IS NULL AND offline = 0",
        (now, session_id),
    )


async def live_session(database: Database, vault: Vault, *, key: str | None, now: int, idle: int) -> SsoSession | None:
    """The session this cookie stands for, or None when there is none, it ended, or nobody vouches for it any more."""
    if not key:
        return None
    row = await database.fetch_row(
        f"SELECT {SESSION_COLUMNS} FROM sso_session s {VOUCHED_FOR} "
        "WHERE s.key_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3",
        session_key_hash(key),
        now,
        now - idle,
    )
    return None if row is None else session_from_row(row, vault)
