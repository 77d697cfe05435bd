"""The matching decision: the forty pairs, and what holds for every pair."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.identity.matching import Decision, decide

Record = dict[str, Any]

PAIRS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures" / "match_pairs.json").read_text("utf-8"))[
    "pairs"
]
HOA: Record = PAIRS[0]["a"]

records = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Nguyễn Thị Hòa", "NGUYỄN THỊ HOÀ", "NGUYEN THI HOA", "Nguyễn Thị Hoa", None]),
        "birthdate": st.sampled_from(["1984-03-12", "1984-12-03", "1984", "1984-01-01", "1984-02-30", None]),
        "sex": st.sampled_from(["male", "female", None]),
        "personal_id": st.sampled_from(["099184000011", "099184000012", "099084000011", "012345678", None]),
        "birthplace": st.sampled_from(["Nam Định", "Ninh Bình", "Hà Nội", None]),
    },
)
strange = st.one_of(st.none(), st.integers(), st.text(max_size=30), st.lists(st.text(max_size=3)))
strange_records = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("name", "birthdate", "sex", "personal_id", "birthplace"), strange)
)
successions = st.lists(
    st.permutations(["099184000011", "099184000012", "099084000011"]).map(lambda ids: (ids[0], ids[1])),
    max_size=3,
)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"pair {pair['id']}: {pair['decision']}")
def test_every_pair_of_the_fixture_is_decided_as_it_says(pair: dict[str, Any]) -> None:
    for a, b in ((pair["a"], pair["b"]), (pair["b"], pair["a"])):
        outcome = decide(a, b, superseded=pair["superseded"], other_candidates=pair["other_candidates"])
        assert outcome.name == pair["decision"]


def test_no_pair_that_is_not_known_to_be_the_same_is_linked() -> None:
    linked = [
        pair["truth"]
        for pair in PAIRS
        if decide(
            pair["a"], pair["b"], superseded=pair["superseded"], other_candidates=pair["other_candidates"]
        ).name.startswith("LINK")
    ]
    assert set(linked) == {"same"}


def test_the_outcome_names_what_agrees_and_never_a_value() -> None:
    outcome = decide(PAIRS[6]["a"], PAIRS[6]["b"], superseded=[], other_candidates=0)

    assert outcome.reasons == ("C1", "P0", "G0", "S=", "N3", "D0", "B?")
    assert outcome.row == "same-number-compatible-name-and-date"
    assert not any(str(value) in repr(outcome) for value in PAIRS[6]["b"].values())


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        pytest.param({}, "LINK", id="nothing changed"),
        pytest.param({"birthplace": "Hà Nội"}, "LINK", id="another birthplace"),
        pytest.param({"sex": None}, "LINK", id="sex missing"),
        pytest.param({"personal_id": "099 184 000 011"}, "LINK", id="the number with spaces"),
        pytest.param({"sex": "male"}, "REVIEW", id="another sex than the number says"),
        pytest.param({"birthdate": None}, "REVIEW", id="birth date missing"),
        pytest.param({"name": None}, "REVIEW", id="name missing"),
        pytest.param({"name": "Nguyễn Thị Hồng"}, "REVIEW", id="another name"),
        pytest.param({"personal_id": "012345678"}, "PROVE", id="an identity card instead of the number"),
        pytest.param({"personal_id": None, "sex": "male"}, "NEW", id="no number, another sex"),
        pytest.param({"personal_id": None, "birthdate": None}, "NEW", id="no number, no birth date"),
        pytest.param({"personal_id": None, "name": None}, "NEW", id="no number, no name"),
        pytest.param({"personal_id": "099184000012"}, "REVIEW", id="one digit of the number"),
        pytest.param({"phone_number": "+84530000009", "email": "x@example.vn"}, "LINK", id="other channels"),
    ],
)
def test_one_change_to_an_equal_record_leads_to(changes: Record, decision: str) -> None:
    assert decide(HOA, HOA | changes).name == decision


def test_two_records_that_agree_against_their_number_are_reviewed() -> None:
    as_man = HOA | {"sex": "male"}
    assert decide(as_man, as_man).name is Decision.REVIEW
    assert "GX" in decide(as_man, as_man).reasons


def test_the_same_phone_and_mail_are_no_evidence() -> None:
    channels = {"phone_number": "+84530000001", "email": "a@example.vn", "address": "1 Lê Lợi"}
    stranger = {"name": "Trần Thị Ngọc", "birthdate": "1985-05-25"}
    assert decide({**channels, "name": "Lê Thị Hoa", "birthdate": "1978-04-04"}, {**channels, **stranger}).name == (
        Decision.NEW
    )


@given(records, records, successions, st.integers(0, 2))
@settings(deadline=None)
def test_the_decision_is_the_same_from_both_sides(
    a: Record, b: Record, superseded: list[tuple[str, str]], rivals: int
) -> None:
    there = decide(a, b, superseded=superseded, other_candidates=rivals)
    back = decide(b, a, superseded=superseded[::-1], other_candidates=rivals)
    assert there == back


@given(records, records, successions, st.sampled_from([None, "", "012345678", "0991840000111", 99184000011]))
@settings(deadline=None)
def test_nothing_is_linked_without_a_verified_number_on_both_sides(
    a: Record, b: Record, superseded: list[tuple[str, str]], no_number: Any
) -> None:
    without = {**a, "personal_id": no_number}
    assert not decide(without, b, superseded=superseded).name.startswith("LINK")
    assert not decide(without, without, superseded=superseded).name.startswith("LINK")


@given(records, records)
@settings(deadline=None)
def test_nothing_is_linked_across_different_numbers_none_of_which_was_reissued(a: Record, b: Record) -> None:
    if decide(a, b).name.startswith("LINK"):
        assert a["personal_id"] == b["personal_id"]


@given(records, records, st.sampled_from(["NFC", "NFD"]))
@settings(deadline=None)
def test_how_the_text_is_composed_makes_no_difference(a: Record, b: Record, form: Any) -> None:
    composed = {key: unicodedata.normalize(form, value) if value else value for key, value in a.items()}
    assert decide(composed, b) == decide(a, b)


@given(records, records)
@settings(deadline=None)
def test_where_a_tone_mark_stands_makes_no_difference_but_to_the_level(a: Record, b: Record) -> None:
    moved = {**a, "name": a["name"].replace("òa", "oà")} if a.get("name") else a
    assert decide(moved, b).name is decide(a, b).name


@given(strange_records, strange_records)
@settings(deadline=None)
def test_whatever_a_source_sends_is_decided_and_never_linked_by_accident(a: Record, b: Record) -> None:
    assert decide(a, b).name in (Decision.NEW, Decision.PROVE, Decision.REVIEW)
