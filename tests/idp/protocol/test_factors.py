"""What the steps of one login add up to: kinds of factors count, not how many there were, and no source's boasting."""

from typing import Any

import pytest

from idp.protocol.factors import BESIDE_SECONDS, Factor, adding, combined
from idp.protocol.levels import ACR_VALUES_SUPPORTED, LevelOfAssurance, is_reached

NOW = 1_800_000_000
LOW, SUBSTANTIAL, HIGH = LevelOfAssurance


def factor(source: str, *amr: str, level: LevelOfAssurance = LOW, **changes: Any) -> Factor:
    values = {"link_id": f"link-{source}", "person_id": "hoa", "at": NOW, **changes}
    return Factor(source_id=source, amr=amr, level=level, **values)


TOTP = factor("totp", "otp")
SMS = factor("mobile", "otp", "sms")
PASSWORD = factor("tax", "pwd")


@pytest.mark.parametrize(
    ("done", "level", "amr"),
    [
        pytest.param((SMS,), LOW, ("otp", "sms"), id="a code by SMS"),
        pytest.param((PASSWORD,), LOW, ("pwd",), id="a password"),
        pytest.param((PASSWORD, TOTP), SUBSTANTIAL, ("pwd", "otp", "mfa"), id="a password and an app are two kinds"),
        pytest.param((PASSWORD, SMS), SUBSTANTIAL, ("pwd", "otp", "sms", "mfa"), id="a password and a code by SMS"),
        pytest.param((SMS, TOTP), LOW, ("otp", "sms"), id="two things in one's pocket are one kind"),
        pytest.param((factor("tax", "pwd", level=SUBSTANTIAL),), SUBSTANTIAL, ("pwd",), id="a source's own level"),
        pytest.param(
            (factor("tax", "pwd", "otp", level=SUBSTANTIAL),),
            SUBSTANTIAL,
            ("pwd", "otp", "mfa"),
            id="a source that asks for two kinds itself",
        ),
        pytest.param(
            (factor("liar", "pwd", "otp", "mfa"),),
            LOW,
            ("pwd", "otp"),
            id="a source held for low is not believed that it asked for two",
        ),
        pytest.param((factor("liar", "mfa"),), LOW, (), id="the word alone proves nothing"),
        pytest.param((factor("liar", "mfa", level=SUBSTANTIAL), TOTP), SUBSTANTIAL, ("otp",), id="nor beside a code"),
        pytest.param((factor("liar", "user"), TOTP), LOW, ("user", "otp"), id="a method of no kind adds none"),
        pytest.param(
            (factor("liar", "pwd", "otp"), TOTP),
            SUBSTANTIAL,
            ("pwd", "otp", "mfa"),
            id="but the app was asked by us",
        ),
        pytest.param((factor("card", "sc", "pin", level=HIGH),), HIGH, ("sc", "pin", "mfa"), id="high stays high"),
        pytest.param((PASSWORD, factor("face", "face")), SUBSTANTIAL, ("pwd", "face", "mfa"), id="inherence counts"),
    ],
)
def test_adds_up(done: tuple[Factor, ...], level: LevelOfAssurance, amr: tuple[str, ...]) -> None:
    reached = combined(done)

    assert (reached.level, reached.amr) == (level, amr)


def test_nothing_here_ever_makes_a_login_high() -> None:
    steps = [factor("a", "pwd"), factor("b", "face"), factor("c", "sc"), TOTP]

    assert combined(steps).level is SUBSTANTIAL


def test_the_order_of_the_steps_does_not_matter_for_the_level() -> None:
    assert combined((TOTP, PASSWORD)).level is combined((PASSWORD, TOTP)).level is SUBSTANTIAL


def test_the_login_was_when_its_last_step_was() -> None:
    later = factor("totp", "otp", at=NOW + 60)

    assert combined((PASSWORD, later)).auth_time == NOW + 60


@pytest.mark.parametrize(
    ("earlier", "counts"),
    [
        pytest.param(PASSWORD, True, id="of the same person, a moment ago"),
        pytest.param(factor("tax", "pwd", person_id="lan"), False, id="of another person"),
        pytest.param(factor("tax", "pwd", at=NOW - BESIDE_SECONDS - 1), False, id="too long ago"),
        pytest.param(factor("tax", "pwd", at=NOW - BESIDE_SECONDS), True, id="just not too long ago"),
        pytest.param(factor("mobile", "pwd"), False, id="at the same source: only the newer one"),
    ],
)
def test_an_earlier_step_counts_beside_the_new_one(earlier: Factor, counts: bool) -> None:
    assert adding((earlier,), SMS) == ((earlier, SMS) if counts else (SMS,))


def test_a_step_is_kept_as_it_was() -> None:
    assert Factor.from_json(PASSWORD.to_json()) == PASSWORD


@pytest.mark.parametrize(
    ("acr", "level", "two", "reached"),
    [
        ("eidas2", SUBSTANTIAL, False, True),
        ("eidas2", LOW, True, False),
        ("nd69-01", LOW, False, True),
        ("nd69-02", SUBSTANTIAL, True, True),
        ("nd69-02", HIGH, False, False),
        ("nd69-03", HIGH, True, False),
        ("urn:unknown", HIGH, True, False),
    ],
)
def test_each_vocabulary_is_held_to_its_own_words(acr: str, level: LevelOfAssurance, two: bool, reached: bool) -> None:
    assert is_reached(acr, level, two_factors=two) is reached


def test_both_vocabularies_are_published_and_nothing_biometric_is_claimed() -> None:
    assert ACR_VALUES_SUPPORTED == ("eidas1", "eidas2", "eidas3", "nd69-01", "nd69-02")
