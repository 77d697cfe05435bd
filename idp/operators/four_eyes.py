"""When a second operator counts as a second human. Pure; knows neither cases nor how they are stored."""

from collections.abc import Collection
from enum import StrEnum

from idp.operators.operator import Operator
from idp.operators.permissions import Permission


class NotASecond(StrEnum):
    SAME_OPERATOR = "same_operator"
    """In whatever browser they sit."""
    SAME_PERSON = "same_person"
    """Another label, the same human, as far as anybody knows or has to doubt."""
    PROPOSER_GONE = "proposer_gone"
    """Who proposed is disabled, or may not propose such a thing any more: their word is no half of a decision."""
    CONCERNED = "concerned"
    """The case is about the operator."""


def why_not_second(
    proposer: Operator | None,
    second: Operator,
    *,
    proposing: Permission,
    proposer_doubles: Collection[str],
    second_doubles: Collection[str],
    about: Collection[str],
) -> NotASecond | None:
    """None where `second` may confirm what `proposer` proposed about the people `about`.

    `proposing`: what it took to propose this, and still takes.
    The doubles of an operator: their person, and everybody who may be the same human (see `doubles`).
    """
    if proposer is not None and proposer.id == second.id:
        return NotASecond.SAME_OPERATOR
    if proposer is None or not proposer.is_at_work or not proposer.may(proposing):
        return NotASecond.PROPOSER_GONE
    if set(proposer_doubles) & set(second_doubles):
        return NotASecond.SAME_PERSON
    if is_concerned(second_doubles, about):
        return NotASecond.CONCERNED
    return None


def is_concerned(doubles: Collection[str], about: Collection[str]) -> bool:
    """Nobody decides, reveals or proposes in a case about themselves."""
    return bool(set(doubles) & set(about))
