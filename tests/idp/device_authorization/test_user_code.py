"""The code that is shown and typed."""

from itertools import cycle

import pytest

from idp.device_authorization.user_code import ALPHABET, LENGTH, canonical, new_user_code, shown


def test_a_code_is_shown_in_two_halves_and_read_back() -> None:
    code = new_user_code()

    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    assert len(shown(code)) == LENGTH + 1
    assert canonical(shown(code)) == code


def test_no_letter_makes_a_word_or_is_taken_for_another() -> None:
    assert not set(ALPHABET) & set("AEIOUWY0123456789")
    assert len(ALPHABET) == len(set(ALPHABET))
    assert len(ALPHABET) ** LENGTH > 2**33


def test_two_ds_never_stand_together() -> None:
    letters = cycle("BDDCDFGHJKLM")

    code = new_user_code(lambda alphabet: next(letters))

    assert "DD" not in code


@pytest.mark.parametrize(
    "typed",
    [
        "BCDFGHJK",
        "bcdf-ghjk",
        "  bcdf ghjk ",
        "b c d f g h j k",
        "BCDF\N{EN DASH}GHJK",
        "BCDF\N{NON-BREAKING HYPHEN}GHJK",
        "BCDF\N{MINUS SIGN}GHJK",
        "BCDF_GHJK",
        "BCDF.GHJK",
        "BCDF\N{NO-BREAK SPACE}GHJK",
        "BCDF\N{ZERO WIDTH SPACE}GHJK",
        "\N{FULLWIDTH LATIN CAPITAL LETTER B}CDF-GHJ\N{FULLWIDTH LATIN SMALL LETTER K}",
        "BCDF\tGHJK\n",
    ],
)
def test_however_it_is_typed_it_is_the_same_code(typed: str) -> None:
    assert canonical(typed) == "BCDFGHJK"


@pytest.mark.parametrize(
    "typed",
    ["", "-", "BCDFGHJ", "BCDFGHJKL", "BCDFGHJA", "BCDFGHJ1", "БCDFGHJK", "BCDF-GHJK" * 10, "B" * 65, "ĐCDFGHJK"],
)
def test_what_can_be_no_code_is_none(typed: str) -> None:
    assert canonical(typed) is None
