"""One register record as the matching rules read it: what is no name, no number or no sex counts as missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.identity.attributes.birth import BirthDate, parse_birth_date
from idp.identity.identifiers.kinds import IdentifierKind, InvalidIdentifier
from idp.identity.identifiers.personal_id import PersonalId
from idp.identity.identifiers.spelling import compact, is_digits

_PERSONAL_ID_LENGTH = 12


@dataclass(frozen=True, repr=False)
class RegisterRecord:
    name: str
    """Empty for none."""
    birth: BirthDate | None
    sex: str | None
    """`male` or `female`."""
    number: PersonalId | None
    birthplace: str | None

    def __repr__(self) -> str:
        return "RegisterRecord(…)"


def read_record(record: Mapping[str, Any]) -> RegisterRecord:
    """Takes the keys `name`, `birthdate`, `sex`, `personal_id`, `birthplace`, each of any kind; never raises."""
    birthdate = _text(record, "birthdate")
    return RegisterRecord(
        name=_text(record, "name") or "",
        birth=parse_birth_date(birthdate) if birthdate else None,
        sex=_sex(record),
        number=_personal_id(record),
        birthplace=_text(record, "birthplace"),
    )


def _text(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) and value and not value.isspace() else None


def _sex(record: Mapping[str, Any]) -> str | None:
    sex = record.get("sex")
    if not isinstance(sex, str):
        return None
    sex = sex.strip().casefold()
    return sex if sex in ("male", "female") else None


def _personal_id(record: Mapping[str, Any]) -> PersonalId | None:
    """A number of the right shape; an identity card of nine digits is no personal ID and counts as none.

    Place code and year are not judged here: a register may know numbers that our tables do not.
    """
    text = _text(record, "personal_id")
    if text is None:
        return None
    try:
        number = compact(text, IdentifierKind.PERSONAL_ID)
    except InvalidIdentifier:
        return None
    return PersonalId(number) if len(number) == _PERSONAL_ID_LENGTH and is_digits(number) else None
