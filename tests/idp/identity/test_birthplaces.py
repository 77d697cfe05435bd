"""Birthplaces through both tables of provinces."""

import pytest

from idp.identity.attributes.birthplaces import compare_birthplaces, province_tables, provinces_meant


def test_the_tables_hold_63_provinces_and_the_34_made_of_them() -> None:
    tables = province_tables()
    parts = [code for made_of in tables.since_2025.values() for code in made_of]
    assert (len(tables.before_2025), len(tables.since_2025)) == (63, 34)
    assert sorted(parts) == sorted(tables.before_2025)


def test_every_province_keeps_its_code_in_the_one_it_became() -> None:
    assert all("0" + code in made_of for code, made_of in province_tables().since_2025.items())


def test_every_name_of_before_2025_means_its_own_province() -> None:
    for code, name in province_tables().before_2025.items():
        assert code in provinces_meant(name)


@pytest.mark.parametrize(
    ("a", "b", "agreement"),
    [
        pytest.param("Nam Định", "Nam Định", "B0", id="the same"),
        pytest.param("Tỉnh NAM ĐỊNH", "Nam Dinh", "B0", id="spellings"),
        pytest.param("Hoà Bình", "Hòa Bình", "B0", id="tone placement"),
        pytest.param("Nam Định", "Ninh Bình", "B0", id="merged into"),
        pytest.param("Thừa Thiên - Huế", "Huế", "B0", id="renamed"),
        pytest.param("TP. HCM", "Bình Dương", "B0", id="short name, merged into"),
        pytest.param("Xã Giao Thủy, huyện Xuân Trường, tỉnh Nam Định", "Nam Định", "B0", id="address"),
        pytest.param("036", "Nam Định", "B0", id="code of the old table"),
        pytest.param("080", "Tây Ninh", "B0", id="old code of a part"),
        pytest.param("80", "Tây Ninh", "B0", id="code that changed its name"),
        pytest.param("33", "Thái Bình", "B0", id="two digits read with the new table"),
        pytest.param("Hà Nam", "Nam Định", "BX", id="merged into the same, yet two"),
        pytest.param("Hà Nội", "Nam Định", "BX", id="different"),
        pytest.param("015", "Lào Cai", "B0", id="Yên Bái is part of the new Lào Cai"),
        pytest.param("015", "010", "BX", id="Yên Bái is not the old Lào Cai"),
        pytest.param("Paris", "PARIS", "B0", id="abroad, the same"),
        pytest.param("Paris", "Lyon", "B?", id="abroad"),
        pytest.param("Paris", "Hà Nội", "B?", id="a place in no table"),
        pytest.param(None, "Hà Nội", "B?", id="missing"),
        pytest.param("", "", "B?", id="both missing"),
        pytest.param("---", "...", "B?", id="no letters"),
    ],
)
def test_a_pair_of_birthplaces_has_its_agreement(a: str | None, b: str | None, agreement: str) -> None:
    assert compare_birthplaces(a, b) == agreement
    assert compare_birthplaces(b, a) == agreement
