"""Two people who are one become one person, in one transaction; everything that moves is written down.

Who may merge, and with which proof, the caller has checked; that the two may be merged at all is checked here.
"""

from dataclasses import dataclass
from enum import StrEnum

from idp.identity.happenings import TellHappening, tell_nobody_of
from idp.sessions.ending import FindClient
from idp.storage.database import Database
from idp.storage.vault import Vault


class MergeBasis(StrEnum):
    PROOF_AT_BOTH_ENDS = "proof_at_both_ends"
    OPERATORS = "operators"
    """Two of them: the case has to await the second one's word, who is `by`."""


class MergeRefusal(StrEnum):
    SAME_PERSON = "same_person"
    NOT_ACTIVE = "not_active"
    """One of them is locked, closed, merged already, or nobody."""
    DIFFERENT_PERSONAL_IDS = "different_personal_ids"
    """Verified at both, and not the same: proof at both ends only shows that somebody holds both accounts."""
    NEEDS_REVIEW = "needs_review"
    """No two records agree well enough for less than two operators."""
    KEPT_APART = "kept_apart"
    """Somebody decided that they are two; only operators may decide otherwise."""
    TWO_OPERATORS = "two_operators"
    """Both work here: one of the two has to leave the desk first."""
    NO_SECOND_OPERATOR = "no_second_operator"
    """The case does not await a second operator, or it is the first one again."""
    CASE_DECIDED = "case_decided"


class MergeRefused(Exception):
    def __init__(self, reason: MergeRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class MergeContended(Exception):
    """The two people kept changing meanwhile; nothing happened, and it may simply be tried again."""


@dataclass(frozen=True, kw_only=True)
class MergeResult:
    merge_id: str
    survivor_id: str
    absorbed_id: str


async def merge_people(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    first_id: str,
    second_id: str,
    basis: MergeBasis,
    case_id: str | None,
    by: str,
    keep_session: str | None = None,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> MergeResult:
    """Raises MergeRefused, MergeContended, StorageUnavailable.

    `case_id`: decided in the same transaction; operators need one. `keep_session`: the one session of the absorbed
    person that goes on, as the survivor's; its grants end like all others.
    """
    raise NotImplementedError
