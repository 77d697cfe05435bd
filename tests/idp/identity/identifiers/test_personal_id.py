"""Personal IDs: what their digits say."""

from datetime import date

import pytest

from idp.identity.identifiers.kinds import InvalidIdentifier
from idp.identity.identifiers.personal_id import PersonalId, parse_personal_id

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("number", "sex", "birth_year"),
    [
        pytest.param("099184000011", "female", 1984, id="twentieth century, odd"),
        pytest.param("099079000028", "male", 1979, id="twentieth century, even"),
        pytest.param("099210000280", "male", 2010, id="this century, even"),
        pytest.param("099310000017", "female", 2010, id="this century, odd"),
        pytest.param("099400000017", "male", 2100, id="next century"),
        pytest.param("099999000017", "female", 2399, id="the last century there is"),
    ],
)
def test_the_digits_tell_sex_and_birth_year(number: str, sex: str, birth_year: int) -> None:
    personal_id = PersonalId(number)
    assert (personal_id.sex, personal_id.birth_year) == (sex, birth_year)


def test_a_number_of_this_year_is_valid_and_of_next_year_is_not() -> None:
    assert parse_personal_id("099226000017", today=TODAY).birth_year == 2026
    with pytest.raises(InvalidIdentifier, match="future_birth_year"):
        parse_personal_id("099227000017", today=TODAY)


def test_a_place_code_in_no_table_is_refused_unless_asked_otherwise() -> None:
    with pytest.raises(InvalidIdentifier, match="unknown_place_code"):
        parse_personal_id("097190000011", today=TODAY)
    assert parse_personal_id("097190000011", today=TODAY, strict=False).place_code == "097"


def test_the_mask_hides_sex_year_and_serial() -> None:
    assert PersonalId("099184000011").masked == "099 *** *** 011"
    assert repr(PersonalId("099184000011")) == "PersonalId(099 *** *** 011)"
