"""The pivot identity: hides itself, survives sealing, answers claims."""

import json
from dataclasses import replace

import pytest

from idp.identity.matching import decide
from idp.identity.pivot import PivotIdentity

HOA = PivotIdentity(
    name="Nguyễn Thị Hòa",
    birthdate="1984-03-12",
    gender="female",
    birthplace="Nam Định",
    personal_id="099184000011",
    tax_code="9900000016",
    social_insurance_number="9900000017",
    phone_number="+84530000001",
    email="hoa@example.vn",
)


def test_its_repr_shows_nothing_of_the_person() -> None:
    assert repr(HOA) == str(HOA) == f"{HOA}" == "PivotIdentity(…)"


@pytest.mark.parametrize("identity", [HOA, PivotIdentity(name="Hồ", birthdate="1948", deceased=True)])
def test_it_survives_the_way_through_json(identity: PivotIdentity) -> None:
    assert PivotIdentity.from_json(json.loads(json.dumps(identity.to_json()))) == identity


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"name": None}, id="no name"),
        pytest.param({"birthdate": 1984}, id="a birth date that is a number"),
        pytest.param({"gender": "F"}, id="a gender of another vocabulary"),
        pytest.param({"personal_id": 99184000011}, id="a personal ID that is a number"),
        pytest.param({"tax_code": 9900000016}, id="a tax code that is a number"),
        pytest.param({"deceased": "no"}, id="a flag that is text"),
        pytest.param({"salary": "1"}, id="a field nobody knows"),
    ],
)
def test_a_document_of_another_shape_is_refused_without_naming_a_value(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a sealed identity") as refusal:
        PivotIdentity.from_json(HOA.to_json() | change)
    assert not any(str(value) in str(refusal.value) for value in HOA.to_json().values() if value)


def test_it_answers_the_standard_claims() -> None:
    assert HOA.claims() == {
        "name": "Nguyễn Thị Hòa",
        "family_name": "Nguyễn",
        "middle_name": "Thị",
        "given_name": "Hòa",
        "gender": "female",
        "birthdate": "1984-03-12",
        "birthplace": "Nam Định",
        "phone_number": "+84530000001",
        "email": "hoa@example.vn",
        "vn_personal_id": "099184000011",
    }


def test_it_is_compared_without_its_contact_channels() -> None:
    assert set(HOA.record()) == {"name", "birthdate", "sex", "personal_id", "birthplace"}
    assert decide(HOA.record(), HOA.record()).name == "LINK"


def test_the_numbers_of_registers_are_told_to_no_service() -> None:
    assert not {HOA.tax_code, HOA.social_insurance_number} & set(HOA.claims().values())


def test_a_document_of_before_those_numbers_were_kept_is_read() -> None:
    before = {key: value for key, value in HOA.to_json().items() if key not in ("tax_code", "social_insurance_number")}

    assert PivotIdentity.from_json(before) == replace(HOA, tax_code=None, social_insurance_number=None)


def test_what_is_not_known_is_not_claimed() -> None:
    assert PivotIdentity(name="H' Hen Niê", birthdate="1992").claims() == {
        "name": "H' Hen Niê",
        "birthdate": "1992",
    }


def test_a_date_that_never_was_is_not_claimed() -> None:
    assert "birthdate" not in PivotIdentity(name="Nguyễn Thị Mai", birthdate="1970-02-30").claims()
