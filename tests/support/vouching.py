"""The link that a session rests on: a session whose link is gone or stopped is worth nothing."""

import json
import secrets

from idp.identity.link_records import LinkRecord, seal_record
from idp.identity.links import LETTING_IN_SQL
from idp.identity.pivot import PivotIdentity
from idp.sessions.session import SsoSession
from idp.storage.database import Database, Insert
from idp.storage.vault import Vault


async def link_to_rest_on(database: Database, person_id: str, source_id: str) -> str:
    """A link of the person that lets in, of this source if there is one; else the id of one to be written."""
    row = await database.fetch_row(
        f"SELECT id FROM identity_link WHERE person_id = $1 AND status IN ({LETTING_IN_SQL}) "
        "ORDER BY CASE WHEN source_id = $2 THEN 0 ELSE 1 END, id LIMIT 1",
        person_id,
        source_id,
    )
    return secrets.token_urlsafe(16) if row is None else str(row["id"])


def vouching_link(vault: Vault, session: SsoSession, identity: PivotIdentity) -> Insert:
    """As the login that began the session would have left it."""
    return Insert(
        "identity_link",
        {
            "id": session.link_id,
            "person_id": session.person_id,
            "source_id": session.source_id,
            "source_subject_index": secrets.token_bytes(32),
            "identifier_type": None,
            "personal_id_index": None,
            "status": "proven",
            "method": " ".join(session.amr),
            "assurance": session.level.acr,
            "evidence": json.dumps([]),
            "identity_sealed": seal_record(vault, LinkRecord(identity=identity), link_id=session.link_id),
            "proofed_at": session.auth_time,
            "created_at": session.auth_time,
            "last_used_at": session.auth_time,
        },
        on_conflict_do_nothing=True,
    )
