"""Tax codes: the check digit, and the personal ID that took their place."""

from datetime import date

import pytest

from idp.identity.identifiers.kinds import InvalidIdentifier
from idp.identity.identifiers.personal_id import PersonalId
from idp.identity.identifiers.tax_code import TaxCode, parse_tax_code

TODAY = date(2026, 11, 21)
VALID = "9900000016"


def reason_for(text: str) -> str | None:
    try:
        parse_tax_code(text, today=TODAY)
    except InvalidIdentifier as refusal:
        return refusal.reason
    return None


@pytest.mark.parametrize("position", range(2, 10))
def test_one_wrong_digit_is_always_noticed(position: int) -> None:
    others = set("0123456789") - {VALID[position]}
    reasons = {reason_for(VALID[:position] + digit + VALID[position + 1 :]) for digit in others}
    assert reasons <= {"invalid_checksum", "invalid_component"}


@pytest.mark.parametrize("last", "0123456789")
def test_a_serial_whose_sum_is_divisible_has_no_valid_check_digit(last: str) -> None:
    assert reason_for(f"990000007{last}") == "invalid_checksum"


def test_twelve_digits_are_the_personal_id_and_follow_its_rules() -> None:
    assert parse_tax_code("099 184 000 011", today=TODAY) == PersonalId("099184000011")
    assert reason_for("099299000017") == "future_birth_year"


def test_twelve_characters_that_are_not_digits_are_no_personal_id() -> None:
    assert reason_for("09918400001x") == "invalid_length"


def test_the_mask_shows_the_prefix_and_the_last_three_digits() -> None:
    assert TaxCode(VALID).masked == "99* *** *016"
