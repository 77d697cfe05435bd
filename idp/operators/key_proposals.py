"""A change of the provider's keys that one operator proposes and another carries out. One waits at a time.

Kept sealed in the short-lived store for a day; whoever is too late proposes again. Each proposal has a number of its
own, so that a second operator confirms what they read and nothing that took its place meanwhile.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from idp.audit.events import AuditEvent, ConfigurationChanged
from idp.audit.log import audit_entry
from idp.audit.operator_events import KeyChangeDecided, KeyChangeProposed
from idp.operators.key_ring_changes import ChangedMeanwhile, change_ring, planned_rotation, told_as_rotation
from idp.settings import Settings
from idp.storage.database import Database, Statement
from idp.storage.vault import Vault, token_hash
from keys.algorithms import key_algorithm
from keys.key_ring import KeyRing, RingChange

LIFETIME_SECONDS: Final = 86_400
_KIND: Final = "key_change"
_KEY_HASH: Final = token_hash(_KIND, "the one that waits")
_ROW: Final = "key_change|payload|waiting"


class KeyAction(StrEnum):
    ROTATE = "rotate"
    """The waiting key takes over; `target` is an algorithm, or empty for all of them."""
    RETIRE = "retire"
    """The key, `target`, is used no more; what it signed still verifies."""
    WITHDRAW = "withdraw"
    """The key, `target`, is gone at once, and what it signed with it: for one that somebody else may have."""


class KeyReason(StrEnum):
    SCHEDULED = "scheduled"
    SUSPECTED = "suspected"
    STAFF_LEFT = "staff_left"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class KeyProposal:
    """`words` are for the second operator and are in no log; `number` tells it from those before it."""

    action: KeyAction
    target: str
    reason: KeyReason
    words: str
    by: str
    at: int
    number: int = 0


async def waiting_proposal(database: Database, vault: Vault, *, now: int) -> KeyProposal | None:
    row = await database.fetch_row(
        "SELECT payload, version FROM short_lived WHERE key_hash = $1 AND consumed_at IS NULL AND expires_at > $2",
        _KEY_HASH,
        now,
    )
    if row is None:
        return None
    payload, number = row["payload"], row["version"]
    assert isinstance(payload, bytes)
    assert isinstance(number, int)
    kept: dict[str, Any] = json.loads(vault.unseal(payload, row=_ROW))
    return KeyProposal(
        **{**kept, "action": KeyAction(kept["action"]), "reason": KeyReason(kept["reason"]), "number": number}
    )


async def propose(database: Database, vault: Vault, proposal: KeyProposal) -> bool:
    """False where another one waits."""
    kept = {name: getattr(proposal, name) for name in ("action", "target", "reason", "words", "by", "at")}
    # In the place of what was decided or forgotten, never of what waits.
    gate = Statement(
        "INSERT INTO short_lived (key_hash, kind, payload, version, expires_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (key_hash) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at,"
        " version = short_lived.version + 1, consumed_at = NULL"
        " WHERE short_lived.expires_at <= $6 OR short_lived.consumed_at IS NOT NULL RETURNING key_hash",
        (
            _KEY_HASH,
            _KIND,
            vault.seal(json.dumps(kept).encode(), row=_ROW),
            # A number that no proposal had before, though the row of the last one may be purged.
            proposal.at,
            proposal.at + LIFETIME_SECONDS,
            proposal.at,
        ),
    )
    event = KeyChangeProposed(
        operator=proposal.by, action=proposal.action, target=proposal.target, reason=proposal.reason
    )
    return await database.commit(audit_entry(event, now_ms=proposal.at * 1000), gate=gate) is not None


async def refuse(database: Database, proposal: KeyProposal, *, by: str, now: int) -> bool:
    """By the second operator, or taken back by the first. False where it was decided meanwhile."""
    event = _decided(proposal, "refused", by)
    return await database.commit(audit_entry(event, now_ms=now * 1000), gate=_used_up(proposal, now)) is not None


async def carry_out(
    database: Database, vault: Vault, proposal: KeyProposal, *, settings: Settings, by: str, now: int
) -> RingChange:
    """In one transaction with the proposal's end. Raises ChangedMeanwhile, and NoSuchKey for a key that is gone."""

    def move(ring: KeyRing, moment: int) -> RingChange:
        if proposal.action is KeyAction.ROTATE:
            alg = key_algorithm(proposal.target) if proposal.target else None
            return planned_rotation(ring, moment, alg=alg, settings=settings)
        if proposal.action is KeyAction.RETIRE:
            return ring.retire(proposal.target, now=moment)
        return ring.withdraw(proposal.target, now=moment)

    def tell(change: RingChange) -> list[AuditEvent]:
        changed = ConfigurationChanged(subject="signing_key", action=proposal.action, operator=by)
        return [_decided(proposal, "carried_out", by), changed, *told_as_rotation(change)]

    still_waiting = Statement(
        "SELECT 1 FROM short_lived WHERE key_hash = $2 AND version = $3 AND consumed_at IS NULL AND expires_at > $4",
        (_KEY_HASH, proposal.number, now),
    )
    ends = Statement(
        "UPDATE short_lived SET consumed_at = $1 WHERE key_hash = $2 AND version = $3",
        (now, _KEY_HASH, proposal.number),
    )
    change = await change_ring(database, vault, move, tell, now=now, also=(ends,), only_if=still_waiting)
    if not change.changed and not change.removed:
        # Nothing is left to do: the key was retired on the command line, say.
        raise ChangedMeanwhile
    return change


def _used_up(proposal: KeyProposal, now: int) -> Statement:
    return Statement(
        "UPDATE short_lived SET consumed_at = $1 WHERE key_hash = $2 AND version = $3 AND consumed_at IS NULL"
        " AND expires_at > $1 RETURNING version",
        (now, _KEY_HASH, proposal.number),
    )


def _decided(proposal: KeyProposal, outcome: str, by: str) -> KeyChangeDecided:
    return KeyChangeDecided(
        operator=by, proposer=proposal.by, action=proposal.action, target=proposal.target, outcome=outcome
    )
