"""Social-insurance number (mã số BHXH): ten digits without a check digit.

The health-insurance card code of 15 characters ends in it and is taken as another spelling of it
(Decision 1351/QĐ-BHXH of 2015). Since August 2025 the personal ID takes its place (official letter
1804/BHXH-QLT), so twelve digits are read as one.
"""

import re
from dataclasses import dataclass
from datetime import date

from idp.identity.identifiers.kinds import IdentifierKind, InvalidIdentifier
from idp.identity.identifiers.personal_id import PersonalId, parse_personal_id
from idp.identity.identifiers.spelling import compact, is_digits

_KIND = IdentifierKind.SOCIAL_INSURANCE_NUMBER
_NUMBER_LENGTH = 10
_CARD_LENGTH = 15
_PERSONAL_ID_LENGTH = 12
_CARD = re.compile(r"[A-Z]{2}[1-5]\d{2}(\d{10})", re.ASCII)


@dataclass(frozen=True, repr=False)
class SocialInsuranceNumber:
    canonical: str

    @property
    def kind(self) -> IdentifierKind:
        return _KIND

    @property
    def masked(self) -> str:
        return f"{self.canonical[:2]}* *** *{self.canonical[-3:]}"

    def __repr__(self) -> str:
        return f"SocialInsuranceNumber({self.masked})"


def parse_social_insurance_number(text: str, *, today: date) -> SocialInsuranceNumber | PersonalId:
    """Ten digits, or a card code that ends in them. Raises `InvalidIdentifier`; for twelve digits with the reasons
    of a personal ID.

    A tax code can look the same: digits alone never say which register to ask.
    """
    number = compact(text, _KIND)
    if len(number) == _PERSONAL_ID_LENGTH and is_digits(number):
        return parse_personal_id(number, today=today)
    if len(number) not in (_NUMBER_LENGTH, _CARD_LENGTH):
        raise InvalidIdentifier(_KIND, "invalid_length")
    if len(number) == _CARD_LENGTH:
        card = _CARD.fullmatch(number.upper())
        if card is None:
            raise InvalidIdentifier(_KIND, "invalid_format")
        return SocialInsuranceNumber(card[1])
    if not is_digits(number):
        raise InvalidIdentifier(_KIND, "invalid_format")
    return SocialInsuranceNumber(number)
