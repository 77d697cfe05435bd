"""Which interaction an upstream `state` belongs to. Single use: a callback that comes twice finishes nothing."""

from dataclasses import dataclass

from idp.interactions.interaction import LIFETIME_SECONDS
from idp.storage.database import Database, Insert
from idp.storage.short_lived import find, put, take

_KIND = "upstream_state"


@dataclass(frozen=True)
class State:
    """`was_used`: this callback is a reload or a replay, good for finding the way back and for nothing else."""

    interaction_id: str
    was_used: bool


def keep_state(state: str, *, source_id: str, interaction_id: str, now: int) -> Insert:
    return put(
        _KIND,
        _bound(state, source_id),
        payload=interaction_id.encode(),
        expires_at=now + LIFETIME_SECONDS,
    )


async def take_state(database: Database, state: str, *, source_id: str, now: int) -> State | None:
    """Uses up a `state` that this very source was given. None for one that was never given out, or is too old."""
    row = await database.commit(gate=take(_KIND, _bound(state, source_id), now=now))
    was_used = row is None
    if row is None:
        query = find(_KIND, _bound(state, source_id))
        row = await database.fetch_row(query.text, *query.args)
    if row is None or not isinstance(row["payload"], bytes) or not isinstance(row["expires_at"], int):
        return None
    if row["expires_at"] <= now:
        return None
    return State(row["payload"].decode(), was_used)


def _bound(state: str, source_id: str) -> str:
    # A state of one source is unknown at the callback of another (mix-up, RFC 9700 §4.4).
    return f"{source_id}|{state}"
