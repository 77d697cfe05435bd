"""The levels of likeness between names."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.identity.attributes.name_forms import letter_form, plain_form, tone_form, vowel_form
from idp.identity.attributes.names import NameLevel, compare_names
from idp.identity.attributes.syllables import without_marks

TONE_PLACES = [("hòa", "hoà"), ("thúy", "thuý"), ("tòe", "toè"), ("Hóa", "Hoá"), ("THỦY", "THUỶ")]
words = st.sampled_from(["Nguyễn", "Thị", "Hòa", "hoà", "Lý", "Lí", "A", "Y", "H'", "Đỗ", "Ðỗ", "Hoa", "LE"])
names = st.one_of(st.lists(words, max_size=7).map(" ".join), st.text(max_size=40))

PAIRS = [
    pytest.param("Trần  Văn\u00a0Đức ", "Trần Văn Đức", "N0", id="spaces"),
    pytest.param("Ðặng Quốc Việt", "Đặng Quốc Việt", "N0", id="Eth"),
    pytest.param("H’ Hen Niê", "H' Hen Niê", "N0", id="apostrophe"),
    pytest.param("\u202eTrần\u200b Văn\ufeff Đức", "Trần Văn Đức", "N0", id="invisible marks"),
    pytest.param("NGUYỄN THỊ HOÀ", "Nguyễn Thị Hòa", "N1", id="case and tone placement"),
    pytest.param("Hòa-Bình", "Hoà-Bình", "N1", id="each half of a hyphenated name"),
    pytest.param("Lý Thị Mỹ", "Lí Thị Mĩ", "N2", id="y and i"),
    pytest.param("Quý", "Quí", "N2", id="quy"),
    pytest.param("NGUYEN VAN HUNG", "Nguyễn Văn Hùng", "N3", id="no marks on one side"),
    pytest.param("Lê Thị Hoa", "Lê Thị Hòa", "NT", id="another tone"),
    pytest.param("Hòa-Binh", "Hoa-Bình", "NT", id="a tone on the other half"),
    pytest.param("Bùi Văn Thường", "Bùi Văn Thưởng", "NT", id="hook and tone"),
    pytest.param("Thị Kim Anh Ngô", "Ngô Thị Kim Anh", "N4", id="surname last"),
    pytest.param("ANH TRAN VAN", "Trần Văn Anh", "N4", id="reordered without marks"),
    pytest.param("Hoàng Thị Lan", "Hoàng Lan", "N5", id="middle name missing"),
    pytest.param("HOANG LAN", "Hoàng Thị Lan", "N5", id="middle name and marks missing"),
    pytest.param("Trương Mỹ Linh", "Trương Mỹ Lynh", "N6", id="one letter"),
    pytest.param("Lê Thị Hoa", "Lê Thị Hoan", "N6", id="one letter more"),
    pytest.param("Hoàng Văn Thụ Anh", "Huỳnh Văn Thụ Anh", "NX", id="regional twins of a surname"),
    pytest.param("Vũ Thị Nga", "Võ Thị Nga", "NX", id="one letter in the surname"),
    pytest.param("Lê Phúc", "Lê Phước", "NX", id="regional twins of a given name"),
    pytest.param("Thúy", "Thúi", "NX", id="y is not i inside a longer syllable"),
    pytest.param("Nguyễn Thị Thu Lan", "Nguyễn Lan", "NX", id="two middle names missing"),
    pytest.param("Thị Lan", "Nguyễn Thị Lan", "NX", id="surname missing"),
    pytest.param("Tôn Giang Anh", "Tôn Nữ Giang Anh", "NX", id="half of a compound surname missing"),
    pytest.param("Y Bhiăt Mlô", "Y Bhiăt Mlôn", "NX", id="one letter in a clan name"),
    pytest.param("Lê Hoa2", "Lê Hoà", "NX", id="a digit is no tone"),
    pytest.param("...", "---", "NX", id="no letters at all"),
    pytest.param("", "Lê Hoa", "N?", id="a side without a name"),
]


@pytest.mark.parametrize(("a", "b", "level"), PAIRS)
def test_a_pair_of_names_has_its_level(a: str, b: str, level: str) -> None:
    assert compare_names(a, b) == level


@pytest.mark.parametrize(("old", "new"), TONE_PLACES)
def test_the_place_of_a_tone_mark_makes_no_difference(old: str, new: str) -> None:
    assert plain_form(old) != plain_form(new)
    assert tone_form(old) == tone_form(new)


@pytest.mark.parametrize(
    ("with_y", "with_i"),
    [("Hỷ", "Hỉ"), ("Kỳ", "Kì"), ("LÝ", "lí"), ("Mỹ", "Mĩ"), ("Sỹ", "Sĩ"), ("Tỷ", "Tỉ"), ("Vỹ", "Vĩ"), ("Quý", "Quí")],
)
def test_y_is_i_where_the_whole_syllable_is_one_consonant_and_y(with_y: str, with_i: str) -> None:
    assert compare_names(f"Trần {with_y} An", f"Trần {with_i} An") is NameLevel.N2


@pytest.mark.parametrize(("with_y", "with_i"), [("Hay", "Hai"), ("Thúy", "Thúi"), ("Nhý", "Nhí"), ("Ý", "Í")])
def test_y_is_not_i_elsewhere(with_y: str, with_i: str) -> None:
    assert compare_names(f"Trần {with_y} An", f"Trần {with_i} An") is NameLevel.N6


def test_a_tone_is_told_from_a_vowel_mark() -> None:
    assert tone_form("Nguyễn Đức Việt") == "nguyên4 đưc1 viêt5"
    assert tone_form("Vi\u00ea\u0323t") == "viêt5"


@given(names)
@settings(deadline=None)
def test_every_form_of_a_form_is_itself(name: str) -> None:
    for form in (plain_form, tone_form, vowel_form, letter_form):
        assert form(form(name)) == form(name)


@given(names, names)
@settings(deadline=None)
def test_the_level_is_the_same_from_both_sides(a: str, b: str) -> None:
    assert compare_names(a, b) is compare_names(b, a)


@given(names, names, st.sampled_from(["NFC", "NFD"]))
@settings(deadline=None)
def test_decomposed_text_has_the_level_of_composed_text(a: str, b: str, form: str) -> None:
    decomposed = unicodedata.normalize("NFD", a) if form == "NFD" else unicodedata.normalize("NFC", a)
    assert compare_names(decomposed, b) is compare_names(a, b)


@given(names)
@settings(deadline=None)
def test_a_name_is_like_itself(name: str) -> None:
    assert compare_names(name, name) is (NameLevel.N0 if plain_form(name) else NameLevel.MISSING)


def test_names_of_any_length_are_compared() -> None:
    long = "Nguyễn " + "a" * 20_000
    assert compare_names(long, long + "b") is NameLevel.N6
    assert compare_names(long, "b" * 20_000) is NameLevel.NX


@given(st.text(alphabet=st.characters(max_codepoint=0x1F00), max_size=30), st.sampled_from(["\u200b", "\u00ad"]))
@settings(deadline=None)
def test_an_invisible_character_changes_no_form(name: str, invisible: str) -> None:
    """With one, a name takes the long way through the forms; without, nearly always the short one."""
    for form in (plain_form, tone_form, vowel_form, letter_form):
        assert form(f"{invisible}{name}") == form(name)


@given(st.text(alphabet=st.characters(max_codepoint=0x1F00), max_size=30))
@settings(deadline=None)
def test_a_letter_of_another_script_changes_nothing_in_front_of_it(name: str) -> None:
    assert without_marks(f"{name} 中") == f"{without_marks(f'{name} ')}中"
