"""What people put around and between digits, taken away before any rule looks at a number."""

import unicodedata

from idp.identity.identifiers.kinds import IdentifierKind, InvalidIdentifier

_MAX_LENGTH = 64
_SEPARATOR_CATEGORIES = frozenset({"Zs", "Pd", "Cf"})
"""Spaces, dashes of every length, invisible format characters."""


def compact(text: str, kind: IdentifierKind) -> str:
    """Full-width characters made plain; spaces, dots and dashes removed.

    Raises `InvalidIdentifier`: `missing` where nothing is left, `invalid_length` before any work on a text
    longer than anybody types.
    """
    if len(text) > _MAX_LENGTH:
        raise InvalidIdentifier(kind, "invalid_length")
    if is_digits(text):
        return text
    compacted = "".join(character for character in unicodedata.normalize("NFKC", text) if not _is_separator(character))
    if not compacted:
        raise InvalidIdentifier(kind, "missing")
    return compacted


def is_digits(text: str) -> bool:
    """ASCII digits only: `str.isdigit` alone also takes those of other scripts."""
    return text.isascii() and text.isdigit()


def _is_separator(character: str) -> bool:
    return character in ".\u2212" or character.isspace() or unicodedata.category(character) in _SEPARATOR_CATEGORIES
