"""Side effects that leave the house: written with the change they tell of, delivered at least once afterwards.

Knows nothing of messages or addresses: payloads are sealed bytes, and whoever delivers is handed in.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from idp.storage.database import Database, Insert, Row, Statement
from idp.storage.vault import CannotUnseal, Vault

_LEASE = 60
_FIRST_PAUSE, _LONGEST_PAUSE = 5, 3600
_GIVE_UP_AFTER = 24 * 3600
_PATIENCE = 3.0

# The row is locked only while it is claimed; a worker that dies leaves it to the next one after the lease.
_DUE = (
    "SELECT id FROM outbox WHERE done_at IS NULL AND next_attempt_at <= $2"
    " AND (claimed_until IS NULL OR claimed_until <= $2){kinds} ORDER BY next_attempt_at LIMIT $3"
)
_CLAIM = "UPDATE outbox SET claimed_until = $1, attempts = attempts + 1"
_CLAIMED = "RETURNING outbox.id, kind, payload_sealed, attempts, created_at, claimed_until"


@dataclass(frozen=True)
class OutboxMessage:
    """One claimed message. `attempts` counts this one; `claimed_until` says until when it is ours alone."""

    id: str
    kind: str
    payload: bytes = field(repr=False)
    attempts: int
    created_at: int
    claimed_until: int


Deliver = Callable[[OutboxMessage], Awaitable[None]]
"""Returns when the message is delivered, or need not be any more; raises whatever went wrong."""


def enqueue(kind: str, payload: bytes, *, id: str, now: int, vault: Vault) -> Insert:
    """The row of a new message. `id` also names it to the receiver, so that a repetition can be recognised."""
    return Insert(
        "outbox",
        {
            "id": id,
            "kind": kind,
            "payload_sealed": vault.seal(payload, row=_sealed_for(id)),
            "created_at": now,
            "next_attempt_at": now,
            "attempts": 0,
        },
    )


@dataclass(frozen=True)
class Kinds:
    """The kinds of one turn: those named, or all others. A slow receiver gets a turn of its own."""

    names: tuple[str, ...]
    others: bool = False

    def condition(self, first: int) -> str:
        """SQL; the names are its parameters from `first` on."""
        if not self.names:
            return "" if self.others else " AND 1 = 0"
        places = ", ".join(f"${first + position}" for position in range(len(self.names)))
        return f" AND kind {'NOT IN' if self.others else 'IN'} ({places})"


ALL_KINDS: Final = Kinds((), others=True)


async def claim_due(
    database: Database, vault: Vault, *, now: int, limit: int = 50, kinds: Kinds = ALL_KINDS
) -> list[OutboxMessage]:
    """Up to `limit` due messages, which no other worker gets before the lease is over.

    A message that does not unseal is put off like a failed delivery.
    """
    due = _DUE.format(kinds=kinds.condition(4))
    text = (
        f"{_CLAIM} WHERE id IN ({due}) {_CLAIMED}"
        if database.dialect == "sqlite"
        else f"WITH due AS MATERIALIZED ({due} FOR UPDATE SKIP LOCKED)"
        f" {_CLAIM} FROM due WHERE outbox.id = due.id {_CLAIMED}"
    )
    claimed: list[OutboxMessage] = []
    for row in await database.fetch_all(text, now + _LEASE, now, limit, *kinds.names):
        try:
            claimed.append(_message(row, vault.unseal(_bytes(row["payload_sealed"]), row=_sealed_for(str(row["id"])))))
        except CannotUnseal:
            await database.commit(failed(_message(row, b""), now=now, error="CannotUnseal"))
    return claimed


def done(message: OutboxMessage, *, now: int) -> Statement:
    """Delivered: nobody tries again."""
    return Statement(
        "UPDATE outbox SET done_at = $1, claimed_until = NULL, last_error = NULL WHERE id = $2 AND done_at IS NULL",
        (now, message.id),
    )


def gives_up(message: OutboxMessage, *, now: int) -> bool:
    """Whether a failure now is the last one."""
    return now - message.created_at >= _GIVE_UP_AFTER


def failed(message: OutboxMessage, *, now: int, error: str) -> Statement:
    """Put off, twice as long each time, and given up after a day. `error`: a word, never what a peer said."""
    given_up = gives_up(message, now=now)
    pause = min(_FIRST_PAUSE * 2 ** min(message.attempts - 1, 20), _LONGEST_PAUSE)
    return Statement(
        "UPDATE outbox SET next_attempt_at = $1, done_at = $2, last_error = $3, claimed_until = NULL"
        " WHERE id = $4 AND done_at IS NULL AND claimed_until = $5",
        (now + pause, now if given_up else None, error, message.id, message.claimed_until),
    )


async def deliver_due(
    database: Database,
    vault: Vault,
    deliveries: Mapping[str, Deliver],
    *,
    now: int,
    limit: int = 50,
    patience: float = _PATIENCE,
    kinds: Kinds = ALL_KINDS,
) -> int:
    """Claims what is due and delivers it side by side, each within `patience` seconds; returns how many succeeded.

    A receiver that hangs or fails delays nobody else. Raises StorageUnavailable.
    """
    messages = await claim_due(database, vault, now=now, limit=limit, kinds=kinds)
    outcomes = await asyncio.gather(
        *(_deliver(database, message, deliveries.get(message.kind), now, patience) for message in messages)
    )
    return sum(outcomes)


async def _deliver(
    database: Database, message: OutboxMessage, deliver: Deliver | None, now: int, patience: float
) -> bool:
    if deliver is None:
        await database.commit(failed(message, now=now, error="UnknownKind"))
        return False
    try:
        async with asyncio.timeout(patience):
            await deliver(message)
    # The edge of the background work: whatever a delivery raises must not keep the others from going out.
    except Exception as error:
        await database.commit(failed(message, now=now, error=type(error).__name__))
        return False
    await database.commit(done(message, now=now))
    return True


def _sealed_for(id: str) -> str:
    return f"outbox|payload_sealed|{id}"


def _message(row: Row, payload: bytes) -> OutboxMessage:
    return OutboxMessage(
        id=str(row["id"]),
        kind=str(row["kind"]),
        payload=payload,
        attempts=int(row["attempts"] or 0),
        created_at=int(row["created_at"] or 0),
        claimed_until=int(row["claimed_until"] or 0),
    )


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
