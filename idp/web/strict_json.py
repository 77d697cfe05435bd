"""JSON from strangers, read in one way only: UTF-8, no name twice, no NaN, no half letters, no endless nesting."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any, Final, NoReturn

MOST_LEVELS: Final = 32
# Beyond 64 bits not every program reads what another wrote (RFC 8259 §6).
_MOST_DIGITS: Final = 20
_INT64: Final = 2**63
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(document: bytes) -> Any:
    """The document as Python values. Raises ValueError, which never quotes the document."""
    try:
        text = document.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_each_name_once,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_finite,
        )
        if text.count("[") + text.count("{") > MOST_LEVELS:
            # Only then can it be nested deeper.
            _check_levels(value)
        if _SURROGATE.search(text):
            # One without its other half is a text that no database and no hash takes (RFC 8259 §8.2).
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except (ValueError, RecursionError):
        raise ValueError("not strict JSON") from None


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS or not -_INT64 <= (number := int(digits)) < _INT64:
        raise ValueError("a number is too large")
    return number


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError("a number is too large")
    return number


def _check_levels(value: object) -> None:
    """Level by level, so that what is nested too deep for a program that recurses is not walked by recursion."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for outer in level for inner in _members(outer) if isinstance(inner, (dict, list))]
        if not level:
            return
    raise ValueError("nested too deep")


def _members(outer: object) -> Iterable[object]:
    if isinstance(outer, dict):
        return outer.values()
    return outer if isinstance(outer, list) else ()
