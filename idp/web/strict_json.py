"""JSON from strangers, read in one way only: UTF-8, no name twice, no NaN, no half letters, no endless nesting."""

import json
import re
from typing import Any, Final, NoReturn

_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(document: bytes) -> Any:
    """The document as Python values. Raises ValueError, which never quotes the document."""
    try:
        text = document.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_no_constant)
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
