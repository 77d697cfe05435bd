"""Whether two register records are one person: the codes of what agrees, and the decision they lead to.

Pure and symmetric. Knows no candidate search, no links and no pages. What it returns holds codes only,
never a value of either record, so it can be logged, audited and shown to an operator.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.identity.attributes.birth import compare_birth_dates
from idp.identity.attributes.birthplaces import compare_birthplaces
from idp.identity.attributes.names import compare_names
from idp.identity.attributes.register_record import RegisterRecord, read_record
from idp.identity.decision_table import Decision, deciding_row
from idp.identity.succession.chain import PersonalIdAgreement, compare_personal_ids

__all__ = ["Decision", "Outcome", "decide"]


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
    one, other = read_record(a), read_record(b)
    number = compare_personal_ids(_canonical(one), _canonical(other), superseded=superseded)
    reissued = number is PersonalIdAgreement.P0 and one.number != other.number
    reasons = (
        "C+" if other_candidates > 0 else "C1",
        number.value,
        "GX" if _contradicts_itself(one) or _contradicts_itself(other) else "G0",
        _compare_sexes(one.sex, other.sex, reissued=reissued),
        compare_names(one.name, other.name).value,
        compare_birth_dates(one.birth, other.birth).value,
        compare_birthplaces(one.birthplace, other.birthplace).value,
    )
    row = deciding_row(reasons)
    return Outcome(name=row.decision, reasons=reasons, row=row.id)


def _canonical(record: RegisterRecord) -> str | None:
    return record.number.canonical if record.number else None


def _contradicts_itself(record: RegisterRecord) -> bool:
    """Whether the number's digits say another sex or birth year than the record it stands in."""
    if record.number is None:
        return False
    if record.sex is not None and record.sex != record.number.sex:
        return True
    year = record.birth.year if record.birth is not None else None
    return year is not None and year != record.number.birth_year


def _compare_sexes(a: str | None, b: str | None, *, reissued: bool) -> str:
    if a is None or b is None:
        return "S?"
    if a == b:
        return "S="
    return "SR" if reissued else "SX"
