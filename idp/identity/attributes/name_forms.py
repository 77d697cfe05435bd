"""The normal forms of a name, each coarser than the one before. Pure text in, text out.

A form is for comparing, never for showing or storing: what the register wrote stays as it was written.
"""

import re
import unicodedata

from idp.identity.attributes.syllables import TONE_MARKS, without_marks

_REPLACED = str.maketrans(
    {
        "\u00d0": "Đ",  # Eth, which looks the same as D with stroke
        "\u0189": "Đ",
        "\u00f0": "đ",
        "\u0256": "đ",
        "\u2019": "'",
        "\u02bc": "'",
        "\u00b4": "'",
    }
)
# Letters and signs of which nothing is to be replaced or removed: nearly every name has no others.
_USUAL = re.compile(
    "[\\x00-\\xac\\xae-\\xb3\\xb5-\\xcf\\xd1-\\xef\\xf1-\\u0188\\u018a-\\u0255\\u0257-\\u02bb\\u02bd-\\u02ff\\u1ea0-\\u1eff]*"
)
_NO_ASCII_LETTERS = re.compile("[^A-Za-z]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_Y_FOR_I = re.compile(r"(?:[hklmstv]|qu)y")


def plain_form(name: str) -> str:
    """N0: one code point sequence for one drawing; format characters removed, spaces collapsed."""
    composed = unicodedata.normalize("NFC", name)
    if _USUAL.fullmatch(composed):
        return " ".join(composed.split())
    replaced = composed.translate(_REPLACED)
    visible = "".join(character for character in replaced if unicodedata.category(character) != "Cf")
    return " ".join(unicodedata.normalize("NFC", visible).translate(_REPLACED).split())


def tone_form(name: str) -> str:
    """N1: N0 without case, each syllable's tone lifted out and appended as a digit: hòa, hoà → hoa2.

    Where the tone mark stands is a habit of typing; which tone it is makes the name.
    """
    return _lift(plain_form(name).casefold())


def vowel_form(name: str) -> str:
    """N2: N1 with y written i where both spellings are one syllable: lý = lí, quý = quí, but not thúy."""
    return _LETTERS.sub(
        lambda match: match[0][:-1] + "i" if _Y_FOR_I.fullmatch(match[0]) else match[0], tone_form(name)
    )


def letter_form(name: str) -> str:
    """N3: the bare letters, without marks, case, spaces or signs."""
    unmarked = unmarked_form(name)
    if unmarked.isascii():
        return _NO_ASCII_LETTERS.sub("", unmarked)
    return "".join(character for character in unmarked if character.isalpha())


def unmarked_form(name: str) -> str:
    """N3 with its word boundaries kept, for comparing token by token."""
    return without_marks(plain_form(name).casefold())


def carries_marks(name: str) -> bool:
    return not plain_form(name).isascii()


def _lift(text: str) -> str:
    lifted: list[str] = []
    tones: list[str] = []
    for character in unicodedata.normalize("NFD", text):
        if character in TONE_MARKS:
            tones.append(str(TONE_MARKS.index(character) + 1))
            continue
        # A syllable is a run of letters, not a word: in a hyphenated name each part keeps its own tone.
        if not (character.isalpha() or unicodedata.combining(character)):
            lifted += tones
            tones = []
        lifted.append(character)
    return unicodedata.normalize("NFC", "".join(lifted + tones))
