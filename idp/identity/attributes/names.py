"""How alike two names are, as one of the levels of the matching policy.

Hoàng and Huỳnh, Vũ and Võ are regional twins but distinct legal names: nothing here equates them.
"""

from collections.abc import Sequence
from enum import StrEnum

from idp.identity.attributes.name_forms import (
    carries_marks,
    letter_form,
    plain_form,
    tone_form,
    unmarked_form,
    vowel_form,
)
from idp.identity.attributes.name_parts import surname_length


class NameLevel(StrEnum):
    """From the strongest likeness to none; the order of the members is the order of the tests."""

    N0 = "N0"
    """Written the same."""
    N1 = "N1"
    """The same but for case and the place of tone marks."""
    N2 = "N2"
    """The same but for y and i."""
    N3 = "N3"
    """The same letters, one side written without any marks."""
    NT = "NT"
    """The same letters, both sides with marks, and the marks differ: different names."""
    N4 = "N4"
    """The same words in another order."""
    N5 = "N5"
    """A middle word missing on one side."""
    N6 = "N6"
    """One letter apart, outside the surname."""
    NX = "NX"
    """Different."""
    MISSING = "N?"
    """A side has no name."""


def compare_names(a: str, b: str) -> NameLevel:
    """The level of the pair; symmetric. Takes linear time, so a name of any length is safe to pass."""
    first, second = plain_form(a), plain_form(b)
    if not first or not second:
        return NameLevel.MISSING
    if first == second:
        return NameLevel.N0
    # The forms write tones as digits: a name that brings digits of its own must not profit from that.
    if any(character.isdigit() for character in first + second):
        return NameLevel.N1 if first.casefold() == second.casefold() else NameLevel.NX
    # A name without marks has the tone and vowel forms of no name with marks.
    if first.casefold().isascii() is second.casefold().isascii():
        if tone_form(first) == tone_form(second):
            return NameLevel.N1
        if vowel_form(first) == vowel_form(second):
            return NameLevel.N2
    return _compare_unequal(first, second)


def _compare_unequal(first: str, second: str) -> NameLevel:
    both_marked = carries_marks(first) and carries_marks(second)
    letters = letter_form(first)
    if letters and letters == letter_form(second):
        return NameLevel.NT if both_marked else NameLevel.N3
    form = vowel_form if both_marked else unmarked_form
    one, other = form(first).split(), form(second).split()
    if sorted(one) == sorted(other):
        return NameLevel.N4
    surname = max(surname_length(first.split()), surname_length(second.split()))
    if _lacks_a_middle_word(one, other, surname) or _lacks_a_middle_word(other, one, surname):
        return NameLevel.N5
    spelled = first.casefold().split(), second.casefold().split()
    if _one_letter_apart(one, other, surname) or _one_letter_apart(*spelled, surname):
        return NameLevel.N6
    return NameLevel.NX


def _lacks_a_middle_word(longer: Sequence[str], shorter: Sequence[str], surname: int) -> bool:
    if len(longer) != len(shorter) + 1:
        return False
    return any(
        [*longer[:position], *longer[position + 1 :]] == list(shorter) for position in range(surname, len(longer) - 1)
    )


def _one_letter_apart(one: Sequence[str], other: Sequence[str], surname: int) -> bool:
    if list(one[:surname]) != list(other[:surname]):
        return False
    # Highland names (Y …, H' …) carry the clan's name last: there the last word is a surname too.
    if one[0] in ("y", "h'") and one[-1] != other[-1]:
        return False
    return _one_edit(" ".join(one[surname:]), " ".join(other[surname:]))


def _one_edit(one: str, other: str) -> bool:
    """One character put in, left out or exchanged."""
    shorter, longer = sorted((one, other), key=len)
    if one == other or len(longer) - len(shorter) > 1:
        return False
    start = next(
        (index for index, pair in enumerate(zip(shorter, longer, strict=False)) if pair[0] != pair[1]),
        len(shorter),
    )
    return shorter[start + (len(shorter) == len(longer)) :] == longer[start + 1 :]
