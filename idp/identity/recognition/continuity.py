"""Whether a source's answer still speaks of the human its identifier stood for, and what is kept of both answers.

Sources give identifiers to the next person, and correct records; only the second may pass. Pure: knows no link, no
vault and no page.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from idp.identity.attributes.birth import (
    BirthDateAgreement,
    BirthDatePrecision,
    compare_birth_dates,
    parse_birth_date,
)
from idp.identity.attributes.birthplaces import BirthplaceAgreement, compare_birthplaces
from idp.identity.attributes.name_forms import carries_marks
from idp.identity.attributes.names import NameLevel, compare_names
from idp.identity.pivot import PivotIdentity
from idp.identity.succession.chain import PersonalIdAgreement, compare_personal_ids

_SAME_NAME = frozenset({NameLevel.N0, NameLevel.N1, NameLevel.N2, NameLevel.N3})
# A letter, a middle word or their order: a clerk's slip, not somebody else's name.
_SLIP = frozenset({NameLevel.N4, NameLevel.N5, NameLevel.N6})


CORRECTIONS_ARE_YOUNG: Final = 30 * 86_400
"""Two corrections closer than this count as one answer that changed two things."""


def is_another_human(stored: PivotIdentity, seen: PivotIdentity, *, superseded: Iterable[tuple[str, str]] = ()) -> bool:
    """Registers correct one thing at a time: a name, a birth date or a sex. Two at once are somebody else, and so is
    a correction that nothing holds, neither an equal verified number nor the other of name and birth date.

    What a side does not say contradicts nothing.
    """
    number = compare_personal_ids(stored.personal_id, seen.personal_id, superseded=superseded)
    if number not in (PersonalIdAgreement.P0, PersonalIdAgreement.MISSING):
        return True
    name = compare_names(stored.name, seen.name)
    date = compare_birth_dates(parse_birth_date(stored.birthdate), parse_birth_date(seen.birthdate))
    if stored.birthdate and stored.birthdate == seen.birthdate:
        # The same text that is no date, 30 February say, or the same year alone.
        date = BirthDateAgreement.D0
    name_differs = name not in _SAME_NAME and name is not NameLevel.MISSING
    date_differs = date in (BirthDateAgreement.DX, BirthDateAgreement.D2)
    sex_differs = stored.gender is not None and seen.gender is not None and stored.gender != seen.gender
    if name_differs + date_differs + sex_differs > 1:
        return True
    if number is PersonalIdAgreement.P0:
        return False
    # The year alone holds a slip in the name; it does not hold another name, for too many were born in it.
    holds_name = date is BirthDateAgreement.D0 or (date is BirthDateAgreement.D1 and name in _SLIP)
    return (name_differs and not holds_name) or (date_differs and name not in _SAME_NAME)


def corrected_fields(stored: PivotIdentity, kept: PivotIdentity) -> tuple[str, ...]:
    """Names of what an answer changed, and not merely spelt otherwise or added."""
    name = compare_names(stored.name, kept.name)
    differences = {
        "name": name not in _SAME_NAME and name is not NameLevel.MISSING,
        "birthdate": stored.birthdate != kept.birthdate and _contradicts(stored.birthdate, kept.birthdate),
        "sex": stored.gender is not None and stored.gender != kept.gender,
        "birthplace": compare_birthplaces(stored.birthplace, kept.birthplace) is BirthplaceAgreement.BX,
        "personal_id": stored.personal_id is not None and stored.personal_id != kept.personal_id,
    }
    return tuple(field for field, differs in differences.items() if differs)


def _contradicts(birthdate: str, other: str) -> bool:
    agreement = compare_birth_dates(parse_birth_date(birthdate), parse_birth_date(other))
    return agreement in (BirthDateAgreement.DX, BirthDateAgreement.D2)


def keeping_evidence(stored: PivotIdentity, seen: PivotIdentity) -> PivotIdentity:
    """The newer record, but never one that says less: what an answer leaves out stays as it was known.

    Contact channels are no evidence and are taken as they come.
    """
    return replace(
        seen,
        name=stored.name if _says_less_of_name(stored.name, seen.name) else seen.name,
        birthdate=stored.birthdate if _says_less_of_birth(stored.birthdate, seen.birthdate) else seen.birthdate,
        gender=seen.gender or stored.gender,
        birthplace=seen.birthplace or stored.birthplace,
        personal_id=seen.personal_id or stored.personal_id,
        tax_code=seen.tax_code or stored.tax_code,
        social_insurance_number=seen.social_insurance_number or stored.social_insurance_number,
    )


def _says_less_of_name(stored: str, seen: str) -> bool:
    if not seen.strip():
        return True
    return carries_marks(stored) and compare_names(stored, seen) is NameLevel.N3


def _says_less_of_birth(stored: str, seen: str) -> bool:
    if not seen.strip():
        return True
    known, told = parse_birth_date(stored), parse_birth_date(seen)
    return (
        known.precision is BirthDatePrecision.DAY
        and told.precision is BirthDatePrecision.YEAR
        and known.year == told.year
    )
