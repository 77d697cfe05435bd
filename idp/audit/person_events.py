"""What happens to a person as a whole: questions raised about them, merges and splits, locks, the end.

`by` is the part that acted: `citizen`, `login`, `system`, or an operator's id. The reasons are words of ours.
"""

from dataclasses import dataclass

from idp.audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class CaseRaised(AuditEvent):
    name = "case.raised"
    case_id: str
    kind: str
    link_id: str | None = None
    decision: str
    candidates: int


@dataclass(frozen=True, kw_only=True)
class CaseChanged(AuditEvent):
    """`outcome` is set where the case was decided, `action` where one was proposed."""

    name = "case.changed"
    case_id: str
    status: str
    by: str
    action: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True)
class PeopleMerged(AuditEvent):
    """`person_id` is the one who stayed, or the one who was absorbed: each has an entry of their own."""

    name = "people.merged"
    merge_id: str
    survivor_id: str
    absorbed_id: str
    basis: str
    by: str
    case_id: str | None = None
    links: int
    retired_subjects: int


@dataclass(frozen=True, kw_only=True)
class PeopleSplit(AuditEvent):
    name = "people.split"
    merge_id: str
    survivor_id: str
    absorbed_id: str
    by: str
    case_id: str
    links: int


@dataclass(frozen=True, kw_only=True)
class PeopleKeptApart(AuditEvent):
    name = "people.kept_apart"
    other_id: str
    case_id: str
    by: str


@dataclass(frozen=True, kw_only=True)
class PersonStatusChanged(AuditEvent):
    """Locked, unlocked, closed."""

    name = "person.status_changed"
    from_status: str
    to_status: str
    reason: str
    by: str


@dataclass(frozen=True, kw_only=True)
class MisuseReported(AuditEvent):
    """ "Not me", with how much was ended."""

    name = "misuse.reported"
    case_id: str
    link_id: str | None = None
    sessions: int
    clients_told: int


@dataclass(frozen=True, kw_only=True)
class SubjectChangeAsked(AuditEvent):
    """A service looked up whether a `sub` was replaced."""

    name = "subject_change.asked"
    changed: str


@dataclass(frozen=True, kw_only=True)
class SecurityEventPushed(AuditEvent):
    name = "security_event.pushed"
    event_kind: str
    outcome: str
    attempts: int
