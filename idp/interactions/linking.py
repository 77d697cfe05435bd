"""What one login still has to settle about who somebody is: records that differ, or a source to add.

Values only: which page asks, and what an answer does, others know.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Self

# Both ends within one sitting: what was proved longer ago is proved anew.
BOTH_ENDS_SECONDS: Final = 600
FRESH_FIRST_END_SECONDS: Final = 300


class Doubt(StrEnum):
    """Why the person is asked anything. `TOLERATED` only tells."""

    TOLERATED = "tolerated"
    PROVE = "prove"
    REVIEW = "review"
    ADD = "add"


class LinkingState(StrEnum):
    """Where the person stands with it; the first five keep the login waiting."""

    WAITING = "waiting"
    PROVING = "proving"
    ELSEWHERE = "elsewhere"
    ASKED = "asked"
    SETTLED = "settled"
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Linking:
    """`person_id`, `link_id`, `source_id` and `proved_at` are the first end. `fields` are names of what differs.

    `answer` is a word for what came of it; `case_id` the case that waits for a decision.
    """

    doubt: Doubt
    person_id: str
    link_id: str
    source_id: str
    proved_at: int
    state: LinkingState = LinkingState.WAITING
    fields: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    case_id: str | None = None
    answer: str | None = None
    other_source_id: str | None = None

    @property
    def is_pending(self) -> bool:
        return self.state is not LinkingState.OVER

    def moved(self, state: LinkingState, **changes: Any) -> Self:
        return replace(self, state=state, **changes)

    def is_fresh(self, now: int) -> bool:
        """Whether the first end still stands beside a second one proved now."""
        return now - self.proved_at <= BOTH_ENDS_SECONDS

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "fields": list(self.fields), "missing": list(self.missing)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            **{
                **stored,
                "doubt": Doubt(stored["doubt"]),
                "state": LinkingState(stored["state"]),
                "fields": tuple(stored["fields"]),
                "missing": tuple(stored["missing"]),
            }
        )
