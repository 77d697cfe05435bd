"""A corrected record passes, another human does not; and no answer makes us forget what an earlier one verified."""

from dataclasses import replace
from typing import Any

import pytest

from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.continuity import corrected_fields, is_another_human, keeping_evidence

HOA = PivotIdentity(
    name="Nguyễn Thị Hòa",
    birthdate="1984-03-12",
    gender="female",
    birthplace="Nam Định",
    personal_id="099184000011",
)
NOBODY = PivotIdentity(name="", birthdate="")
UNNUMBERED = {"personal_id": None}


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({}, id="the same"),
        pytest.param({"name": "Nguyễn Thị Hoà"}, id="another spelling"),
        pytest.param({"name": "NGUYEN THI HOA"}, id="without marks"),
        pytest.param({"name": "Nguyễn Thị Hòa Bình"}, id="a corrected name"),
        pytest.param({"name": "Trần Thị Mai"}, id="another name"),
        pytest.param({"birthdate": "1984-12-03"}, id="day and month corrected"),
        pytest.param({"birthdate": "1985-01-02"}, id="a corrected birth date"),
        pytest.param({"birthdate": "1984"}, id="the year alone"),
        pytest.param({"gender": "male"}, id="a corrected sex"),
        pytest.param({"birthplace": "Ninh Bình"}, id="another birthplace"),
        pytest.param({"name": ""}, id="no name"),
        pytest.param({"birthdate": ""}, id="no birth date"),
        pytest.param({"gender": None, "birthplace": None}, id="neither sex nor birthplace"),
        pytest.param({"name": "", "birthdate": "", "gender": None, "birthplace": None}, id="nothing but the number"),
    ],
)
@pytest.mark.parametrize("numbers", [{}, UNNUMBERED], ids=["with the number", "without it"])
def test_one_correction_or_silence_is_the_same_human(told: dict[str, Any], numbers: dict[str, Any]) -> None:
    assert not is_another_human(HOA, replace(HOA, **{**numbers, **told}))


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"name": "Trần Văn Bình", "birthdate": "1951"}, id="name and birth date"),
        pytest.param({"name": "Nguyễn Thị Hoa", "birthdate": "1984-12-03"}, id="a slip in each of name and date"),
        pytest.param({"name": "Trần Văn Bình", "gender": "male"}, id="name and sex"),
        pytest.param({"birthdate": "1951-05-20", "gender": "male"}, id="birth date and sex"),
        pytest.param({"name": "Trần Văn Bình", "birthdate": "1951", "gender": "male"}, id="all three"),
    ],
)
@pytest.mark.parametrize("numbers", [{}, UNNUMBERED], ids=["with the number", "without it"])
def test_two_corrections_at_once_are_another_human(told: dict[str, Any], numbers: dict[str, Any]) -> None:
    somebody = replace(HOA, **{**numbers, **told})

    assert is_another_human(HOA, somebody)
    assert is_another_human(somebody, HOA)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"name": "Trần Văn Bình", "birthdate": ""}, id="another name, no birth date"),
        pytest.param({"name": "Trần Văn Bình", "birthdate": "1984"}, id="another name, the year alone"),
        pytest.param({"name": "", "birthdate": "1951-05-20"}, id="another birth date, no name"),
    ],
)
def test_a_correction_that_only_an_equal_number_could_hold(told: dict[str, Any]) -> None:
    assert is_another_human(HOA, replace(HOA, personal_id=None, **told))
    assert not is_another_human(HOA, replace(HOA, **told))


@pytest.mark.parametrize("other", ["099184000012", "099084000099"], ids=["one digit", "all"])
def test_another_verified_number_is_another_human(other: str) -> None:
    assert is_another_human(HOA, replace(HOA, personal_id=other))


@pytest.mark.parametrize("birthdate", ["1951", "1970-02-30"], ids=["the year alone", "a date that never was"])
def test_a_date_written_the_same_holds_a_corrected_name(birthdate: str) -> None:
    old = replace(HOA, personal_id=None, birthdate=birthdate)

    assert not is_another_human(old, replace(old, name="Nguyễn Thị Hòa Bình"))


def test_a_bare_number_becomes_somebody_and_stays_the_number() -> None:
    assert not is_another_human(NOBODY, NOBODY)
    assert not is_another_human(NOBODY, HOA)
    assert not is_another_human(HOA, NOBODY)


def test_what_an_answer_leaves_out_stays_known() -> None:
    assert keeping_evidence(HOA, NOBODY) == HOA
    for field in ("name", "birthdate", "gender", "birthplace", "personal_id"):
        left_out: dict[str, Any] = {field: "" if field in ("name", "birthdate") else None}
        silent = replace(HOA, **left_out)
        assert keeping_evidence(HOA, silent) == HOA, field
        assert keeping_evidence(silent, HOA) == HOA, field


@pytest.mark.parametrize(
    "less",
    [pytest.param({"name": "NGUYEN THI HOA"}, id="name without marks"), pytest.param({"birthdate": "1984"}, id="year")],
)
def test_a_vaguer_record_does_not_replace_an_exact_one(less: dict[str, Any]) -> None:
    assert keeping_evidence(HOA, replace(HOA, **less)) == HOA
    assert keeping_evidence(replace(HOA, **less), HOA) == HOA


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"name": "Nguyễn Thị Hòa Bình"}, id="name"),
        pytest.param({"birthdate": "1984-12-03"}, id="birth date"),
        pytest.param({"birthplace": "Ninh Bình"}, id="birthplace"),
        pytest.param({"deceased": True}, id="deceased"),
        pytest.param({"phone_number": "+84530000001"}, id="phone"),
    ],
)
def test_a_corrected_record_is_recorded(more: dict[str, Any]) -> None:
    assert keeping_evidence(HOA, replace(HOA, **more)) == replace(HOA, **more)


def test_a_contact_channel_is_not_kept_against_the_source() -> None:
    assert keeping_evidence(replace(HOA, phone_number="+84530000001"), HOA).phone_number is None


@pytest.mark.parametrize(
    ("told", "corrected"),
    [
        pytest.param({}, (), id="nothing"),
        pytest.param({"name": "NGUYEN THI HOA"}, (), id="another spelling"),
        pytest.param(
            {"name": "Trần Thị Mai", "birthplace": "Hà Nội"}, ("name", "birthplace"), id="name and birthplace"
        ),
        pytest.param({"birthplace": "Ninh Bình"}, (), id="a province merged into another"),
        pytest.param({"birthdate": "1984"}, (), id="the year alone"),
        pytest.param({"birthdate": "1984-12-03"}, ("birthdate",), id="birth date"),
        pytest.param({"gender": "male"}, ("sex",), id="sex"),
        pytest.param({"personal_id": "099084000777"}, ("personal_id",), id="a re-issued number"),
        pytest.param({"phone_number": "+84530000001", "deceased": True}, (), id="what is no evidence"),
    ],
)
def test_a_correction_is_told_by_the_names_of_its_fields(told: dict[str, Any], corrected: tuple[str, ...]) -> None:
    assert corrected_fields(HOA, replace(HOA, **told)) == corrected
    assert corrected_fields(NOBODY, HOA) == ()


def test_a_number_that_took_the_place_of_the_stored_one_is_the_same_human() -> None:
    reissued = replace(HOA, gender="male", personal_id="099084000777")
    succession = [("099184000011", "099084000777")]

    assert is_another_human(HOA, reissued)
    assert not is_another_human(HOA, reissued, superseded=succession)
    assert is_another_human(HOA, replace(reissued, name="Trần Thị Mai"), superseded=succession)
