"""What an interaction remembers of a code between the pages of a source that sends one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from idp.authentication.one_time_code import Challenge


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`sent_to` is a keyed index of the phone. `proved_until`: until when the code, proved right and used up, stands
    for itself, because the register that has to say who it was did not answer then; 0 where none was proved.
    """

    identifier: str = field(repr=False)
    challenge: Challenge
    sent_to: str
    proved_until: int = 0

    def to_state(self) -> dict[str, Any]:
        return {
            "identifier": self.identifier,
            "challenge": self.challenge.id,
            "sent_at": self.challenge.sent_at,
            "expires_at": self.challenge.expires_at,
            "sent_to": self.sent_to,
            "proved_until": self.proved_until,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self | None:
        if "challenge" not in state:
            return None
        return cls(
            identifier=state["identifier"],
            challenge=Challenge(id=state["challenge"], sent_at=state["sent_at"], expires_at=state["expires_at"]),
            sent_to=state["sent_to"],
            proved_until=state.get("proved_until", 0),
        )
