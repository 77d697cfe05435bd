"""What clerks, keyboards and programs do to a name. Each function takes the right name and gives the wrong one."""

import re
import unicodedata

from examples.register_generator.dice import Dice
from examples.register_generator.legacy_encoding import as_tcvn3, as_vni

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_OPEN_RIME = re.compile(f"(o[{_TONES}][ae]|u[{_TONES}]y)(?=[^a-z]|$)", re.IGNORECASE)
_ODD_SPACES = ("\u00a0", "  ", "\u200b ", " \ufeff")
_KEYS = "abcdeghiklmnopqrstuvxy"
_SPACE = " "


def without_marks(name: str, dice: Dice) -> str:
    bare = "".join(mark for mark in unicodedata.normalize("NFD", name) if not unicodedata.combining(mark))
    bare = bare.replace("đ", "d").replace("Đ", "D")
    return bare.upper() if dice.chance(0.5) else bare


def tone_placed_otherwise(name: str) -> str:
    """hoà for hòa, thuý for thúy; nothing where there is only one place for it."""
    decomposed = unicodedata.normalize("NFD", name)
    return unicodedata.normalize("NFC", _OPEN_RIME.sub(lambda rime: rime[0][0] + rime[0][2] + rime[0][1], decomposed))


def with_odd_characters(name: str, dice: Dice) -> str:
    """Eth for Đ, which looks the same; and a space that is none, or more than one."""
    if dice.chance(0.5):
        name = name.replace("Đ", "\u00d0").replace("đ", "\u00f0")
    first, space, rest = name.partition(_SPACE)
    return first + (dice.one_of(_ODD_SPACES) if space else "") + rest


def in_legacy_bytes(name: str, dice: Dice) -> str:
    return as_tcvn3(name) if dice.chance(0.6) else as_vni(name)


def with_wrong_letter(name: str, dice: Dice) -> str:
    """One letter exchanged, left out or doubled, anywhere, as it happens; it stays a name with its capitals."""
    positions = [index for index, letter in enumerate(name) if letter.islower()]
    if not positions:
        return name
    place = dice.one_of(positions)
    put_in = dice.one_of((dice.one_of(_KEYS), "", name[place] * 2))
    return name[:place] + put_in + name[place + 1 :]


def with_wrong_tone(name: str, dice: Dice) -> str:
    """Another tone on one syllable, or none: Hoa for Hòa."""
    words = name.split(_SPACE)
    place = dice.below(len(words))
    decomposed = unicodedata.normalize("NFD", words[place])
    toneless = "".join(mark for mark in decomposed if mark not in _TONES)
    had = [mark for mark in decomposed if mark in _TONES]
    vowel = _main_vowel(toneless)
    if vowel is None:
        return name
    tone = dice.one_of([mark for mark in ("", *_TONES) if [mark] != had and (mark or had)])
    words[place] = unicodedata.normalize("NFC", toneless[:vowel] + tone + toneless[vowel:])
    return _SPACE.join(words)


def without_middle_name(name: str, dice: Dice) -> str:
    words = name.split(_SPACE)
    if len(words) < 3:
        return name
    del words[1 + dice.below(len(words) - 2)]
    return _SPACE.join(words)


def in_other_order(name: str, dice: Dice) -> str:
    """The surname last, or all words turned round, as forms of other countries ask for it."""
    words = name.split(_SPACE)
    return _SPACE.join([*words[1:], words[0]] if dice.chance(0.5) else words[::-1])


def _main_vowel(toneless: str) -> int | None:
    """Behind which character of a decomposed syllable its tone goes: a vowel with a sign, or the first of two
    open ones, or the last before a consonant."""
    last = None
    for index, character in enumerate(toneless):
        if unicodedata.combining(character):
            return index + 1
        if character.lower() in "aeiouy" and (last is None or index + 1 < len(toneless)):
            last = index + 1
    return last
