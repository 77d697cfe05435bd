"""Reads `decision_table.toml` and finds the row that decides. Knows the codes, not what they stand for."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

_DIMENSIONS = (
    ("C1", "C+"),
    ("P0", "P1", "PX", "P?"),
    ("G0", "GX"),
    ("S=", "SX", "SR", "S?"),
    ("N0", "N1", "N2", "N3", "NT", "N4", "N5", "N6", "NX", "N?"),
    ("D0", "D1", "D2", "DX", "D?"),
    ("B0", "BX", "B?"),
)
_CODES = frozenset(code for dimension in _DIMENSIONS for code in dimension)


class Decision(StrEnum):
    LINK = "LINK"
    """One person."""
    LINK_TOL = "LINK_TOL"
    """One person; what was tolerated is logged and shown."""
    PROVE = "PROVE"
    """Perhaps one person: the citizen authenticates at the second source now."""
    REVIEW = "REVIEW"
    """Two trained people decide, with documents."""
    NEW = "NEW"
    """A person apart; nothing about the other record is revealed."""


@dataclass(frozen=True)
class Row:
    id: str
    conditions: tuple[frozenset[str], ...]
    """Of every set at least one code must have been found."""
    decision: Decision

    def holds(self, codes: frozenset[str]) -> bool:
        return all(condition & codes for condition in self.conditions)


@cache
def decision_table() -> tuple[Row, ...]:
    """The rows in their order. Raises `ValueError` for a file that says something we do not understand."""
    text = files("idp.identity").joinpath("decision_table.toml").read_text("utf-8")
    return read_table(text)


def read_table(text: str) -> tuple[Row, ...]:
    rows = tuple(_row(document) for document in tomllib.loads(text)["row"])
    if len({row.id for row in rows}) != len(rows):
        raise ValueError("two rows of the decision table have the same id")
    for row in rows:
        links = row.decision in (Decision.LINK, Decision.LINK_TOL)
        if links and frozenset({"P0"}) not in row.conditions:
            raise ValueError(f"row {row.id} links without the same verified number")
    return rows


def deciding_row(codes: Iterable[str]) -> Row:
    """The first row that holds. The last rows take whatever is left, so a complete table always has one."""
    return _deciding_row(frozenset(codes))


@cache
def _deciding_row(found: frozenset[str]) -> Row:
    """Kept: there are no more answers than there are combinations of codes, and nobody's data is in them."""
    return next(row for row in decision_table() if row.holds(found))


def _row(document: dict[str, Any]) -> Row:
    conditions = tuple(frozenset(condition.split()) for condition in document["when"])
    unknown = frozenset[str]().union(*conditions) - _CODES
    if unknown or not all(conditions):
        raise ValueError(f"row {document['id']} has a condition nobody knows: {sorted(unknown)}")
    return Row(id=document["id"], conditions=conditions, decision=Decision(document["decision"]))
