"""Personal IDs that were re-issued: which number took the place of which.

A correction of sex, birth year or place cancels a number and issues another (Circular 59/2021/TT-BCA Art. 6).
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class PersonalIdAgreement(StrEnum):
    P0 = "P0"
    """The same verified number, or one that took its place."""
    P1 = "P1"
    """One digit, or one swap of neighbours, apart."""
    PX = "PX"
    """Different."""
    MISSING = "P?"
    """A side has no verified number."""


def compare_personal_ids(
    a: str | None, b: str | None, *, superseded: Iterable[tuple[str, str]] = ()
) -> PersonalIdAgreement:
    """Wants canonical numbers; `superseded` holds pairs (old number, number that took its place)."""
    if a is None or b is None:
        return PersonalIdAgreement.MISSING
    successors = _successors(superseded)
    if a == b or current_number(a, successors) == current_number(b, successors):
        return PersonalIdAgreement.P0
    return PersonalIdAgreement.P1 if _one_slip_apart(a, b) else PersonalIdAgreement.PX


def current_number(number: str, successors: Mapping[str, frozenset[str]]) -> str:
    """The last number of the chain. A fork or a circle is a fault of the file, and nothing is concluded
    from it: the number then stands for itself."""
    seen = {number}
    current = number
    while current in successors:
        if len(successors[current]) > 1:
            return number
        (current,) = successors[current]
        if current in seen:
            return number
        seen.add(current)
    return current


def _successors(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    successors: dict[str, frozenset[str]] = {}
    for old, new in pairs:
        successors[old] = successors.get(old, frozenset()) | {new}
    return successors


def _one_slip_apart(a: str, b: str) -> bool:
    if len(a) != len(b):
        return False
    differing = [position for position in range(len(a)) if a[position] != b[position]]
    if len(differing) == 1:
        return True
    if len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    first, second = differing
    return a[first] == b[second] and a[second] == b[first]
