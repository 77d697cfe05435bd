"""The browsers a person logged in with before. A browser is known by the hash of its lasting cookie alone."""

from collections.abc import Mapping
from typing import Final

from idp.storage.database import Insert, Statement, Value, Write

# Told once a day: nobody needs the minute, and a login writes one row less.
_SEEN_AGAIN_AFTER: Final = 24 * 3600


def device_writes(person_id: str, browser_hash: bytes, *, seen_at: int | None, now: float) -> list[Write]:
    """Remembers the browser; `seen_at` is when it was last seen with this person, None where it never was."""
    moment = int(now)
    if seen_at is None:
        row: Mapping[str, Value] = {
            "person_id": person_id,
            "browser_hash": browser_hash,
            "first_seen_at": moment,
            "last_seen_at": moment,
        }
        return [Insert("known_device", row, on_conflict_do_nothing=True)]
    if moment - seen_at < _SEEN_AGAIN_AFTER:
        return []
    return [
        Statement(
            "UPDATE known_device SET last_seen_at = $1 WHERE person_id = $2 AND browser_hash = $3",
            (moment, person_id, browser_hash),
        )
    ]
