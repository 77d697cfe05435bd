"""Names of old registers in TCVN3 (ABC) or VNI bytes that were read as Latin-1, put right.

For the import of a register only, never for a login. It changes a name only where that is certain: as it
stands it is no Vietnamese name, and exactly one of the two encodings makes every word a syllable.
"""

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum

from idp.identity.attributes.syllables import is_kinh_syllable

# TCVN 5712:1993, third character set: one byte a letter. Capitals with a tone exist only as a capital font
# over the small letters, so their case is lost in the text.
_TCVN3 = str.maketrans(
    "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
    "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
)
# VNI for Windows: a base letter, then a character for what stands above or below it.
_VNI_LETTERS = str.maketrans("ñÑôÔöÖæÆóÓòÒîÎ", "đĐơƠưƯỉỈĩĨịỊỵỴ")
_VNI_MARKS = {
    "ù": "\u0301",
    "ø": "\u0300",
    "û": "\u0309",
    "õ": "\u0303",
    "ï": "\u0323",
    "â": "\u0302",
    "á": "\u0302\u0301",
    "à": "\u0302\u0300",
    "å": "\u0302\u0309",
    "ã": "\u0302\u0303",
    "ä": "\u0302\u0323",
    "ê": "\u0306",
    "é": "\u0306\u0301",
    "è": "\u0306\u0300",
    "ú": "\u0306\u0309",
    "ü": "\u0306\u0303",
    "ë": "\u0306\u0323",
}
_VNI_VOWEL = re.compile("([aeouyôöAEOUYÔÖ])([" + "".join(_VNI_MARKS) + "])", re.IGNORECASE)
_LATIN1_LETTER = re.compile("[\u00a1-\u00ff]")


class LegacyEncoding(StrEnum):
    TCVN3 = "tcvn3"
    VNI = "vni"


def detect_legacy(name: str) -> LegacyEncoding | None:
    """The encoding the name must have been in; `None` for a proper name and for one we cannot tell."""
    latin1_only = all(ord(character) <= 0xFF for character in name)
    if not latin1_only or not _LATIN1_LETTER.search(name) or _reads_as_name(name):
        return None
    fitting = [encoding for encoding, decode in _DECODERS.items() if _reads_as_name(decode(name))]
    return fitting[0] if len(fitting) == 1 else None


def transcode_legacy(name: str) -> str:
    """The name in Unicode, NFC; unchanged where `detect_legacy` finds nothing."""
    encoding = detect_legacy(name)
    return name if encoding is None else _DECODERS[encoding](name)


def _from_tcvn3(name: str) -> str:
    return " ".join(_cased_like(word, word.translate(_TCVN3)) for word in name.split())


def _from_vni(name: str) -> str:
    marked = _VNI_VOWEL.sub(lambda pair: pair[1] + _VNI_MARKS[pair[2].lower()], name)
    return unicodedata.normalize("NFC", marked.translate(_VNI_LETTERS))


def _cased_like(word: str, decoded: str) -> str:
    plain_letters = [letter for letter in word if letter.isascii() and letter.isalpha()]
    if len(plain_letters) > 1 and all(letter.isupper() for letter in plain_letters):
        return decoded.upper()
    return decoded[:1].upper() + decoded[1:]


def _reads_as_name(name: str) -> bool:
    words = name.split()
    return all(_consistent_case(word) and is_kinh_syllable(word) for word in words)


def _consistent_case(word: str) -> bool:
    return word in (word.lower(), word.upper(), word[:1].upper() + word[1:].lower())


_DECODERS: dict[LegacyEncoding, Callable[[str], str]] = {
    LegacyEncoding.TCVN3: _from_tcvn3,
    LegacyEncoding.VNI: _from_vni,
}
