""" "Not me": somebody else used the account. Everything is ended, the way they came in is frozen, a case is opened."""

from idp.identity.happenings import TellHappening, tell_nobody_of
from idp.sessions.ending import FindClient
from idp.storage.database import Database
from idp.storage.vault import Vault


async def not_me(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    link_id: str | None = None,
    session_id: str | None = None,
    by: str = "citizen",
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> str:
    """The reference of the case; reporting the same link again gives the same one. Raises NotActive.

    `link_id`, or the link of `session_id`, is frozen; with neither, nothing is.
    """
    raise NotImplementedError


async def undo_not_me(database: Database, vault: Vault, *, person_id: str, case_id: str, by: str, now: float) -> bool:
    """Whether the case was open: the link becomes what it was. The caller has asked for a strong proof."""
    raise NotImplementedError
