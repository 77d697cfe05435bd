"""Where people are born, and how registers write it: most still with the province of before July 2025."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from examples.register_generator.dice import Dice, Weighted, weighted

_LAST_NORTHERN = "046"


@dataclass(frozen=True)
class Province:
    code: str
    """Three digits, of the table of before 2025."""
    name: str
    name_now: str
    share_of_other_peoples: float
    other_peoples: Sequence[str]

    @property
    def is_northern(self) -> bool:
        return self.code <= _LAST_NORTHERN


@cache
def provinces() -> Weighted[Province]:
    """Weighted by the people who live there."""
    document = tomllib.loads(files("examples.register_generator").joinpath("provinces.toml").read_text("utf-8"))
    return weighted(
        (Province(code, name, now, others, tuple(peoples.split())), share)
        for code, (name, share, now, others, peoples) in document["provinces"].items()
    )


def as_written(dice: Dice, province: Province, *, share_of_before: float) -> str:
    if not dice.chance(share_of_before):
        return province.name_now
    return province.code if dice.chance(0.15) else province.name
