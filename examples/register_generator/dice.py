"""Chance that comes out the same everywhere: of Python's generator only `random()`, which its documentation
promises never to change, and one seed for each thing that is drawn."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Weighted(Generic[Choice]):
    """Choices with the running total of their weights."""

    choices: Sequence[Choice]
    totals: Sequence[float]


def weighted(pairs: Iterable[tuple[Choice, float]]) -> Weighted[Choice]:
    choices, weights = zip(*pairs, strict=True)
    return Weighted(choices, tuple(accumulate(weights)))


def falling(choices: Sequence[Choice]) -> Weighted[Choice]:
    """The first is drawn most often, each next one less: one over the rank and two."""
    return weighted((choice, 1 / (rank + 3)) for rank, choice in enumerate(choices))


class Dice:
    def __init__(self, *seed: object) -> None:
        self._random = Random("/".join(map(str, seed))).random

    def chance(self, share: float) -> bool:
        return self._random() < share

    def below(self, bound: int) -> int:
        return int(self._random() * bound)

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        return choices[self.below(len(choices))]

    def draw(self, table: Weighted[Choice]) -> Choice:
        position = bisect_right(table.totals, self._random() * table.totals[-1])
        return table.choices[min(position, len(table.choices) - 1)]
