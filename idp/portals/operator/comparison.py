"""Records side by side, field by field: what agrees with the first one, what differs, and values where they are open.

Pure. Contact channels are left out: they are never evidence, and nobody decides better for having seen them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from idp.identity.matching import decide
from idp.identity.pivot import PivotIdentity

FIELDS: Final = ("name", "birthdate", "sex", "birthplace", "personal_id")


class Verdict(StrEnum):
    SAME = "same"
    SIMILAR = "similar"
    """Compatible: written otherwise, or less exactly."""
    DIFFERENT = "different"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one source says of one person. `number`: 0 for the person of the case, else which candidate."""

    link_id: str
    number: int
    source: str
    status: str
    linked_at: int
    identity: PivotIdentity = field(repr=False)


@dataclass(frozen=True)
class Cell:
    """`verdict` is None in the first column. `known`: whether there is a value; it may still be masked."""

    value: str = field(repr=False)
    known: bool
    verdict: Verdict | None


@dataclass(frozen=True)
class FieldRow:
    name: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        return any(cell.verdict is Verdict.DIFFERENT for cell in self.cells)


_VERDICTS: Final = MappingProxyType(
    {
        **dict.fromkeys(("N0", "N1", "D0", "S=", "B0", "P0"), Verdict.SAME),
        **dict.fromkeys(("N2", "N3", "D1", "SR"), Verdict.SIMILAR),
        **dict.fromkeys(("N?", "D?", "S?", "B?", "P?"), Verdict.MISSING),
    }
)
# Where `decide` puts the answer to each field's question.
_PLACES: Final = MappingProxyType({"personal_id": 1, "sex": 3, "name": 4, "birthdate": 5, "birthplace": 6})


def side_by_side(
    records: Sequence[Record], *, superseded: Sequence[tuple[str, str]] = (), shown: bool
) -> tuple[FieldRow, ...]:
    """A row for each field, a cell for each record. Without `shown`, no value leaves this function."""
    if not records:
        return ()
    codes = [
        None
        if position == 0
        else decide(records[0].identity.record(), record.identity.record(), superseded=superseded).reasons
        for position, record in enumerate(records)
    ]
    first = records[0].identity
    return tuple(
        FieldRow(
            name,
            tuple(
                _cell(name, record, _verdict(name, first, record, reasons), shown=shown)
                for record, reasons in zip(records, codes, strict=True)
            ),
        )
        for name in FIELDS
    )


def _verdict(name: str, first: PivotIdentity, record: Record, reasons: Sequence[str] | None) -> Verdict | None:
    if reasons is None:
        return None
    verdict = _VERDICTS.get(reasons[_PLACES[name]], Verdict.DIFFERENT)
    is_reissued = name == "personal_id" and record.identity.personal_id != first.personal_id
    return Verdict.SIMILAR if verdict is Verdict.SAME and is_reissued else verdict


def _cell(name: str, record: Record, verdict: Verdict | None, *, shown: bool) -> Cell:
    value = record.identity.record()[name] or ""
    return Cell(readable(name, value) if shown else "", bool(value), verdict)


def readable(name: str, value: str) -> str:
    """As people here write it; a sex stays the word of the record and is translated by the page."""
    if name == "birthdate" and len(value) == 10:
        year, month, day = value.split("-")
        return f"{day}/{month}/{year}"
    if name == "personal_id" and len(value) == 12:
        return f"{value[:3]} {value[3:6]} {value[6:9]} {value[9:]}"
    return value
