"""Services that a person wants no more requests from: what they reported stays reported until they say otherwise.

Knows nothing of how a request is made or refused.
"""

from collections.abc import Sequence

from idp.audit.log import audit_entry
from idp.audit.polled_events import RequestsAllowed, RequestsBlocked
from idp.storage.database import Database, FromGate, Insert, Row, Statement, Value, Write


def block_of(*, client_id: str, person_id: str, interaction_id: str | None, now: float) -> list[Write]:
    event = RequestsBlocked(client_id=client_id, person_id=person_id, interaction_id=interaction_id)
    row: dict[str, Value | FromGate] = {"person_id": person_id, "client_id": client_id, "blocked_at": int(now)}
    return [
        Insert("request_block", row, on_conflict_do_nothing=True),
        audit_entry(event, now_ms=int(now * 1000)),
    ]


async def allow_again(database: Database, *, client_id: str, person_id: str, now: float) -> bool:
    """Whether it was blocked until now."""
    event = RequestsAllowed(client_id=client_id, person_id=person_id)
    gate = Statement(
        "DELETE FROM request_block WHERE person_id = $1 AND client_id = $2 RETURNING client_id", (person_id, client_id)
    )
    return await database.commit(audit_entry(event, now_ms=int(now * 1000)), gate=gate) is not None


async def blocked_services(database: Database, person_id: str) -> Sequence[Row]:
    return await database.fetch_all(
        "SELECT client_id, blocked_at FROM request_block WHERE person_id = $1 ORDER BY blocked_at DESC, client_id",
        person_id,
    )
