"""What a text costs on the air: GSM 7-bit or UCS-2, and in how many parts (3GPP TS 23.038, TS 23.040)."""

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these travels as an escape and a second septet, which must not be torn apart.
_EXTENDED = frozenset("\f^{}\\[~]|€")
_STROKE_D = str.maketrans("đĐÐð", "dDDd")


class SmsEncoding(StrEnum):
    GSM_7 = "gsm-7"
    UCS_2 = "ucs-2"


class Segments(NamedTuple):
    encoding: SmsEncoding
    parts: int


def segments(text: str) -> Segments:
    """How `text` travels: one part of 160 septets or 70 UTF-16 units, else parts of 153 or 67."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        sizes = [2 if character in _EXTENDED else 1 for character in text]
        return Segments(SmsEncoding.GSM_7, _parts(sizes, alone=160, joined=153))
    sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Segments(SmsEncoding.UCS_2, _parts(sizes, alone=70, joined=67))


def without_marks(text: str) -> str:
    """Vietnamese as old phones type it: no tone or letter marks, đ as d. Other scripts stay."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_STROKE_D))
    return re.sub(r"\s+", " ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()


def _parts(sizes: list[int], *, alone: int, joined: int) -> int:
    if sum(sizes) <= alone:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > joined:
            parts, used = parts + 1, 0
        used += size
    return parts
