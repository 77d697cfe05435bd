"""The family, middle and given parts of a full name. Derived for display and for standard claims only:
the full name stays authoritative and is never rebuilt from its parts."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from idp.identity.attributes.syllables import is_kinh_syllable

_COMPOUND_SURNAMES = frozenset(
    {("tôn", "thất"), ("tôn", "nữ"), ("âu", "dương"), ("hoàng", "phủ"), ("công", "tằng"), ("tư", "mã")}
)
# Hmong and Khmer surnames whose bearers follow an order of their own.
_OTHER_ORDER_SURNAMES = frozenset({"giàng", "sùng", "thào", "vừ", "mùa", "lầu", "thạch", "danh"})


@dataclass(frozen=True, repr=False)
class NameParts:
    """Empty strings where the order of the name is not known."""

    family_name: str = ""
    middle_name: str = ""
    given_name: str = ""

    def __repr__(self) -> str:
        return "NameParts(…)"


def split_name(name: str) -> NameParts:
    """First token, last token and the rest; all empty for one token and for names of another order."""
    tokens = unicodedata.normalize("NFC", name).split()
    if len(tokens) < 2 or not _follows_family_middle_given(tokens):
        return NameParts()
    length = surname_length(tokens)
    return NameParts(
        family_name=" ".join(tokens[:length]),
        middle_name=" ".join(tokens[length:-1]),
        given_name=tokens[-1],
    )


def surname_length(tokens: Sequence[str]) -> int:
    """How many leading tokens are the surname: two for the compound ones, else one. Wants NFC tokens."""
    opening = tuple(token.casefold() for token in tokens[:2])
    return 2 if len(tokens) > 2 and opening in _COMPOUND_SURNAMES else 1


def _follows_family_middle_given(tokens: Sequence[str]) -> bool:
    first = tokens[0].casefold()
    if first == "y" or first in _OTHER_ORDER_SURNAMES:
        return False
    return all(is_kinh_syllable(token) for token in tokens)
