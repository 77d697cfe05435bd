"""JSON from strangers, read in one way only: UTF-8, no name twice, no NaN, no endless nesting."""

import json
from typing import Any, NoReturn


def parse_json(document: bytes) -> Any:
    """The document as Python values. Raises ValueError, which never quotes the document."""
    try:
        text = document.decode("utf-8")
        return json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ValueError("not strict JSON") from None


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
