"""Whether a login is worth telling its owner about, and why. Pure: what is known before comes in as values."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DAY_SECONDS: Final = 24 * 3600
_SOURCE_FORGOTTEN_SECONDS: Final = 180 * DAY_SECONDS
_MANY_REFUSALS: Final = 3
# Windows without cookies are told of for a while: a message costs money, and the alarm is given.
_MOST_NEW_DEVICES_TOLD: Final = 5


class Reason(StrEnum):
    NEW_DEVICE = "new_device"
    LONG_UNUSED_SOURCE = "long_unused_source"
    REFUSED_BEFORE = "refused_before"


@dataclass(frozen=True, kw_only=True)
class KnownBefore:
    """What the account knew before this login. `refusals`: attempts that were not let in, within the last day and
    since the last login; `new_devices`: browsers first seen within the last day."""

    logged_in_before: bool
    device_seen_at: int | None
    source_used_at: int | None
    refusals: int
    new_devices: int = 0


def unusual_reasons(known: KnownBefore, *, now: float) -> tuple[Reason, ...]:
    """Why its owner should hear of this login; there is nothing to say of a person's first one."""
    if not known.logged_in_before:
        return ()
    reasons: list[Reason] = []
    if known.device_seen_at is None and known.new_devices < _MOST_NEW_DEVICES_TOLD:
        reasons.append(Reason.NEW_DEVICE)
    if known.source_used_at is not None and now - known.source_used_at > _SOURCE_FORGOTTEN_SECONDS:
        reasons.append(Reason.LONG_UNUSED_SOURCE)
    if known.refusals >= _MANY_REFUSALS:
        reasons.append(Reason.REFUSED_BEFORE)
    return tuple(reasons)


def is_unusual(reasons: Collection[Reason]) -> bool:
    """More than a new device alone, which has a notice of its own."""
    return any(reason is not Reason.NEW_DEVICE for reason in reasons)
