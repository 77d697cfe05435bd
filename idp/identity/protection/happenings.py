"""What a person must be told of beyond a new link, and who turns it into messages: they are handed in.

Whoever merges, locks or freezes gathers the channels known before, and writes what `TellHappening` returns in the
same transaction, so that a notice goes out exactly once. Knows no wording.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from idp.identity.channels import Channel
from idp.storage.database import Write

HappeningKind = Literal[
    "people_merged",
    "people_split",
    "link_frozen",
    "link_unfrozen",
    "link_removed",
    "source_unblocked",
    "factor_added",
    "factor_removed",
    "account_locked",
    "account_closed",
    "case_decided",
    "document_asked",
]
"""The names of `mobile_otp.notices.NoticeKind`."""


@dataclass(frozen=True, kw_only=True)
class Happening:
    """`channels`: of the person, or of both people, before it happened. `source_id` where one source is concerned."""

    kind: HappeningKind
    person_id: str
    channels: tuple[Channel, ...] = field(repr=False)
    now: float
    source_id: str | None = None


TellHappening = Callable[[Happening], Sequence[Write]]


def tell_nobody_of(_: Happening) -> Sequence[Write]:
    return ()
