"""What every identifier has, and why a text is refused as one."""

from enum import StrEnum
from typing import Protocol


class IdentifierKind(StrEnum):
    TAX_CODE = "tax_code"
    SOCIAL_INSURANCE_NUMBER = "social_insurance_number"
    PERSONAL_ID = "personal_id"
    MOBILE_NUMBER = "mobile_number"


class Identifier(Protocol):
    """A parsed number. Its `repr` shows the masked form only."""

    @property
    def kind(self) -> IdentifierKind: ...

    @property
    def canonical(self) -> str:
        """The one spelling under which it is looked up, counted and limited."""
        ...

    @property
    def masked(self) -> str:
        """What may be shown back to its owner."""
        ...


class InvalidIdentifier(ValueError):
    """A text that is no identifier of that kind. Carries the reason and never the text."""

    def __init__(self, kind: IdentifierKind, reason: str) -> None:
        super().__init__(f"{kind.value}: {reason}")
        self.kind = kind
        self.reason = reason
