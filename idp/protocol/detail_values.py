"""The kinds of value a field of `authorization_details` may have. None of them is free text: what a service sends
is shown to a person who decides by it, and must not be able to speak to them."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final

# No single act at a public service comes near it; a longer number is a mistake, or meant to be misread.
MOST_DONG: Final = 10**15

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH: Final = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])")
_PERIOD: Final = re.compile(r"(?:19|20)[0-9]{2}(?:-(?:Q[1-4]|0[1-9]|1[0-2]))?")
_CODE: Final = re.compile(r"(?=.*[0-9])[A-Z0-9](?:[A-Z0-9./-]{0,18}[A-Z0-9])?")


class Kind(StrEnum):
    """`amount` is a whole number of đồng; `period` a year, a quarter (`2026-Q1`) or a month."""

    CHOICE = "choice"
    DATE = "date"
    MONTH = "month"
    PERIOD = "period"
    AMOUNT = "amount"
    CODE = "code"


def is_value_of(kind: Kind, value: object, choices: Mapping[str, object]) -> bool:
    if kind is Kind.CHOICE:
        return isinstance(value, str) and value in choices
    return _CHECKS[kind](value)


def _is_date(value: object) -> bool:
    if not _matches(_DATE, value):
        return False
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _is_amount(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_DONG


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


_CHECKS: Final[Mapping[Kind, Callable[[object], bool]]] = {
    Kind.DATE: _is_date,
    Kind.MONTH: lambda value: _matches(_MONTH, value),
    Kind.PERIOD: lambda value: _matches(_PERIOD, value),
    Kind.AMOUNT: _is_amount,
    Kind.CODE: lambda value: _matches(_CODE, value),
}
