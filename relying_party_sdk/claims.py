"""Reading claims by type: a claim of the wrong type counts as absent here, and callers decide what absence means."""

from __future__ import annotations

from collections.abc import Mapping

MAX_SUBJECT_LENGTH = 255
MAX_TEXT_LENGTH = 1024


def number(claims: Mapping[str, object], name: str) -> float | None:
    """A finite NumericDate (RFC 7519 §2); `true` is not a number."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # NaN and infinity fail the comparison too.
    return value if abs(value) < 2**53 else None


def optional_text(claims: Mapping[str, object], name: str) -> str | None:
    """A non-empty string of reasonable length."""
    value = claims.get(name)
    return value if isinstance(value, str) and 0 < len(value) <= MAX_TEXT_LENGTH else None


def text_list(claims: Mapping[str, object], name: str) -> tuple[str, ...]:
    """A list of strings; empty when anything else is in it."""
    value = claims.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return ()
    return tuple(value)
