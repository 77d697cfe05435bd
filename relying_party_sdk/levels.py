"""The levels of assurance a service can ask for. Knows their names and their order, nothing of how they are reached."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class LevelOfAssurance(StrEnum):
    """How sure a login is; the value is the `acr` on the wire.

    The registered values end in their rank, so that string order is the order of strength:
    `identity.level >= LevelOfAssurance.SUBSTANTIAL` means what it says.
    """

    UNRATED = "0"
    """Asks for no level: for a provider that names none. The `acr` of OpenID Connect Core §2 below every level."""
    LOW = "eidas1"
    SUBSTANTIAL = "eidas2"
    HIGH = "eidas3"

    @property
    def acr(self) -> str:
        """The value sent in `acr_values` and answered in `acr` (OpenID Connect Core §3.1.2.1)."""
        return self.value


# Decree 69/2024/NĐ-CP article 20 counts factors: 01 is one of any kind, 02 two of different kinds.
_DECREE = {"nd69-01": LevelOfAssurance.LOW, "nd69-02": LevelOfAssurance.SUBSTANTIAL}


def level_from_acr(acr: str | None) -> LevelOfAssurance | None:
    """The level an `acr` names, or `None` for one we do not know: an unknown word never counts as a level."""
    if acr in _DECREE:
        return _DECREE[acr]
    try:
        return LevelOfAssurance(acr) if acr is not None else None
    except ValueError:
        return None


def meets(acr: str, wanted: Iterable[str]) -> bool:
    """Whether a login answered with `acr` is one of those asked for: the very value, or a higher eIDAS level.

    Nothing but itself means `nd69-02`: a high level says nothing of how many factors there were.
    """
    values = set(LevelOfAssurance)
    return any(acr == value or (acr in values and value in values and acr > value) for value in wanted)
