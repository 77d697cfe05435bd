"""A person takes back what they asked for: nobody need look into it any more."""

from idp.audit.log import audit_entry
from idp.audit.person_events import CaseChanged
from idp.identity.cases import CaseStatus
from idp.storage.database import Database, Statement


async def withdraw_own_case(database: Database, *, case_id: str, person_id: str, version: int, now: float) -> bool:
    """False where it was decided, or taken up by an operator, since the person looked."""
    event = CaseChanged(person_id=person_id, case_id=case_id, status=CaseStatus.WITHDRAWN.value, by="citizen")
    gate = Statement(
        "UPDATE linking_case SET status = $1, decided_by = 'citizen', decided_at = $2, version = version + 1 "
        "WHERE id = $3 AND person_id = $4 AND version = $5 AND status IN ('open', 'document_asked') RETURNING id",
        (CaseStatus.WITHDRAWN.value, int(now), case_id, person_id, version),
    )
    return await database.commit(audit_entry(event, now_ms=int(now * 1000)), gate=gate) is not None
