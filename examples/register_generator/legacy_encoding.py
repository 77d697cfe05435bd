"""Names as a computer of 1998 keeps them: TCVN3 or VNI bytes, read by today's programs as Latin-1."""

import unicodedata

_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")  # none, grave, hook, tilde, acute, dot

# TCVN3, by vowel in the order above: the byte of each tone, none first.
_TCVN3_BYTES = (
    "61 b5 b6 b7 b8 b9",
    "a8 bb bc bd be c6",
    "a9 c7 c8 c9 ca cb",
    "65 cc ce cf d0 d1",
    "aa d2 d3 d4 d5 d6",
    "69 d7 d8 dc dd de",
    "6f df e1 e2 e3 e4",
    "ab e5 e6 e7 e8 e9",
    "ac ea eb ec ed ee",
    "75 ef f1 f2 f3 f4",
    "ad f5 f6 f7 f8 f9",
    "79 fa fb fc fd fe",
)
_TCVN3_CAPITALS = {"Ă": "a1", "Â": "a2", "Ê": "a3", "Ô": "a4", "Ơ": "a5", "Ư": "a6", "Đ": "a7"}

# VNI, what follows a bare vowel: by the sign over it, the byte of each tone.
_VNI_AFTER = {
    "": (None, "f8", "fb", "f5", "f9", "ef"),
    "\u0302": ("e2", "e0", "e5", "e3", "e1", "e4"),
    "\u0306": ("ea", "e8", "fa", "fc", "e9", "eb"),
}
_VNI_I = ("69", "ec", "e6", "f3", "ed", "f2")
_VNI_WHOLE = {"ơ": "f4", "ư": "f6", "đ": "f1", "Ơ": "d4", "Ư": "d6", "Đ": "d1", "ỵ": "ee", "Ỵ": "ce"}


def as_tcvn3(name: str) -> str:
    """Capitals with a tone exist only as a capital font over the small letters: their case is lost."""
    return "".join(_tcvn3_letter(letter) for letter in unicodedata.normalize("NFC", name))


def as_vni(name: str) -> str:
    return "".join(_vni_letter(letter) for letter in unicodedata.normalize("NFC", name))


def _tcvn3_letter(letter: str) -> str:
    if letter in _TCVN3_CAPITALS:
        return _latin1(_TCVN3_CAPITALS[letter])
    if letter == "đ":
        return _latin1("ae")
    vowel, tone = _vowel_and_tone(letter)
    if vowel not in _VOWELS or letter.isascii():
        return letter
    return _latin1(_TCVN3_BYTES[_VOWELS.index(vowel)].split()[tone])


def _vni_letter(letter: str) -> str:
    if letter in _VNI_WHOLE:
        return _latin1(_VNI_WHOLE[letter])
    vowel, tone = _vowel_and_tone(letter)
    if vowel not in _VOWELS or letter.isascii():
        return letter
    if vowel == "i":
        written = _latin1(_VNI_I[tone])
    elif vowel in "ơư":
        written = _latin1(_VNI_WHOLE[vowel]) + _latin1(_VNI_AFTER[""][tone])
    else:
        base, sign = (*unicodedata.normalize("NFD", vowel), "")[:2]
        written = base + _latin1(_VNI_AFTER[sign][tone])
    return written.upper() if letter.isupper() else written


def _vowel_and_tone(letter: str) -> tuple[str, int]:
    decomposed = unicodedata.normalize("NFD", letter.lower())
    tone = next((index for index, mark in enumerate(_TONES) if mark and mark in decomposed), 0)
    return unicodedata.normalize("NFC", decomposed.replace(_TONES[tone], "") if tone else decomposed), tone


def _latin1(byte: str | None) -> str:
    return bytes.fromhex(byte).decode("latin-1") if byte else ""
