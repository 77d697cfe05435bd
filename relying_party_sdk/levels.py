"""The levels of assurance a service can ask for. Knows their names and their order, nothing of how they are reached."""

from __future__ import annotations

from enum import StrEnum


class LevelOfAssurance(StrEnum):
    """How sure a login is; the value is the `acr` on the wire.

    The registered values end in their rank, so that string order is the order of strength:
    `identity.level >= LevelOfAssurance.SUBSTANTIAL` means what it says.
    """

    LOW = "eidas1"
    SUBSTANTIAL = "eidas2"
    HIGH = "eidas3"

    @property
    def acr(self) -> str:
        """The value sent in `acr_values` and answered in `acr` (OpenID Connect Core §3.1.2.1)."""
        return self.value


def level_from_acr(acr: str | None) -> LevelOfAssurance | None:
    """The level an `acr` names, or `None` for one we do not know: an unknown word never counts as a level."""
    try:
        return LevelOfAssurance(acr) if acr is not None else None
    except ValueError:
        return None
