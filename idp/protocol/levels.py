"""How sure a login is. The eIDAS levels order it; Decree 69/2024 names it once more, by factors.

`acr` says how *this login* was done; how the person was proofed is another claim (`identity_level`).
"""

from collections.abc import Sequence
from enum import IntEnum


class LevelOfAssurance(IntEnum):
    """eIDAS article 8: low, substantial, high. A higher level satisfies every lower one."""

    LOW = 1
    SUBSTANTIAL = 2
    HIGH = 3

    @property
    def acr(self) -> str:
        return f"eidas{self.value}"


# Decree 69/2024/NĐ-CP article 20 rates the login by its factors: 01 one factor, 02 two different factors,
# 03 and 04 with biometrics. None of our sources may claim 03 or 04.
_BY_ACR = {level.acr: level for level in LevelOfAssurance}
_ONE_FACTOR, _TWO_FACTORS = "nd69-01", "nd69-02"
_DECREE_LEVELS = {_ONE_FACTOR: LevelOfAssurance.LOW, _TWO_FACTORS: LevelOfAssurance.SUBSTANTIAL}

ACR_VALUES_SUPPORTED = (*_BY_ACR, *_DECREE_LEVELS)


def level_of(acr: str) -> LevelOfAssurance | None:
    """The level an `acr` value stands for; None for a value we do not know."""
    return _BY_ACR.get(acr) or _DECREE_LEVELS.get(acr)


def wants_two_factors(acr: str) -> bool:
    return acr == _TWO_FACTORS


def is_reached(acr: str, level: LevelOfAssurance, *, two_factors: bool) -> bool:
    """Whether a login of that level is what `acr` names; the decree's 02 is about factors, whatever the level."""
    wanted = level_of(acr)
    return wanted is not None and level >= wanted and (two_factors or not wants_two_factors(acr))


def answered_acr(
    level: LevelOfAssurance, requested: Sequence[str], *, two_factors: bool, essential: bool = False
) -> str:
    """The `acr` to answer with: the first requested value that is reached, in the vocabulary it was asked in.

    An eIDAS value is answered with the level reached, which may be higher, unless it is essential: then the
    answer is one of the requested values (Core 5.5.1.1). Without a request, or when nothing requested is
    satisfied, the eIDAS name of the level.
    """
    for acr in requested:
        if is_reached(acr, level, two_factors=two_factors):
            return level.acr if acr.startswith("eidas") and not essential else acr
    return level.acr
