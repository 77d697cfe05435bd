"""Who may touch an interaction: the browser that began it, and no other."""

import hashlib
import hmac

from idp.errors import OtherBrowser, SessionExpired
from idp.interactions.interaction import Interaction
from idp.interactions.storage import load_interaction, recall_interaction
from idp.storage.database import Database
from idp.storage.vault import Vault


def browser_hash_of(browser_id: str) -> bytes:
    return hashlib.sha256(b"browser\x00" + browser_id.encode()).digest()


async def own_interaction(
    database: Database, vault: Vault, *, interaction_id: str, browser_id: str | None, now: int
) -> Interaction:
    """Raises SessionExpired when it is over or never was, OtherBrowser when it belongs to another browser."""
    interaction = await load_interaction(database, vault, interaction_id, now)
    if interaction is None:
        raise SessionExpired
    if not _began_by(interaction, browser_id):
        raise OtherBrowser
    return interaction


async def remembered_interaction(
    database: Database, vault: Vault, *, interaction_id: str, browser_id: str | None
) -> Interaction | None:
    """The interaction of an address even if it is over, to the browser that began it: it tells the way back."""
    interaction = await recall_interaction(database, vault, interaction_id)
    return interaction if interaction is not None and _began_by(interaction, browser_id) else None


def _began_by(interaction: Interaction, browser_id: str | None) -> bool:
    if browser_id is None:
        return False
    return hmac.compare_digest(browser_hash_of(browser_id), interaction.browser_hash)
