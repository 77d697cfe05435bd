"""Doubts about who somebody is: raised by a login or by the person, worked on by operators, decided once.

Knows no page and nobody's roles. Reading is here and in `case_search`, changing in `case_decisions`.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.person_events import CaseChanged, CaseRaised
from idp.identity.cases.references import new_reference
from idp.identity.cases.working_days import closing_after
from idp.storage.database import Insert, Row, Write
from idp.storage.vault import Vault

WORKING_DAYS: Final = 10


class CaseKind(StrEnum):
    PROVE = "prove"
    """The login may settle it: by a second authentication, in the same browser."""
    REVIEW = "review"
    """Two trained people must look at it."""
    NOT_ME = "not_me"
    """Somebody else used the account, says its person."""
    UNLOCK = "unlock"
    SUPPORT = "support"
    """Opened by an operator, on a request at a counter or the hotline."""


class CaseStatus(StrEnum):
    OPEN = "open"
    DOCUMENT_ASKED = "document_asked"
    AWAITING_SECOND = "awaiting_second"
    """One operator proposed a merge or a split; another one must agree."""
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


UNDECIDED: Final = frozenset({CaseStatus.OPEN, CaseStatus.DOCUMENT_ASKED, CaseStatus.AWAITING_SECOND})


class CaseAction(StrEnum):
    """What needs two operators."""

    MERGE = "merge"
    SPLIT = "split"


class CaseOutcome(StrEnum):
    PROVEN = "proven"
    """The person authenticated at both ends."""
    MERGED = "merged"
    SPLIT = "split"
    KEPT_APART = "kept_apart"
    UNLOCKED = "unlocked"
    UNDONE = "undone"
    """A "not me" that its person took back after strong proof."""
    CONFIRMED = "confirmed"
    """It was as reported, and what had to be done is done."""
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Case:
    """`version` grows with every change: whoever decides names the version they looked at."""

    id: str
    reference: str
    kind: CaseKind
    status: CaseStatus
    person_id: str
    link_id: str | None
    candidate_ids: tuple[str, ...]
    decision: str
    evidence: Mapping[str, tuple[str, ...]]
    """For each candidate the codes that `matching.decide` gave."""
    proposed_action: CaseAction | None
    proposed_by: str | None
    outcome: CaseOutcome | None
    decided_by: str | None
    created_at: int
    due_at: int
    decided_at: int | None
    version: int
    note: str | None = field(default=None, repr=False)

    @property
    def is_undecided(self) -> bool:
        return self.status in UNDECIDED

    def concerns(self, one: str, other: str) -> bool:
        """Whether it asks if these two are one person."""
        return {one, other} <= {self.person_id, *self.candidate_ids} and one != other


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """What is done with a case in the transaction that raises it: an action proposed, or an outcome decided."""

    by: str
    action: CaseAction | None = None
    outcome: CaseOutcome | None = None

    @property
    def status(self) -> CaseStatus:
        return CaseStatus.AWAITING_SECOND if self.outcome is None else CaseStatus.DECIDED

    def columns(self, now: float) -> dict[str, str | int]:
        if self.outcome is not None:
            return {"outcome": self.outcome.value, "decided_by": self.by, "decided_at": int(now)}
        return {} if self.action is None else {"proposed_action": self.action.value, "proposed_by": self.by}

    def entry(self, person_id: str, case_id: str, *, now: float) -> Insert:
        event = CaseChanged(
            person_id=person_id,
            case_id=case_id,
            status=self.status.value,
            by=self.by,
            action=None if self.action is None else self.action.value,
            outcome=None if self.outcome is None else self.outcome.value,
        )
        return audit_entry(event, now_ms=int(now * 1000))


def new_case_id() -> str:
    return secrets.token_urlsafe(16)


def open_case_writes(
    vault: Vault,
    *,
    case_id: str,
    kind: CaseKind,
    person_id: str,
    link_id: str | None,
    candidate_ids: Sequence[str] = (),
    decision: str,
    evidence: Mapping[str, Sequence[str]] | None = None,
    now: float,
    note: str | None = None,
    reference: str | None = None,
    step: FirstStep | None = None,
) -> list[Write]:
    """The rows of a new case, for the transaction that raises it. `evidence`: by candidate, the codes of the match.

    With a `step`, an operator raises it and takes that step at once.

    Two references may meet, once in thousands of millions: then the commit raises IntegrityConflict like for any
    other key, and the caller begins anew.
    """
    row = Insert(
        "linking_case",
        {
            "id": case_id,
            "reference": reference or new_reference(),
            "kind": kind.value,
            "status": CaseStatus.OPEN.value if step is None else step.status.value,
            "person_id": person_id,
            "link_id": link_id,
            "candidate_ids": json.dumps(list(candidate_ids)),
            "decision": decision,
            "evidence": json.dumps({candidate: list(codes) for candidate, codes in (evidence or {}).items()}),
            "note_sealed": None if note is None else seal_note(vault, note, case_id=case_id),
            "created_at": int(now),
            "due_at": closing_after(now, working_days=WORKING_DAYS),
            "version": 0,
            **({} if step is None else step.columns(now)),
        },
    )
    event = CaseRaised(
        person_id=person_id,
        case_id=case_id,
        kind=kind.value,
        link_id=link_id,
        decision=decision,
        candidates=len(candidate_ids),
    )
    raised: list[Write] = [row, audit_entry(event, now_ms=int(now * 1000))]
    return raised if step is None else [*raised, step.entry(person_id, case_id, now=now)]


def case_of(row: Row, vault: Vault) -> Case:
    """From a whole row of `linking_case`."""
    note = row["note_sealed"]
    evidence = json.loads(str(row["evidence"]))
    return Case(
        id=str(row["id"]),
        reference=str(row["reference"]),
        kind=CaseKind(str(row["kind"])),
        status=CaseStatus(str(row["status"])),
        person_id=str(row["person_id"]),
        link_id=_text(row, "link_id"),
        candidate_ids=tuple(json.loads(str(row["candidate_ids"]))),
        decision=str(row["decision"]),
        evidence={candidate: tuple(codes) for candidate, codes in evidence.items()},
        proposed_action=None if row["proposed_action"] is None else CaseAction(str(row["proposed_action"])),
        proposed_by=_text(row, "proposed_by"),
        outcome=None if row["outcome"] is None else CaseOutcome(str(row["outcome"])),
        decided_by=_text(row, "decided_by"),
        created_at=int(row["created_at"] or 0),
        due_at=int(row["due_at"] or 0),
        decided_at=None if row["decided_at"] is None else int(row["decided_at"]),
        version=int(row["version"] or 0),
        note=vault.unseal(note, row=_sealed_for(str(row["id"]))).decode() if isinstance(note, bytes) else None,
    )


def seal_note(vault: Vault, note: str, *, case_id: str) -> bytes:
    return vault.seal(note.encode(), row=_sealed_for(case_id))


def _sealed_for(case_id: str) -> str:
    return f"linking_case|note|{case_id}"


def _text(row: Row, column: str) -> str | None:
    value = row[column]
    return None if value is None else str(value)
