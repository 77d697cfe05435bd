"""A file of personal IDs that were re-issued, as `old,new` lines: what in it can be believed. Pure.

A number has one successor and is never its own, through however many steps: anything else says that the file, or
what is stored, is wrong, and which of the two no program can tell.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from idp.identity.identifiers.kinds import InvalidIdentifier
from idp.identity.identifiers.personal_id import parse_personal_id

_HEADING: Final = ["old", "new"]


@dataclass(frozen=True)
class Succession:
    line: int
    old: str = field(repr=False)
    new: str = field(repr=False)


@dataclass(frozen=True)
class Fault:
    """Never repeats what the line says."""

    line: int
    reason: str


def read_successions(lines: Iterable[str], *, today: date) -> tuple[list[Succession], list[Fault]]:
    """In the order of the file, each pair once. An empty line and a heading `old,new` say nothing."""
    found: dict[str, Succession] = {}
    faults: list[Fault] = []
    for line, cells in _cells(lines):
        if isinstance(cells, str):
            faults.append(Fault(line, cells))
            continue
        if not any(cells) or (line == 1 and [cell.strip().lower() for cell in cells] == _HEADING):
            continue
        read = _read(line, cells, today)
        if isinstance(read, Fault):
            faults.append(read)
        elif found.setdefault(read.old, read).new != read.new:
            faults.append(Fault(line, f"another successor than in line {found[read.old].line}"))
    return list(found.values()), faults


def faults_beside(successions: Iterable[Succession], known: Mapping[str, str]) -> Iterator[Fault]:
    """What does not go with what is stored: `known` leads from each number concerned to its stored successor."""
    pairs = list(successions)
    following = {**{one.old: one.new for one in pairs}, **known}
    for one in pairs:
        if known.get(one.old, one.new) != one.new:
            yield Fault(one.line, "another successor is stored")
        elif _leads_to_itself(one.old, following):
            yield Fault(one.line, "the numbers lead in a circle")


def _cells(lines: Iterable[str]) -> Iterator[tuple[int, list[str] | str]]:
    reader = csv.reader(lines)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield reader.line_num, "not a line of CSV"
            continue
        yield reader.line_num, cells


def _read(line: int, cells: list[str], today: date) -> Succession | Fault:
    if len(cells) != len(_HEADING):
        return Fault(line, "two columns are expected: old,new")
    numbers = []
    for column, cell in zip(_HEADING, cells, strict=True):
        try:
            numbers.append(parse_personal_id(cell, today=today, strict=False).canonical)
        except InvalidIdentifier as error:
            return Fault(line, f"{column}: no personal ID ({error.reason})")
    old, new = numbers
    return Fault(line, "a number does not replace itself") if old == new else Succession(line, old, new)


def _leads_to_itself(number: str, following: Mapping[str, str]) -> bool:
    seen = set()
    current = following.get(number)
    while current is not None and current not in seen:
        if current == number:
            return True
        seen.add(current)
        current = following.get(current)
    return False
