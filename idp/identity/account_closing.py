"""The end of an account: what is known of the person is erased, and nobody else ever gets what services knew them by."""

from idp.identity.happenings import TellHappening, tell_nobody_of
from idp.sessions.ending import FindClient
from idp.storage.database import Database
from idp.storage.vault import Vault


async def close_account(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    by: str,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> bool:
    """Whether the account was open until now. A later login at the same sources makes a new person with new `sub`s."""
    raise NotImplementedError
