"""The words of a merge and of a split: on what they rest, why they are refused. Values only."""

from dataclasses import dataclass
from enum import StrEnum

from idp.identity.person_state import Contended


class MergeBasis(StrEnum):
    PROOF_AT_BOTH_ENDS = "proof_at_both_ends"
    OPERATORS = "operators"
    """Two of them: the case has to await the second one's word, who is `by`."""


class MergeRefusal(StrEnum):
    SAME_PERSON = "same_person"
    NOT_ACTIVE = "not_active"
    """One of them is locked, closed, or nobody."""
    DIFFERENT_PERSONAL_IDS = "different_personal_ids"
    """Verified at both, and not the same: proof at both ends only shows that somebody holds both accounts."""
    NEEDS_REVIEW = "needs_review"
    """The records do not agree well enough for less than two operators."""
    KEPT_APART = "kept_apart"
    """Somebody decided that they are two; only operators may decide otherwise."""
    TWO_OPERATORS = "two_operators"
    """Both work here: one of the two has to leave the desk first."""
    NO_SECOND_OPERATOR = "no_second_operator"
    """The case does not await a second operator, or it is the first one again."""
    OTHER_CASE = "other_case"
    """The case is decided already, unknown, changed since it was looked at, or asks about other people."""


class SplitRefusal(StrEnum):
    NO_SUCH_MERGE = "no_such_merge"
    """Unknown, or taken back already."""
    NOT_ACTIVE = "not_active"
    """The survivor is locked, closed, or merged into somebody else: take that back first."""
    NO_SECOND_OPERATOR = "no_second_operator"
    OTHER_CASE = "other_case"
    """It does not name both people of this merge, or changed since it was looked at."""
    LATER_MERGE = "later_merge"
    """Somebody merged since then is known at a service by a `sub` that this one brought: take that back first."""


class MergeRefused(Exception):
    def __init__(self, reason: MergeRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class SplitRefused(Exception):
    def __init__(self, reason: SplitRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class MergeContended(Contended):
    """The two people kept changing meanwhile; nothing happened, and it may simply be tried again."""


class SplitContended(Contended):
    """The person kept changing meanwhile; nothing happened, and it may simply be tried again."""


@dataclass(frozen=True, kw_only=True)
class MergeResult:
    merge_id: str
    survivor_id: str
    absorbed_id: str
