"""The rows that say a merge happened: the two people, the questions it answered, the record of it for a split."""

from idp.audit.log import audit_entry
from idp.audit.person_events import PeopleMerged
from idp.identity.cases.case import CaseOutcome, CaseStatus
from idp.identity.cases.decisions import ended_entry, ending_statement
from idp.identity.merging.plan import MergePlan
from idp.identity.merging.request import MergeRequest
from idp.identity.merging.words import MergeBasis
from idp.identity.merging.writes import answering_links
from idp.identity.person_state import PersonState
from idp.storage.database import Insert, Statement, Write


def person_writes(survivor: PersonState, absorbed: PersonState, *, now: float) -> list[Write]:
    return [
        Statement(
            "UPDATE person SET status = 'merged', merged_into = $1, status_changed_at = $2 WHERE id = $3",
            (survivor.id, absorbed.next_stamp(now), absorbed.id),
        ),
        Statement("UPDATE person SET status_changed_at = $1 WHERE id = $2", (survivor.next_stamp(now), survivor.id)),
    ]


def answering_writes(plan: MergePlan, survivor_id: str, absorbed_id: str, asked: MergeRequest) -> list[Write]:
    """The links that were in doubt, and the cases that asked."""
    by, now, moved = asked.by, asked.now, plan.moved
    proven = asked.basis is MergeBasis.PROOF_AT_BOTH_ENDS
    decided, outcome = CaseStatus.DECIDED, CaseOutcome.PROVEN if proven else CaseOutcome.MERGED
    writes = [
        *answering_links(moved.links, from_person=absorbed_id, to_person=survivor_id, by=by, now=now),
        *answering_links(moved.confirmed, from_person=survivor_id, to_person=survivor_id, by=by, now=now),
    ]
    for case in plan.answered:
        writes += [
            ending_statement(case, status=decided, outcome=outcome, by=by, now=now),
            ended_entry(case, status=decided, outcome=outcome, by=by, now=now),
        ]
    return writes


def record_writes(
    plan: MergePlan, survivor_id: str, absorbed_id: str, asked: MergeRequest, *, merge_id: str
) -> list[Write]:
    row = Insert(
        "person_merge",
        {
            "id": merge_id,
            "survivor_id": survivor_id,
            "absorbed_id": absorbed_id,
            "case_id": asked.case_id,
            "basis": asked.basis.value,
            "moved": plan.moved.to_json(),
            "merged_at": int(asked.now),
            "merged_by": asked.by,
        },
    )
    entries = [
        audit_entry(
            PeopleMerged(
                person_id=person_id,
                merge_id=merge_id,
                survivor_id=survivor_id,
                absorbed_id=absorbed_id,
                basis=asked.basis.value,
                by=asked.by,
                case_id=asked.case_id,
                links=len(plan.moved.links),
                retired_subjects=len(plan.moved.retired),
            ),
            now_ms=int(asked.now * 1000),
        )
        for person_id in (survivor_id, absorbed_id)
    ]
    return [row, *entries]
