"""A service's or a source's name as it may stand in a letter: readable in its own letters, and never bait.

Names are chosen by others: a mail program would make a link of `example.vn` and a number to call of a row of digits.
"""

import re
import unicodedata
from typing import Final

_LONGEST: Final = 80
_MOST_DIGITS: Final = 4
_NOT_READABLE: Final = re.compile(r"[^\w ,()'&-]+|_+|\b(?:https?|www)\b", re.IGNORECASE)


def readable_label(name: str) -> str:
    """One line of letters, few digits and plain punctuation; empty where no letter is left."""
    normal = unicodedata.normalize("NFC", name[: 4 * _LONGEST])
    plain = " ".join(_NOT_READABLE.sub(" ", normal).split())
    if sum(character.isdigit() for character in plain) > _MOST_DIGITS:
        plain = " ".join(re.sub(r"\d+", " ", plain).split())
    plain = plain[:_LONGEST].strip(" ,-('&")
    return plain if any(character.isalpha() for character in plain) else ""
