"""Whether two register records are one person: the codes of what agrees, and the decision they lead to.

Pure and symmetric. Knows no candidate search, no links and no pages. What it returns holds codes only,
never a value of either record, so it can be logged, audited and shown to an operator.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.identity.birth import BirthDate, compare_birth_dates, parse_birth_date
from idp.identity.birthplaces import compare_birthplaces
from idp.identity.decision_table import Decision, deciding_row
from idp.identity.identifiers.kinds import IdentifierKind, InvalidIdentifier
from idp.identity.identifiers.personal_id import PersonalId
from idp.identity.identifiers.spelling import compact, is_digits
from idp.identity.names import compare_names
from idp.identity.succession import PersonalIdAgreement, compare_personal_ids

__all__ = ["Decision", "Outcome", "decide"]

_PERSONAL_ID_LENGTH = 12


@dataclass(frozen=True)
class Outcome:
    name: Decision
    reasons: tuple[str, ...]
    """One code per question, in the order candidates, number, digits, sex, name, birth date, birthplace;
    `decision_table.toml` explains them."""
    row: str
    """The id of the row that decided."""


def decide(
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    *,
    superseded: Iterable[tuple[str, str]] = (),
    other_candidates: int = 0,
) -> Outcome:
    """Compares two records with the keys `name`, `birthdate`, `sex`, `personal_id`, `birthplace`.

    Any of them may be missing or `None`. `personal_id` is one that the *source* verified; a number the
    citizen typed is no evidence and must not be passed. `superseded` holds pairs (old personal ID, the one
    that took its place); pass those that concern the two records, not the whole file. Phone, e-mail and
    address are not looked at: they are never evidence.
    """
    number_a, number_b = _personal_id(a), _personal_id(b)
    birth_a, birth_b = _birth_date(a), _birth_date(b)
    number = compare_personal_ids(_canonical(number_a), _canonical(number_b), superseded=superseded)
    reissued = number is PersonalIdAgreement.P0 and number_a != number_b
    reasons = (
        "C+" if other_candidates > 0 else "C1",
        number.value,
        "GX" if _contradicts(number_a, a, birth_a) or _contradicts(number_b, b, birth_b) else "G0",
        _compare_sexes(_sex(a), _sex(b), reissued=reissued),
        compare_names(_text(a, "name") or "", _text(b, "name") or "").value,
        compare_birth_dates(birth_a, birth_b).value,
        compare_birthplaces(_text(a, "birthplace"), _text(b, "birthplace")).value,
    )
    row = deciding_row(reasons)
    return Outcome(name=row.decision, reasons=reasons, row=row.id)


def _text(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) and value.strip() else None


def _sex(record: Mapping[str, Any]) -> str | None:
    sex = (_text(record, "sex") or "").strip().casefold()
    return sex if sex in ("male", "female") else None


def _birth_date(record: Mapping[str, Any]) -> BirthDate | None:
    text = _text(record, "birthdate")
    return parse_birth_date(text) if text else None


def _personal_id(record: Mapping[str, Any]) -> PersonalId | None:
    """A number of the right shape; an identity card of nine digits is no personal ID and counts as none.

    Place code and year are not judged here: a register may know numbers that our tables do not.
    """
    try:
        number = compact(_text(record, "personal_id") or "", IdentifierKind.PERSONAL_ID)
    except InvalidIdentifier:
        return None
    return PersonalId(number) if len(number) == _PERSONAL_ID_LENGTH and is_digits(number) else None


def _canonical(number: PersonalId | None) -> str | None:
    return number.canonical if number else None


def _contradicts(number: PersonalId | None, record: Mapping[str, Any], birth: BirthDate | None) -> bool:
    """Whether a number's digits say another sex or birth year than the record it stands in."""
    if number is None:
        return False
    sex = _sex(record)
    if sex is not None and sex != number.sex:
        return True
    return birth is not None and birth.year is not None and birth.year != number.birth_year


def _compare_sexes(a: str | None, b: str | None, *, reissued: bool) -> str:
    if a is None or b is None:
        return "S?"
    if a == b:
        return "S="
    return "SR" if reissued else "SX"
