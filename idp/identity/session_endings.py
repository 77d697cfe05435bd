"""Every session of a person ended at once, the services told, whatever was granted in them worth nothing any more."""

from idp.sessions.ending import FindClient
from idp.storage.database import Database
from idp.storage.vault import Vault


async def end_all_sessions(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    reason: str,
    now: float,
    except_session: str | None = None,
) -> int:
    """How many were ended. Offline access goes too; `except_session` keeps what was granted in it."""
    raise NotImplementedError
