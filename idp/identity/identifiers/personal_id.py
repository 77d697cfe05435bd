"""Personal ID (số định danh cá nhân): `PPP G YY NNNNNN`, without a check digit (Decree 70/2024 Art. 11).

It tells sex, birth year and place of birth registration, and it can be re-issued: never a key.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from idp.identity.attributes.birthplaces import province_tables
from idp.identity.identifiers.kinds import IdentifierKind, InvalidIdentifier
from idp.identity.identifiers.spelling import compact, is_digits

_KIND = IdentifierKind.PERSONAL_ID
_LENGTH = 12
_LEGACY_CARD_LENGTH = 9
_SYNTHETIC_PLACE = "099"
"""In no list of provinces: every number we invent starts with it."""


@dataclass(frozen=True, repr=False)
class PersonalId:
    canonical: str
    """Twelve ASCII digits."""

    @property
    def kind(self) -> IdentifierKind:
        return _KIND

    @property
    def masked(self) -> str:
        return f"{self.canonical[:3]} *** *** {self.canonical[-3:]}"

    @property
    def place_code(self) -> str:
        """A code of the table of before 2025."""
        return self.canonical[:3]

    @property
    def sex(self) -> Literal["male", "female"]:
        return "female" if int(self.canonical[3]) % 2 else "male"

    @property
    def birth_year(self) -> int:
        return 1900 + 100 * (int(self.canonical[3]) // 2) + int(self.canonical[4:6])

    def __repr__(self) -> str:
        return f"PersonalId({self.masked})"


def parse_personal_id(text: str, *, today: date, strict: bool = True) -> PersonalId:
    """Raises `InvalidIdentifier`. Not `strict`: also place codes we do not know, as of births abroad."""
    number = compact(text, _KIND)
    if len(number) == _LEGACY_CARD_LENGTH and is_digits(number):
        raise InvalidIdentifier(_KIND, "legacy_identity_card")
    if len(number) != _LENGTH:
        raise InvalidIdentifier(_KIND, "invalid_length")
    if not is_digits(number):
        raise InvalidIdentifier(_KIND, "invalid_format")
    personal_id = PersonalId(number)
    if strict and personal_id.place_code not in {*province_tables().before_2025, _SYNTHETIC_PLACE}:
        raise InvalidIdentifier(_KIND, "unknown_place_code")
    if personal_id.birth_year > today.year:
        raise InvalidIdentifier(_KIND, "future_birth_year")
    return personal_id
