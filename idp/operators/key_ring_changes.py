"""One move of the provider's key ring, stored: keys, configuration version and audit entries in one transaction.

For whoever moves it, at the desk or on the command line. Does not know who may.
"""

from collections.abc import Callable, Sequence

from idp.audit.events import AuditEvent, KeysRotated
from idp.audit.log import audit_entry
from idp.settings import Settings
from idp.storage.database import Database, Statement, Write
from idp.storage.live_configuration import current_version, insert_key, load_key_ring, move_key
from idp.storage.vault import Vault
from keys.algorithms import KEY_ALGORITHMS, KeyAlgorithm
from keys.held_key import KeyState
from keys.key_ring import KeyRing, RingChange

Move = Callable[[KeyRing, int], RingChange]
Tell = Callable[[RingChange], Sequence[AuditEvent]]


class ChangedMeanwhile(Exception):
    """Somebody else changed the configuration, or used up what this change rests on."""


async def change_ring(
    database: Database,
    vault: Vault,
    move: Move,
    tell: Tell,
    *,
    now: int,
    also: Sequence[Write] = (),
    only_if: Statement | None = None,
) -> RingChange:
    """Loads, moves, saves. `only_if` is a query that must find a row when the change is written; its parameters
    begin with `$2`.

    Raises ChangedMeanwhile, and what `move` raises.
    """
    version = await current_version(database)
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
    if await database.commit(*writes, *also, gate=_gate(version, only_if)) is None:
        raise ChangedMeanwhile
    return change


def _gate(version: int, only_if: Statement | None) -> Statement:
    """Whoever changed anything between our look and our commit has raised the version, and the gate finds no row."""
    condition, args = ("", ()) if only_if is None else (f" AND EXISTS ({only_if.text})", only_if.args)
    return Statement(
        "UPDATE configuration_version SET version = version + 1 "
        f"WHERE id = 1 AND version = $1{condition} RETURNING version",
        (version, *args),
    )


def make_missing_keys(ring: KeyRing, now: int) -> RingChange:
    """Every algorithm that a client may use has a key in use and one that waits."""
    return ring.ensure(KEY_ALGORITHMS, now)


def planned_rotation(ring: KeyRing, now: int, *, alg: KeyAlgorithm | None, settings: Settings) -> RingChange:
    """Next becomes active, active retires, a new next is made; of one algorithm or of all. What nobody can show any
    more is forgotten."""
    completed = make_missing_keys(ring, now)
    changed, current = {key.kid: key for key in completed.changed}, completed.ring
    in_use = {key.alg for key in ring.keys if key.state is KeyState.ACTIVE}
    for one in in_use if alg is None else in_use & {alg}:
        step = current.rotate(one, now=now)
        current = step.ring
        changed |= {key.kid: key for key in step.changed}
    pruned = current.prune(now, _longest_use(settings))
    removed = {key.kid for key in pruned.removed}
    return RingChange(pruned.ring, tuple(key for kid, key in changed.items() if kid not in removed), pruned.removed)


def told_as_rotation(change: RingChange) -> list[AuditEvent]:
    """One event for each algorithm that has another active key now."""
    return [
        KeysRotated(alg=key.alg.value, active_kid=key.kid) for key in change.changed if key.state is KeyState.ACTIVE
    ]


def _longest_use(settings: Settings) -> int:
    """For how long somebody may still show what a retired key signed: an ID token as a hint at logout."""
    return max(settings.refresh_token_lifetime, settings.session_lifetime) + settings.id_token_lifetime
