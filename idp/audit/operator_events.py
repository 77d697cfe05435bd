"""What operators do. Whoever is looked at, searched for or decided about finds it by their `person_id`.

`operator` is the id of the one who acts; `reason` is a word of a closed list, for notes are sealed in their case.
"""

from dataclasses import dataclass

from idp.audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class OperatorChanged(AuditEvent):
    """`operator` is the one changed, `by` who did it: another operator's id, or an account at the command line."""

    name = "operator.changed"
    operator: str
    action: str
    by: str


@dataclass(frozen=True, kw_only=True)
class OperatorRefused(AuditEvent):
    """Somebody tried what their roles, their level or the four-eyes rule do not allow."""

    name = "operator.refused"
    operator: str | None = None
    permission: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class KeyChangeProposed(AuditEvent):
    """The first half of a change of keys. `target` is an algorithm or a kid; empty for all algorithms."""

    name = "key_change.proposed"
    operator: str
    action: str
    target: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class KeyChangeDecided(AuditEvent):
    """The second half, by another operator; or its refusal, by whoever refused it or took it back."""

    name = "key_change.decided"
    operator: str
    proposer: str
    action: str
    target: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class PersonViewed(AuditEvent):
    """A person's values were opened to one operator for ten minutes. `case_id` where a case was the occasion."""

    name = "person.viewed"
    operator: str
    reason: str
    case_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class PersonSearched(AuditEvent):
    """Somebody was looked for by a number. With a `person_id` where one was found, without where none was."""

    name = "person.searched"
    operator: str
    reason: str
    kind: str
    found: int


@dataclass(frozen=True, kw_only=True)
class CaseOpened(AuditEvent):
    """An operator looked at a case with its values masked. One for each person on it, once in ten minutes."""

    name = "case.opened"
    operator: str
    case_id: str
