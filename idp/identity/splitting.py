"""A merge taken back: everything that moved returns to where it was. Two operators decide it."""

from enum import StrEnum

from idp.identity.happenings import TellHappening, tell_nobody_of
from idp.sessions.ending import FindClient
from idp.storage.database import Database
from idp.storage.vault import Vault


class SplitRefusal(StrEnum):
    NO_SUCH_MERGE = "no_such_merge"
    """Unknown, or taken back already."""
    NOT_ACTIVE = "not_active"
    """The survivor is locked, closed, or merged into somebody else: take that back first."""
    NO_SECOND_OPERATOR = "no_second_operator"


class SplitRefused(Exception):
    def __init__(self, reason: SplitRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


class SplitContended(Exception):
    """The person kept changing meanwhile; nothing happened, and it may simply be tried again."""


async def split_people(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    merge_id: str,
    case_id: str,
    by: str,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> None:
    """Raises SplitRefused, SplitContended, StorageUnavailable.

    The case awaits a second operator for a split, and `by` is not the one who proposed it. The two are kept apart
    from then on; all sessions and grants of the survivor end.
    """
    raise NotImplementedError
