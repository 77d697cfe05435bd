"""What a case is called on the telephone: `MC-7K4P-2Q9F`, seven random characters and one that checks them. Pure.

The alphabet has no two characters that look or sound alike, and 23 of them: with a prime number of characters, one
wrong character and two neighbours swapped are always noticed.
"""

import secrets
from typing import Final

ALPHABET: Final = "23456789ACDEFHKMPQRTVXY"
_RANDOM: Final = 7
_PREFIX: Final = "MC"
_LONGEST_TYPED: Final = 40


def new_reference() -> str:
    """One of 3.4 thousand million; whoever stores it meets a unique key."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM))
    return _written(drawn + _check_character(drawn))


def read_reference(typed: str) -> str | None:
    """The reference as it is stored, however it was typed or dictated; None where it cannot be one."""
    characters = "".join(character for character in typed[:_LONGEST_TYPED].upper() if character.isalnum())
    characters = characters.removeprefix(_PREFIX) if len(characters) > _RANDOM + 1 else characters
    if len(characters) != _RANDOM + 1 or any(character not in ALPHABET for character in characters):
        return None
    if _check_character(characters[:_RANDOM]) != characters[_RANDOM]:
        return None
    return _written(characters)


def _check_character(characters: str) -> str:
    weighed = sum(place * ALPHABET.index(character) for place, character in enumerate(characters, 2))
    return ALPHABET[-weighed % len(ALPHABET)]


def _written(characters: str) -> str:
    return f"{_PREFIX}-{characters[:4]}-{characters[4:]}"
