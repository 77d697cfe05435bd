"""One move of the signing key ring, stored: keys, configuration version and audit entry in one transaction."""

import time
from collections.abc import Callable, Sequence

from idp.audit.events import AuditEvent
from idp.audit.log import audit_entry
from idp.commands.failure import CommandFailed
from idp.storage.database import Database, Statement, Write
from idp.storage.live_configuration import current_version, insert_key, load_key_ring, move_key
from idp.storage.vault import Vault
from keys.algorithms import SignatureAlgorithm
from keys.key_ring import KeyRing, RingChange

Move = Callable[[KeyRing, int], RingChange]
Tell = Callable[[RingChange], Sequence[AuditEvent]]


async def change_ring(database: Database, vault: Vault, move: Move, tell: Tell) -> RingChange:
    """Loads, moves, saves. Raises CommandFailed when somebody else changed the configuration meanwhile."""
    version, now = await current_version(database), int(time.time())
    ring = await load_key_ring(database, vault)
    change = move(ring, now)
    if not change.changed and not change.removed:
        return change
    known = {key.kid for key in ring.keys}
    writes: list[Write] = [audit_entry(event, now_ms=now * 1000) for event in tell(change)]
    for key in change.removed:
        writes.append(Statement("DELETE FROM signing_key WHERE kid = $1", (key.kid,)))
    for key in change.changed:
        writes.append(move_key(key) if key.kid in known else insert_key(key, vault))
    # Whoever rotated between our look and our commit has raised the version, and the gate finds no row.
    gate = Statement(
        "UPDATE configuration_version SET version = version + 1 WHERE id = 1 AND version = $1 RETURNING version",
        (version,),
    )
    if await database.commit(*writes, gate=gate) is None:
        raise CommandFailed("the configuration was changed at the same time; try again")
    return change


def make_missing_keys(ring: KeyRing, now: int) -> RingChange:
    """Every algorithm that a client may ask for has a key that signs and one that waits."""
    return ring.ensure(tuple(SignatureAlgorithm), now)
