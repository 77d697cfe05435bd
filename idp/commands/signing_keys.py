"""A move of the key ring from the command line: now, and told as a sentence where somebody else was faster."""

import time

from idp.commands.failure import CommandFailed
from idp.operators.key_ring_changes import ChangedMeanwhile, Move, Tell
from idp.operators.key_ring_changes import change_ring as change_ring_now
from idp.storage.database import Database
from idp.storage.vault import Vault
from keys.key_ring import RingChange


async def change_ring(database: Database, vault: Vault, move: Move, tell: Tell) -> RingChange:
    """Raises CommandFailed."""
    try:
        return await change_ring_now(database, vault, move, tell, now=int(time.time()))
    except ChangedMeanwhile as error:
        raise CommandFailed("the configuration was changed at the same time; try again") from error
