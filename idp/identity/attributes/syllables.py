"""The shape of a Kinh (majority Vietnamese) syllable: letters, rimes and the one tone it may carry.

Used to tell a name of the family-middle-given order from others and a mis-read legacy name from a real
one. It never decides that a name is wrong: one Vietnamese in seven has a name of another shape.
"""

import re
import unicodedata

TONE_MARKS = "\u0301\u0300\u0309\u0303\u0323"
"""Acute, grave, hook above, tilde, dot below: the position in this string is the tone, less one."""

_ONSETS = "ngh ng nh gh gi kh ph qu th tr ch b c d đ g h k l m n p r s t v x"
_OPEN_RIMES = (
    "a ai ao au ay âu ây e eo ê êu i ia iu iêu o oa oai oao oay oe oeo oi ô ôi ơ ơi u ua uê ui uôi uơ"
    " uy uya uyu uây uai ưa ưi ươi ươu ưu ư y yêu"
)
_CLOSED_NUCLEI = "a ă â e ê i iê o oa oă oe ô ơ u uâ uê uô uy uyê ư ươ y yê"
_CODAS = "ch ng nh c m n p t"


def is_kinh_syllable(token: str) -> bool:
    """Whether the token is a well-formed syllable with its marks, or one written wholly without them."""
    decomposed = unicodedata.normalize("NFD", token.casefold())
    tones = [mark for mark in decomposed if mark in TONE_MARKS]
    toneless = unicodedata.normalize("NFC", "".join(mark for mark in decomposed if mark not in TONE_MARKS))
    if len(tones) > 1:
        return False
    if toneless.isascii() and not tones:
        return _UNMARKED_SYLLABLE.fullmatch(toneless) is not None
    if _OFFGLIDE.search(toneless) and decomposed[-1] in TONE_MARKS:
        return False
    return _SYLLABLE.fullmatch(toneless) is not None


def without_marks(text: str) -> str:
    """Every combining mark off, and `đ`, which has no decomposition, as `d`."""
    decomposed = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    latin = _LATIN_MARKS.sub("", decomposed)
    if latin.isascii():
        return latin
    return unicodedata.normalize(
        "NFC", "".join(character for character in decomposed if not unicodedata.combining(character))
    )


def _pattern(onsets: str, open_rimes: str, closed_nuclei: str) -> re.Pattern[str]:
    onset, open_rime, nucleus, coda = ("|".join(part.split()) for part in (onsets, open_rimes, closed_nuclei, _CODAS))
    # `gi` alone is a syllable (gì): its i is onset and rime at once.
    return re.compile(f"(?:{onset})?(?:{open_rime}|(?:{nucleus})(?:{coda}))|gi(?:{coda})?")


_LATIN_MARKS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_SYLLABLE = _pattern(_ONSETS, _OPEN_RIMES, _CLOSED_NUCLEI)
_UNMARKED_SYLLABLE = _pattern(without_marks(_ONSETS), without_marks(_OPEN_RIMES), without_marks(_CLOSED_NUCLEI))
# Two vowels of which the last only closes the first (ao, ôi, iu, but not giò, quí): it never bears the tone.
_OFFGLIDE = re.compile("(?:[aeoyăâêôơư]|(?<!g)i|(?<!q)u)[oiu]$")
