"""A person locked on every path, by themselves or by an operator, and let in again."""

from idp.identity.happenings import TellHappening, tell_nobody_of
from idp.sessions.ending import FindClient
from idp.storage.database import Database
from idp.storage.vault import Vault


async def lock_everything(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    by: str,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> bool:
    """Whether the person was active until now."""
    raise NotImplementedError


async def unlock_person(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    by: str,
    case_id: str | None = None,
    now: float,
) -> bool:
    """Whether the person was locked until now. `case_id`: decided `unlocked` in the same transaction."""
    raise NotImplementedError
