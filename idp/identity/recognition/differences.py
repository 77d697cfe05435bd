"""Decision codes as what a person may be told: the names of fields and the manner in which they disagree. Pure.

Never a value, and never whose record it is that says otherwise.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Manner(StrEnum):
    MISSING = "missing"
    """One side does not say."""
    INCOMPLETE = "incomplete"
    """One side says less: the year alone, a name without its marks."""
    DIFFERENT = "different"


PERSONAL_ID, SEX, NAME, BIRTHDATE, BIRTHPLACE = "personal_id", "sex", "name", "birthdate", "birthplace"

_MEANING: Final = {
    "P?": (PERSONAL_ID, Manner.MISSING),
    "P1": (PERSONAL_ID, Manner.DIFFERENT),
    "PX": (PERSONAL_ID, Manner.DIFFERENT),
    "GX": (PERSONAL_ID, Manner.DIFFERENT),
    "SR": (SEX, Manner.DIFFERENT),
    "SX": (SEX, Manner.DIFFERENT),
    "N2": (NAME, Manner.INCOMPLETE),
    "N3": (NAME, Manner.INCOMPLETE),
    "N4": (NAME, Manner.DIFFERENT),
    "N5": (NAME, Manner.DIFFERENT),
    "N6": (NAME, Manner.DIFFERENT),
    "NT": (NAME, Manner.DIFFERENT),
    "NX": (NAME, Manner.DIFFERENT),
    "N?": (NAME, Manner.MISSING),
    "D1": (BIRTHDATE, Manner.INCOMPLETE),
    "D2": (BIRTHDATE, Manner.DIFFERENT),
    "DX": (BIRTHDATE, Manner.DIFFERENT),
    "D?": (BIRTHDATE, Manner.MISSING),
    "BX": (BIRTHPLACE, Manner.DIFFERENT),
}
_WORST_LAST: Final = tuple(Manner)


def differences(evidence: Iterable[Iterable[str]]) -> tuple[tuple[str, Manner], ...]:
    """Each field once, with the worst that any of the comparisons says of it, in the order of the decision table."""
    worst: dict[str, Manner] = {}
    for codes in evidence:
        for field, manner in (_MEANING[code] for code in codes if code in _MEANING):
            known = worst.get(field, manner)
            worst[field] = max(known, manner, key=_WORST_LAST.index)
    return tuple(worst.items())


def differing_fields(evidence: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Those that say something else; what is missing or incomplete does not."""
    return tuple(field for field, manner in differences(evidence) if manner is Manner.DIFFERENT)
