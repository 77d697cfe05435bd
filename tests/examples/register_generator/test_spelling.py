"""What is done to names, against what the provider can undo."""

import pytest

from examples.register_generator import spelling
from examples.register_generator.dice import Dice
from examples.register_generator.legacy_encoding import as_tcvn3, as_vni
from idp.identity.attributes.legacy_text import transcode_legacy
from idp.identity.attributes.names import NameLevel, compare_names

NAMES = ["Nguyễn Văn Hùng", "Đặng Thị Thúy Ngọc", "Trần Đức Ấn", "Phạm Quỳnh Như", "Lý Mỹ Kỳ", "Bùi Ngọc Ánh Tuyết"]


@pytest.mark.parametrize("name", NAMES)
def test_what_an_old_computer_wrote_is_read_again(name: str) -> None:
    assert as_tcvn3("Nguyễn Văn Hùng") == "NguyÔn V¨n Hïng"
    assert as_vni("Nguyễn Văn Hùng") == "Nguyeãn Vaên Huøng"
    assert transcode_legacy(as_tcvn3(name)) == name
    assert transcode_legacy(as_vni(name)) == name


def _wrong(name: str, change: str, seed: int) -> str:
    dice = Dice(seed)
    changes = {
        "placement": lambda: spelling.tone_placed_otherwise(name),
        "odd": lambda: spelling.with_odd_characters(name, dice),
        "bare": lambda: spelling.without_marks(name, dice),
        "tone": lambda: spelling.with_wrong_tone(name, dice),
        "lost": lambda: spelling.without_middle_name(name, dice),
        "order": lambda: spelling.in_other_order(name, dice),
    }
    return changes[change]()


@pytest.mark.parametrize(
    ("change", "levels"),
    [
        ("placement", {NameLevel.N0, NameLevel.N1}),
        ("odd", {NameLevel.N0}),
        ("bare", {NameLevel.N3}),
        ("tone", {NameLevel.NT}),
        ("lost", {NameLevel.N5}),
        ("order", {NameLevel.N4}),
    ],
)
@pytest.mark.parametrize("name", ["Đặng Thị Hòa", "Trần Thúy Ngọc", "Nguyễn Khỏe Đạt"])
def test_each_mistake_is_of_the_kind_it_is_called(name: str, change: str, levels: set[NameLevel]) -> None:
    assert {compare_names(name, _wrong(name, change, seed)) for seed in range(20)} <= levels


def test_a_wrong_letter_is_one_letter() -> None:
    for seed in range(50):
        wrong = spelling.with_wrong_letter("Trần Thị Ngọc", Dice(seed))
        assert abs(len(wrong) - len("Trần Thị Ngọc")) <= 1
    assert spelling.with_wrong_letter("Y", Dice(1)) == "Y"
