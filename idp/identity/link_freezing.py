"""A link its person does not want used for now: nobody comes in by it until it is thawed."""

from idp.identity.happenings import TellHappening, tell_nobody_of
from idp.sessions.ending import FindClient
from idp.storage.database import Database
from idp.storage.vault import Vault


async def freeze_link(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    link_id: str,
    person_id: str,
    by: str,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> bool:
    """Whether it was frozen now. The sessions that came in by it end, with what was granted in them."""
    raise NotImplementedError


async def unfreeze_link(database: Database, vault: Vault, *, link_id: str, person_id: str, by: str, now: float) -> bool:
    """Whether it was frozen until now: it becomes what it was. The caller has asked for a fresh, strong login."""
    raise NotImplementedError
