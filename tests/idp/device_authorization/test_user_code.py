"""The code that is shown and typed."""

from itertools import cycle

import pytest

from idp.device_authorization.user_code import ALPHABET, LENGTH, canonical, new_user_code, shown


def test_a_code_is_shown_in_three_parts_and_read_back() -> None:
    code = new_user_code()

    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    assert len(shown(code)) == LENGTH + 2
    assert canonical(shown(code)) == code


def test_no_letter_makes_a_word_or_is_taken_for_another() -> None:
    assert not set(ALPHABET) & set("AEIOUWY0123456789")
    assert len(ALPHABET) == len(set(ALPHABET))
    assert len(ALPHABET) ** LENGTH > 2**38


def test_two_ds_never_stand_together() -> None:
    letters = cycle("BDDCDFGHJKLMN")

    code = new_user_code(lambda alphabet: next(letters))

    assert "DD" not in code


@pytest.mark.parametrize(
    "typed",
    [
        "BCDFGHJKL",
        "bcd-fgh-jkl",
        "  bcd fgh jkl ",
        "b c d f g h j k l",
        "BCD\N{EN DASH}FGH\N{EN DASH}JKL",
        "BCD\N{NON-BREAKING HYPHEN}FGH\N{NON-BREAKING HYPHEN}JKL",
        "BCD\N{MINUS SIGN}FGH\N{MINUS SIGN}JKL",
        "BCD_FGH_JKL",
        "BCD.FGH.JKL",
        "BCD\N{NO-BREAK SPACE}FGH\N{NO-BREAK SPACE}JKL",
        "BCD\N{ZERO WIDTH SPACE}FGH\N{ZERO WIDTH SPACE}JKL",
        "\N{FULLWIDTH LATIN CAPITAL LETTER B}CD-FGH-JK\N{FULLWIDTH LATIN SMALL LETTER L}",
        "BCD\tFGH\tJKL\n",
    ],
)
def test_however_it_is_typed_it_is_the_same_code(typed: str) -> None:
    assert canonical(typed) == "BCDFGHJKL"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "BCDFGHJK",
        "BCDFGHJKLM",
        "BCDFGHJKA",
        "BCDFGHJK1",
        "БCDFGHJKL",
        "BCD-FGH-JKL" * 10,
        "B" * 65,
        "ĐCDFGHJKL",
    ],
)
def test_what_can_be_no_code_is_none(typed: str) -> None:
    assert canonical(typed) is None
