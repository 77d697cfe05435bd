"""Birth dates as registers hold them: a day, a year alone, or a date that never was.

Nothing is repaired here: an impossible date stays as it was written and agrees with no other.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_MAX_LENGTH = 32
_SHAPE = re.compile(r"(\d{4})(?:-(\d{2})-(\d{2}))?", re.ASCII)


class BirthDatePrecision(StrEnum):
    DAY = "day"
    YEAR = "year"
    NONE = "none"
    """Text that is no date: kept, and never equal to anything."""


class BirthDateAgreement(StrEnum):
    D0 = "D0"
    """The same full date."""
    D1 = "D1"
    """The same year, and a side knows only the year or holds the first of January."""
    D2 = "D2"
    """Day and month exchanged."""
    DX = "DX"
    """Different, or a side is no date."""
    MISSING = "D?"
    """A side has no birth date."""


@dataclass(frozen=True, repr=False)
class BirthDate:
    text: str
    precision: BirthDatePrecision
    year: int | None = None
    """Known also for an impossible day of a known year, such as 30 February 1970."""
    month: int | None = None
    day: int | None = None

    def __repr__(self) -> str:
        return f"BirthDate(…, precision={self.precision.value})"

    @property
    def may_be_year_only(self) -> bool:
        """The year alone, or the first of January that clerks write where they know no more."""
        return self.precision is BirthDatePrecision.YEAR or (self.month, self.day) == (1, 1)

    def age_on(self, today: date) -> int | None:
        """Completed years; where only the year is known, the least it can be. `None` for no date."""
        if self.year is None or self.precision is BirthDatePrecision.NONE:
            return None
        birthday = (self.month or 12, self.day or 31)
        return today.year - self.year - ((today.month, today.day) < birthday)


def parse_birth_date(text: str) -> BirthDate:
    """Reads `YYYY-MM-DD` and `YYYY` (OpenID Connect Core 1.0 §5.1); never raises."""
    if len(text) > _MAX_LENGTH:
        return BirthDate(text[:_MAX_LENGTH], BirthDatePrecision.NONE)
    written = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
    match = _SHAPE.fullmatch(written)
    if match is None or match[1] == "0000":
        return BirthDate(written, BirthDatePrecision.NONE)
    year = int(match[1])
    if match[2] is None:
        return BirthDate(written, BirthDatePrecision.YEAR, year)
    month, day = int(match[2]), int(match[3])
    try:
        date(year, month, day)
    except ValueError:
        return BirthDate(written, BirthDatePrecision.NONE, year)
    return BirthDate(written, BirthDatePrecision.DAY, year, month, day)


def compare_birth_dates(a: BirthDate | None, b: BirthDate | None) -> BirthDateAgreement:
    if a is None or b is None or not a.text or not b.text:
        return BirthDateAgreement.MISSING
    if BirthDatePrecision.NONE in (a.precision, b.precision) or a.year != b.year:
        return BirthDateAgreement.DX
    if a.precision is b.precision is BirthDatePrecision.DAY and (a.month, a.day) == (b.month, b.day):
        return BirthDateAgreement.D0
    if a.may_be_year_only or b.may_be_year_only:
        return BirthDateAgreement.D1
    if (a.month, a.day) == (b.day, b.month):
        return BirthDateAgreement.D2
    return BirthDateAgreement.DX
