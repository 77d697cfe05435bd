"""A verified personal ID that a known link brings later: whose it is by then, and what follows."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.identity.cases.case import CaseKind, new_case_id, open_case_writes
from idp.identity.decision_table import Decision
from idp.identity.links import LinkStatus, link_change
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.anchors import new_anchors
from idp.identity.recognition.candidate_search import find_candidates
from idp.identity.recognition.verdict import Verdict, judge
from idp.storage.database import Database, Write
from idp.storage.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Arrival:
    writes: Sequence[Write] = ()
    contradicts: bool = False
    """The person already holds another number."""
    withholds: bool = False
    """Somebody else holds this one."""
    case_id: str | None = None
    decision: str = ""
    differing: tuple[str, ...] = ()


async def arrival_of(
    database: Database, vault: Vault, identity: PivotIdentity, *, person_id: str, link_id: str, now: float
) -> Arrival:
    """Two people who exist already are never joined by a number alone: at best one of them proves to be both."""
    found = await find_candidates(database, vault, identity, apart_from=person_id)
    rows = await database.fetch_all("SELECT personal_id_index FROM identity_anchor WHERE person_id = $1", person_id)
    held = {row["personal_id_index"] for row in rows}
    if held and person_id not in found.holders:
        return Arrival(contradicts=True)
    if not found.holders - {person_id}:
        anchors = new_anchors(vault, identity, person_id=person_id)
        return Arrival(writes=[row for row in anchors if row.values["personal_id_index"] not in held])
    verdict = judge(identity, found)
    if not verdict.concerns_number:
        # Somebody decided that the other holder is another human; the number stays with that one.
        return Arrival(withholds=True)
    return _case(vault, verdict, person_id=person_id, link_id=link_id, now=now)


async def stop_contradicting(
    database: Database, *, link_id: str, person_id: str, status: LinkStatus, now: float
) -> None:
    change = link_change(
        link_id=link_id,
        person_id=person_id,
        from_status=status,
        to=LinkStatus.MISMATCH,
        reason="another_number",
        by="source",
        now=now,
    )
    await database.commit(change.audit, gate=change.gate)


def _case(vault: Vault, verdict: Verdict, *, person_id: str, link_id: str, now: float) -> Arrival:
    decision = Decision.REVIEW if verdict.decision is Decision.REVIEW else Decision.PROVE
    case_id = new_case_id()
    return Arrival(
        writes=open_case_writes(
            vault,
            case_id=case_id,
            kind=CaseKind.REVIEW if decision is Decision.REVIEW else CaseKind.PROVE,
            person_id=person_id,
            link_id=link_id,
            candidate_ids=[candidate.person_id for candidate in verdict.candidates],
            decision=decision,
            evidence=verdict.evidence,
            now=now,
        ),
        withholds=True,
        case_id=case_id,
        decision=decision,
        differing=verdict.differing,
    )
