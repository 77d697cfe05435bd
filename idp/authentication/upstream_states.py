"""Which interaction an upstream `state` belongs to. Single use: a callback that comes twice finds nothing."""

from idp.interactions.interaction import LIFETIME_SECONDS
from idp.storage.database import Database, Insert
from idp.storage.short_lived import put, take

_KIND = "upstream_state"


def keep_state(state: str, *, source_id: str, interaction_id: str, now: int) -> Insert:
    return put(
        _KIND,
        _bound(state, source_id),
        payload=interaction_id.encode(),
        expires_at=now + LIFETIME_SECONDS,
    )


async def take_state(database: Database, state: str, *, source_id: str, now: int) -> str | None:
    """The interaction that sent the browser to this very source with this `state`, once; else None."""
    row = await database.commit(gate=take(_KIND, _bound(state, source_id), now=now))
    if row is None or not isinstance(row["payload"], bytes):
        return None
    return row["payload"].decode()


def _bound(state: str, source_id: str) -> str:
    # A state of one source is unknown at the callback of another (mix-up, RFC 9700 §4.4).
    return f"{source_id}|{state}"
