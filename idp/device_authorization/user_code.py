"""The code that a device shows and a person types: made, shown, and read whatever it was typed with. Pure."""

import secrets
import unicodedata
from collections.abc import Callable
from typing import Final

# No vowel, so that no word comes up (RFC 8628 §6.1), no digit, nothing that looks like another letter. No W, and never
# two Ds in a row: a Vietnamese keyboard (Telex) makes ư of the one and đ of the other.
ALPHABET: Final = "BCDFGHJKLMNPQRSTVXZ"
LENGTH: Final = 9
_PART: Final = LENGTH // 3
_LONGEST_TYPED: Final = 64


def new_user_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """Some 38 bits; `limits` says how many of them may be tried."""
    while True:
        code = "".join(choose(ALPHABET) for _ in range(LENGTH))
        if "DD" not in code:
            return code


def shown(code: str) -> str:
    """In three parts, as it is read aloud: `BCD-FGH-JKL`."""
    return "-".join(code[start : start + _PART] for start in range(0, LENGTH, _PART))


def canonical(typed: str) -> str | None:
    """What was typed, without what people add: case, full-width letters, spaces, dashes, dots (RFC 8628 §6.1).

    None for what can be no code of ours.
    """
    if len(typed) > _LONGEST_TYPED:
        return None
    letters = unicodedata.normalize("NFKC", typed).upper()
    kept = "".join(letter for letter in letters if unicodedata.category(letter)[0] not in "PZCS")
    return kept if len(kept) == LENGTH and set(kept) <= set(ALPHABET) else None
