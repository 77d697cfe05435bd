"""What the steps of one login add up to. Pure: knows the methods of RFC 8176, no source and no session.

Two factors count only where they are of different kinds (Decree 69/2024 article 20; Implementing Regulation
2015/1502 §2.2.1): a code by SMS and a code of an app are both possession, and make one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Self

from idp.protocol.levels import LevelOfAssurance

# A step counts beside a later one for this long: what was done before was done by whoever sat there then.
BESIDE_SECONDS: Final = 600
MULTIPLE_FACTORS: Final = "mfa"
TOTP_SOURCE: Final = "totp"


class FactorCategory(StrEnum):
    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    INHERENCE = "inherence"


_CATEGORIES: Final = MappingProxyType(
    {
        **dict.fromkeys(("pwd", "pin", "kba"), FactorCategory.KNOWLEDGE),
        **dict.fromkeys(("otp", "sms", "tel", "hwk", "swk", "pop", "sc"), FactorCategory.POSSESSION),
        **dict.fromkeys(("face", "fpt", "iris", "retina", "vbm"), FactorCategory.INHERENCE),
    }
)


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One finished step of this transaction. `level` is what the step alone is worth, never more than its source."""

    source_id: str
    link_id: str
    person_id: str
    amr: tuple[str, ...]
    level: LevelOfAssurance
    at: int

    @property
    def categories(self) -> frozenset[FactorCategory]:
        return categories_of(self.amr)

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "amr": list(self.amr), "level": int(self.level)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(**{**stored, "amr": tuple(stored["amr"]), "level": LevelOfAssurance(stored["level"])})


@dataclass(frozen=True, kw_only=True)
class Reached:
    """`amr` holds `mfa` exactly where two kinds of factors were used; `auth_time` is when the last one was."""

    level: LevelOfAssurance
    amr: tuple[str, ...]
    auth_time: int


def categories_of(amr: Iterable[str]) -> frozenset[FactorCategory]:
    return frozenset(_CATEGORIES[method] for method in amr if method in _CATEGORIES)


def uses_two_factors(amr: Iterable[str]) -> bool:
    return MULTIPLE_FACTORS in amr


def adding(factors: Sequence[Factor], done: Factor) -> tuple[Factor, ...]:
    """The steps that count beside `done`: by the same person, not long before, and each source once."""
    kept = (
        factor
        for factor in factors
        if factor.person_id == done.person_id
        and factor.source_id != done.source_id
        and factor.at >= done.at - BESIDE_SECONDS
    )
    return (*kept, done)


def reached_for(factors: Sequence[Factor], allowed_sources: frozenset[str] | None) -> Reached:
    """What the steps are worth to a service. A proof may be made at any source; it lifts nothing for a service that
    takes nobody from there."""
    return combined(_acceptable(factors, allowed_sources) or factors)


def _acceptable(factors: Sequence[Factor], allowed_sources: frozenset[str] | None) -> tuple[Factor, ...]:
    """The steps that count for a service: of sources it takes people from, and of authenticators of our own."""
    if allowed_sources is None:
        return tuple(factors)
    return tuple(factor for factor in factors if factor.source_id in allowed_sources or factor.source_id == TOTP_SOURCE)


def combined(factors: Sequence[Factor]) -> Reached:
    """The strongest step's level; two kinds of factors are substantial, whatever each of them is worth alone."""
    level = max(factor.level for factor in factors)
    methods = dict.fromkeys(method for factor in factors for method in factor.amr if method != MULTIPLE_FACTORS)
    auth_time = max(factor.at for factor in factors)
    if not _are_two_kinds(factors):
        return Reached(level=level, amr=tuple(methods), auth_time=auth_time)
    level = max(level, LevelOfAssurance.SUBSTANTIAL)
    return Reached(level=level, amr=(*methods, MULTIPLE_FACTORS), auth_time=auth_time)


def _are_two_kinds(factors: Sequence[Factor]) -> bool:
    """A source we hold for low is not believed that it asked for two: what it says counts as one step."""
    if any(len(factor.categories) > 1 and factor.level > LevelOfAssurance.LOW for factor in factors):
        return True
    proving = [factor.categories for factor in factors if factor.categories]
    return len(proving) > 1 and len(frozenset().union(*proving)) > 1
