"""Tax code (mã số thuế): ten digits of which the last checks the others.

Since 2025 an individual's tax code is the personal ID (Circular 86/2024/TT-BTC Art. 5(5)), so twelve
digits are read as one. A branch code (13 digits) belongs to an organisation and logs nobody in.
"""

from dataclasses import dataclass
from datetime import date

from stdnum.exceptions import (
    InvalidChecksum,
    InvalidComponent,
    InvalidFormat,
    InvalidLength,
    ValidationError,
)
from stdnum.vn import mst

from idp.identity.identifiers.kinds import IdentifierKind, InvalidIdentifier
from idp.identity.identifiers.personal_id import PersonalId, parse_personal_id
from idp.identity.identifiers.spelling import compact, is_digits

_KIND = IdentifierKind.TAX_CODE
_BRANCH_LENGTH = 13
_PERSONAL_ID_LENGTH = 12
_REASONS: dict[type[ValidationError], str] = {
    InvalidLength: "invalid_length",
    InvalidFormat: "invalid_format",
    InvalidComponent: "invalid_component",
    InvalidChecksum: "invalid_checksum",
}


@dataclass(frozen=True, repr=False)
class TaxCode:
    canonical: str

    @property
    def kind(self) -> IdentifierKind:
        return _KIND

    @property
    def masked(self) -> str:
        return f"{self.canonical[:2]}* *** *{self.canonical[-3:]}"

    def __repr__(self) -> str:
        return f"TaxCode({self.masked})"


def parse_tax_code(text: str, *, today: date) -> TaxCode | PersonalId:
    """Raises `InvalidIdentifier`; for twelve digits with the reasons of a personal ID."""
    number = compact(text, _KIND)
    if len(number) == _PERSONAL_ID_LENGTH and is_digits(number):
        return parse_personal_id(number, today=today)
    try:
        canonical: str = mst.validate(number)
    except ValidationError as error:
        raise InvalidIdentifier(_KIND, _REASONS[type(error)]) from None
    if len(canonical) == _BRANCH_LENGTH:
        raise InvalidIdentifier(_KIND, "branch_code")
    return TaxCode(canonical)
