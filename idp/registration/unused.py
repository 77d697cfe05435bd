"""Registrations that a program made and nobody ever logged in at: forgotten after a month.

What an operator registered stays, and so does whatever somebody agreed to once: its history names it.
"""

from typing import Final

from idp.audit.events import ConfigurationChanged
from idp.audit.log import audit_entry
from idp.storage.database import Database, Statement
from idp.storage.live_configuration import bump_version

UNUSED_DAYS: Final = 30
_OPERATOR: Final = "dynamic registration"
_AT_ONCE: Final = 200
_BY_A_PROGRAM: Final = "CAST(metadata AS TEXT) LIKE '%\"registration_access_token_hash\"%'"
_NEVER_USED: Final = (
    "NOT EXISTS (SELECT 1 FROM consent c WHERE c.client_id = client.client_id) "
    "AND NOT EXISTS (SELECT 1 FROM authorization_grant g WHERE g.client_id = client.client_id)"
)


async def forget_unused(database: Database, *, now: int) -> int:
    """How many went, bounded: the next turn takes the rest. One that is used in this very moment stays.

    Raises StorageUnavailable.
    """
    until = now - UNUSED_DAYS * 86_400
    rows = await database.fetch_all(
        f"SELECT client_id FROM client WHERE created_at <= $1 AND {_BY_A_PROGRAM} AND {_NEVER_USED} "
        f"ORDER BY created_at LIMIT {_AT_ONCE}",
        until,
    )
    gone = 0
    for row in rows:
        client_id = str(row["client_id"])
        gate = Statement(f"DELETE FROM client WHERE client_id = $1 AND {_NEVER_USED} RETURNING client_id", (client_id,))
        event = ConfigurationChanged(client_id=client_id, subject="client", action="forgotten", operator=_OPERATOR)
        entry = audit_entry(event, now_ms=now * 1000)
        gone += await database.commit(bump_version(), entry, gate=gate) is not None
    return gone
