"""The family, middle and given parts of a full name. Derived for display and for standard claims only:
the full name stays authoritative and is never rebuilt from its parts."""

import re
import unicodedata
from dataclasses import dataclass

_COMPOUND_SURNAMES = frozenset(
    {("tôn", "thất"), ("tôn", "nữ"), ("âu", "dương"), ("hoàng", "phủ"), ("công", "tằng"), ("tư", "mã")}
)
# Hmong and Khmer surnames whose bearers follow an order of their own (domain: leave the parts empty).
_OTHER_ORDER_SURNAMES = frozenset({"giàng", "sùng", "thào", "vừ", "mùa", "lầu", "thạch", "danh"})
# The shape of a Kinh syllable once its marks are off. A token of another shape (Bhiăt, Mlô, H')
# belongs to a language whose names are not family-middle-given.
_KINH_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnprstvx])?"
    r"(?!ie$)[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?"
)


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
    surname_length = 2 if len(tokens) > 2 and _lowered(tokens[:2]) in _COMPOUND_SURNAMES else 1
    return NameParts(
        family_name=" ".join(tokens[:surname_length]),
        middle_name=" ".join(tokens[surname_length:-1]),
        given_name=tokens[-1],
    )


def _follows_family_middle_given(tokens: list[str]) -> bool:
    lowered = _lowered(tokens)
    if lowered[0] == "y" or lowered[0] in _OTHER_ORDER_SURNAMES:
        return False
    return all(_KINH_SYLLABLE.fullmatch(_bare(token)) for token in lowered)


def _lowered(tokens: list[str]) -> tuple[str, ...]:
    return tuple(token.casefold() for token in tokens)


def _bare(token: str) -> str:
    decomposed = unicodedata.normalize("NFD", token).replace("đ", "d")
    return "".join(character for character in decomposed if not unicodedata.combining(character))
