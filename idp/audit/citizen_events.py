"""What people decide in their own space. Each is found by its `person_id`."""

from dataclasses import dataclass

from idp.audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class SourceBlockChanged(AuditEvent):
    """`change`: blocked or unblocked; the source `*` is every one not linked yet."""

    name = "source_block.changed"
    change: str


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn(AuditEvent):
    name = "consent.withdrawn"
    consent_id: str
    messages: int = 0


@dataclass(frozen=True, kw_only=True)
class ReceiptGiven(AuditEvent):
    name = "consent_receipt.given"
    consent_id: str


@dataclass(frozen=True, kw_only=True)
class DataExported(AuditEvent):
    """A person took a copy of everything that is kept of them."""

    name = "data.exported"
