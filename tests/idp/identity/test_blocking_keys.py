"""Whoever is not NEW to each other shares a key; and the keys are few."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.identity.attributes.birthplaces import merged_provinces, province_tables
from idp.identity.matching import Decision, decide
from idp.identity.recognition.blocking_keys import probe_keys, stored_keys

Record = dict[str, Any]

PAIRS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures" / "match_pairs.json").read_text("utf-8"))[
    "pairs"
]
HOA: Record = PAIRS[0]["a"]

_WORDS = ["Nguyễn", "NGUYEN", "Lý", "Lí", "Ly", "Tôn", "Nữ", "Thị", "Thi", "Hòa", "Hoà", "HOA", "Y", "H'", "Mỹ", "An"]
_LETTERS = "aáàieyýđdnhH' -1\u0301\u00d0"
_NAMES = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=7).map(" ".join)
_DATES = st.sampled_from(["1984-03-12", "1984-12-03", "1984", "1984-01-01", "1984-05-05", "1984-02-30", "", None])
_PLACES = st.sampled_from(
    ["Nam Định", "Ninh Bình", "36", "036", "Xã Yên Phú, Nam Định", "Xã Yên Phú Nam Định", "Lào", None]
)
_SPELLINGS_OF_ONE_PLACE = st.sampled_from(["Hà, Nội", "Hà Nội", "A, 01", "A, 99", "A"])
_NUMBERS = st.sampled_from(["099184000011", "099184000012", "099 184 000 011", "012345678", None])


@st.composite
def _slip(draw: st.DrawFn, name: str) -> str:
    """The name with words exchanged, one left out, or letters put in, left out or exchanged."""
    kind = draw(st.sampled_from(["same", "order", "drop", "insert", "delete", "exchange"]))
    words = name.split()
    position = draw(st.integers(0, max(len(name) - 1, 0)))
    if kind == "order":
        return " ".join(draw(st.permutations(words)))
    if kind == "drop":
        return " ".join(word for index, word in enumerate(words) if index != position % len(words))
    if kind == "same":
        return name
    put_in = "" if kind == "delete" else draw(st.sampled_from(_LETTERS))
    return name[:position] + put_in + name[position + (kind != "insert") :]


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[Record, Record]:
    name = draw(_NAMES)
    number = draw(_NUMBERS)
    first, second = (
        {
            "name": shown,
            "birthdate": draw(_DATES),
            "sex": draw(st.sampled_from(["female", None])),
            "personal_id": draw(st.sampled_from([number, None])) if number else draw(_NUMBERS),
            "birthplace": draw(_PLACES | _SPELLINGS_OF_ONE_PLACE),
        }
        for shown in (name, draw(_slip(name)))
    )
    if draw(st.booleans()):
        second["birthdate"], second["birthplace"] = first["birthdate"], first["birthplace"]
    return first, second


def _meet(a: Record, b: Record) -> bool:
    return bool(stored_keys(a) & probe_keys(b)) and bool(stored_keys(b) & probe_keys(a))


@given(_pairs())
@settings(deadline=None, max_examples=1500)
def test_a_pair_that_is_not_new_shares_a_key_whichever_of_the_two_is_stored(pair: tuple[Record, Record]) -> None:
    a, b = pair
    assert decide(a, b).name is Decision.NEW or _meet(a, b)


@pytest.mark.parametrize("pair", [p for p in PAIRS if p["decision"] != "NEW"], ids=lambda pair: f"pair {pair['id']}")
def test_every_pair_of_the_fixture_that_is_not_new_shares_a_key(pair: dict[str, Any]) -> None:
    numbers = {number for old_and_new in pair["superseded"] for number in old_and_new}
    as_stored = [pair["a"], *({**pair["a"], "personal_id": number} for number in numbers)]
    assert any(_meet(a, pair["b"]) for a in as_stored)


@pytest.mark.parametrize(
    "stranger",
    [
        {"name": "Nguyễn Thị Hoa", "birthdate": "1985-03-12"},
        {"name": "Trần Thị Hòa", "birthdate": "1984-03-12", "birthplace": "Nam Định"},
        {"name": "Nguyễn Thị Hồng Hoa", "birthdate": "1984-03-12", "birthplace": "Hà Nội"},
        {"name": "Nguyễn Thị Hòa", "birthdate": "1984-08-08", "personal_id": "099184000777"},
        {},
    ],
)
def test_a_stranger_is_no_candidate(stranger: Record) -> None:
    assert not stored_keys(stranger) & probe_keys(HOA)


def test_a_year_alone_finds_whole_dates_and_a_whole_date_finds_years_alone() -> None:
    year, date = ({**HOA, "personal_id": None, "birthdate": text} for text in ("1984", "1984-03-12"))
    other_date = {**HOA, "personal_id": None, "birthdate": "1984-07-07"}
    assert _meet(year, date)
    assert not _meet(date, other_date)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"name": "Hòa", "birthdate": "1984-03-12", "birthplace": "Huế"}, id="one word"),
        pytest.param({"name": "Tôn Nữ Thị Ninh Giang Thu An", "birthdate": "1947-10-30"}, id="seven words"),
        pytest.param({"name": "Hòa " * 50, "birthdate": "1984-01-01", "birthplace": "X, Huế"}, id="200 characters"),
        pytest.param({"name": "ồ" * 100_000, "birthdate": "9" * 50, "birthplace": "x" * 100_000}, id="far too long"),
        pytest.param({"name": "\u202e' -\u0301", "birthdate": "1984-03-12", "birthplace": "\u200f"}, id="no letters"),
        pytest.param({"name": 7, "birthdate": [], "personal_id": {}, "birthplace": True}, id="no text"),
        pytest.param(HOA | {"birthplace": "Lào", "birthdate": "1984-01-01"}, id="a place abroad"),
    ],
)
def test_whatever_a_source_sends_has_few_keys(record: Record) -> None:
    assert len(stored_keys(record)) <= 11
    assert len(probe_keys(record)) <= 16


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(HOA, st.one_of(st.none(), st.integers(), st.text()))))
@settings(deadline=None)
def test_garbage_has_few_keys_too(record: Record) -> None:
    assert len(stored_keys(record)) <= 11
    assert len(probe_keys(record)) <= 16


def test_every_way_to_write_a_province_means_one_province_of_today() -> None:
    tables = province_tables()
    codes = {*tables.before_2025, *tables.since_2025}
    assert {
        text: merged_provinces(text) for text in (*tables.by_name, *codes) if len(merged_provinces(text)) != 1
    } == {}
