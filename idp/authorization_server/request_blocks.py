"""Services that a person wants no more requests from: what they reported stays reported until they say otherwise.

Knows nothing of how a request is made or refused.
"""

from collections.abc import Sequence

from idp.audit.log import audit_entry
from idp.audit.polled_events import RequestsAllowed, RequestsBlocked
from idp.identity.person_state import people_behind
from idp.storage.database import Database, FromGate, Insert, Row, Statement, Value, Write


def blocked(*, client: str, person: str) -> str:
    """A condition over two columns: this person, or somebody merged into them, wants nothing of this client."""
    return (
        f"EXISTS (WITH RECURSIVE behind(id, step) AS (SELECT {person}, 0 "
        "UNION ALL SELECT m.id, d.step + 1 FROM person m JOIN behind d ON m.merged_into = d.id WHERE d.step < 20) "
        "SELECT 1 FROM request_block r JOIN behind ON behind.id = r.person_id "
        f"WHERE r.client_id = {client})"
    )


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
    people = await people_behind(database, person_id)
    gate = Statement(
        f"DELETE FROM request_block WHERE client_id = $1 AND person_id IN ({_places(people, 2)}) RETURNING client_id",
        (client_id, *people),
    )
    return await database.commit(audit_entry(event, now_ms=int(now * 1000)), gate=gate) is not None


async def blocked_services(database: Database, person_id: str) -> Sequence[Row]:
    """Each once, also those that they blocked as somebody who was merged into them."""
    people = await people_behind(database, person_id)
    return await database.fetch_all(
        "SELECT client_id, MAX(blocked_at) AS blocked_at FROM request_block "
        f"WHERE person_id IN ({_places(people, 1)}) GROUP BY client_id ORDER BY MAX(blocked_at) DESC, client_id",
        *people,
    )


def _places(values: Sequence[str], first: int) -> str:
    return ", ".join(f"${number}" for number in range(first, first + len(values)))
