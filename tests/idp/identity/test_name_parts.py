"""Family, middle and given names, and the names that have none."""

import unicodedata

import pytest

from idp.identity.attributes.name_parts import NameParts, split_name


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Nguyễn Thị Hòa", ("Nguyễn", "Thị", "Hòa")),
        ("Hoàng Lan", ("Hoàng", "", "Lan")),
        ("Võ Thị Sáu Em", ("Võ", "Thị Sáu", "Em")),
        ("NGUYEN VAN HUNG", ("NGUYEN", "VAN", "HUNG")),
        ("Tôn Nữ Thị Ninh Giang", ("Tôn Nữ", "Thị Ninh", "Giang")),
        ("Âu Dương Chi", ("Âu Dương", "", "Chi")),
        ("Tôn Thất", ("Tôn", "", "Thất")),
        ("Nguyễn Quý Giao Khuỷu Gì", ("Nguyễn", "Quý Giao Khuỷu", "Gì")),
    ],
)
def test_a_kinh_name_is_surname_middle_and_given(name: str, parts: tuple[str, str, str]) -> None:
    assert split_name(name) == NameParts(*parts)
    assert split_name(unicodedata.normalize("NFD", name)) == NameParts(*parts)


@pytest.mark.parametrize(
    "name",
    ["", "Hồ", "Y Bhiăt Mlô", "H' Hen Niê", "Giàng A Páo", "Thạch Sóc Kha", "John Smith", "Nguyễn Văn 2"],
)
def test_a_name_of_another_order_is_not_taken_apart(name: str) -> None:
    assert split_name(name) == NameParts()


def test_the_parts_do_not_print_themselves() -> None:
    assert repr(split_name("Nguyễn Thị Hòa")) == "NameParts(…)"
