"""What the desk says: every code and row of the decision table in words, values only where they are open."""

from dataclasses import replace

import pytest

from idp.identity.attributes.birth import BirthDateAgreement
from idp.identity.attributes.birthplaces import BirthplaceAgreement
from idp.identity.attributes.names import NameLevel
from idp.identity.decision_table import decision_table
from idp.identity.matching import decide
from idp.identity.pivot import PivotIdentity
from idp.identity.succession.chain import PersonalIdAgreement
from idp.portals.operator.comparison import FIELDS, Record, Verdict, side_by_side
from idp.portals.operator.evidence import code_key, explain
from idp.portals.operator.notes import Note, NoteKind, proposed, read_notes, with_note
from idp.web.i18n import Locale, catalogue

HOA = PivotIdentity(
    name="Nguyễn Thị Hòa", birthdate="1984-03-12", gender="female", birthplace="Nam Định", personal_id="099184000011"
)
CODES = (
    *("C1", "C+", "G0", "GX", "S=", "SX", "SR", "S?"),
    *PersonalIdAgreement,
    *NameLevel,
    *BirthDateAgreement,
    *BirthplaceAgreement,
)


def _record(identity: PivotIdentity, number: int = 0) -> Record:
    return Record(link_id=f"l{number}", number=number, source="Thuế", status="proven", linked_at=1, identity=identity)


@pytest.mark.parametrize("locale", Locale)
def test_every_code_and_every_row_has_its_sentence(locale: Locale) -> None:
    said = catalogue(locale).messages

    assert {code_key(str(code)) for code in CODES} <= said.keys()
    assert {f"operator.rule.{row.id}" for row in decision_table()} <= said.keys()


def test_what_a_match_found_is_explained_in_its_order() -> None:
    reasons = decide(HOA.record(), replace(HOA, personal_id=None, birthdate="1984").record()).reasons

    explained = explain(reasons, Locale.EN)

    assert [code for code, _ in explained.findings] == ["P?", "S=", "N0", "D1", "B0"]
    assert explained.rule.startswith("A number is missing, name and place are the same")


@pytest.mark.parametrize(
    ("change", "field", "verdict"),
    [
        pytest.param({"name": "NGUYỄN THỊ HOÀ"}, "name", Verdict.SAME, id="the tone elsewhere"),
        pytest.param({"name": "Nguyen Thi Hoa"}, "name", Verdict.SIMILAR, id="no marks"),
        pytest.param({"name": "Nguyễn Thị Hóa"}, "name", Verdict.DIFFERENT, id="another tone"),
        pytest.param({"birthdate": "1984"}, "birthdate", Verdict.SIMILAR, id="the year alone"),
        pytest.param({"birthdate": "1984-12-03"}, "birthdate", Verdict.DIFFERENT, id="swapped"),
        pytest.param({"gender": None}, "sex", Verdict.MISSING, id="no sex"),
        pytest.param({"gender": "male"}, "sex", Verdict.DIFFERENT, id="another sex"),
        pytest.param({"birthplace": "Ninh Bình"}, "birthplace", Verdict.SAME, id="merged provinces"),
        pytest.param({"personal_id": "099184000028"}, "personal_id", Verdict.DIFFERENT, id="another number"),
        pytest.param({"personal_id": None}, "personal_id", Verdict.MISSING, id="no number"),
    ],
)
def test_each_field_is_held_against_the_first_record(
    change: dict[str, str | None], field: str, verdict: Verdict
) -> None:
    other = replace(HOA, **change)  # type: ignore[arg-type]  # one field at a time, of its own type

    rows = {row.name: row for row in side_by_side([_record(HOA), _record(other, 1)], shown=False)}

    assert tuple(rows) == FIELDS
    assert rows[field].cells[0].verdict is None
    assert rows[field].cells[1].verdict is verdict


def test_a_number_that_took_the_place_of_another_is_neither_the_same_nor_different() -> None:
    after = replace(HOA, personal_id="099184000028")

    rows = side_by_side([_record(HOA), _record(after, 1)], superseded=[("099184000011", "099184000028")], shown=False)

    assert rows[FIELDS.index("personal_id")].cells[1].verdict is Verdict.SIMILAR


def test_codes_that_would_have_linked_say_that_something_else_raised_the_case() -> None:
    same = decide(HOA.record(), HOA.record()).reasons

    assert explain(same, Locale.VI).looks_further
    assert not explain(("C1", "P?", "G0", "S=", "N0", "D1", "B?"), Locale.VI).looks_further


def test_no_value_leaves_while_it_is_masked() -> None:
    rows = side_by_side([_record(HOA), _record(replace(HOA, birthplace=None), 1)], shown=False)

    assert {cell.value for row in rows for cell in row.cells} == {""}
    assert [cell.known for cell in rows[FIELDS.index("birthplace")].cells] == [True, False]
    assert "Hòa" not in repr(rows)


def test_values_are_written_as_people_write_them_and_never_in_a_repr() -> None:
    rows = side_by_side([_record(HOA)], shown=True)

    assert [row.cells[0].value for row in rows] == [
        "Nguyễn Thị Hòa",
        "12/03/1984",
        "female",
        "Nam Định",
        "099 184 000 011",
    ]
    assert "Hòa" not in repr(rows)
    assert side_by_side([], shown=True) == ()


def test_notes_go_on_from_one_another_and_foreign_ones_are_read_too() -> None:
    first = Note(at=1, by="an", kind=NoteKind.MERGE, words="giống nhau", about="lan")
    second = Note(at=2, by="binh", kind=NoteKind.REFUSAL, words="không giống")

    kept = with_note(with_note(None, first), second)

    assert read_notes(kept) == (first, second)
    assert proposed(read_notes(kept), NoteKind.MERGE) == first
    assert proposed(read_notes(kept), NoteKind.SPLIT) is None
    assert [note.words for note in read_notes("Người dân gọi tổng đài")] == ["Người dân gọi tổng đài"]
    assert read_notes('{"not": "a list"}')[0].by == ""
    assert read_notes(None) == ()
    assert "giống" not in repr(first)
