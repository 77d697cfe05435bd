"""Every spelling of the fixture, and what no text may do."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idp.identity.identifiers.kinds import Identifier, IdentifierKind, InvalidIdentifier
from idp.identity.identifiers.parsing import parse_identifier

TODAY = date(2026, 11, 21)
_FIXTURE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures" / "identifiers.json").read_text("utf-8"))
ROWS = [
    pytest.param(IdentifierKind(kind), row, id=f"{kind}: {row['input']!r}")
    for kind in IdentifierKind
    for row in _FIXTURE[kind]
]

# Digits with what people put between them, so that many examples come near a number.
near_numbers = st.text(st.sampled_from("0123456789 .-+０９٣DNdn\u200b\u00a0–/;"), max_size=24)
any_text = st.one_of(st.text(max_size=80), near_numbers)
sandbox_numbers = st.one_of(
    st.from_regex(r"99[0-9]{8}", fullmatch=True), st.from_regex(r"099[0-3][0-9]{8}", fullmatch=True)
)


def parse(kind: IdentifierKind, text: str) -> Identifier:
    return parse_identifier(kind, text, today=TODAY, allow_sandbox=True)


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_every_spelling_of_the_fixture_becomes_its_canonical_form_or_its_reason(
    kind: IdentifierKind, row: dict[str, Any]
) -> None:
    if "error" in row:
        with pytest.raises(InvalidIdentifier) as refusal:
            parse(kind, row["input"])
        assert (refusal.value.kind.value, refusal.value.reason) == (row.get("kind", kind), row["error"])
        return
    parsed = parse(kind, row["input"])
    assert parsed.canonical == row["canonical"]
    assert parsed.kind.value == row.get("kind", kind)


@pytest.mark.parametrize("kind", IdentifierKind)
@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\ufeff\u00a0"])
def test_nothing_visible_is_missing(kind: IdentifierKind, text: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        parse(kind, text)
    assert refusal.value.reason == "missing"


@pytest.mark.parametrize("kind", IdentifierKind)
def test_a_text_longer_than_anybody_types_is_refused(kind: IdentifierKind) -> None:
    with pytest.raises(InvalidIdentifier):
        parse(kind, "9" * 1_000_000)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (IdentifierKind.TAX_CODE, "٩٩٠٠٠٠٠٠١٦"),
        (IdentifierKind.SOCIAL_INSURANCE_NUMBER, "٩٩٠٠٠٠٠٠١٧"),
        (IdentifierKind.PERSONAL_ID, "٠٩٩١٨٤٠٠٠٠١١"),
    ],
)
def test_digits_of_other_scripts_are_no_second_spelling(kind: IdentifierKind, text: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        parse(kind, text)
    assert refusal.value.reason == "invalid_format"


def test_a_sandbox_number_is_refused_where_the_sandbox_is_off() -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        parse_identifier(IdentifierKind.MOBILE_NUMBER, "0530000001", today=TODAY)
    assert refusal.value.reason == "invalid_number"


@pytest.mark.parametrize("kind", IdentifierKind)
@pytest.mark.parametrize("separator", [" ", "\u00a0", ".", "-", "–", "\u2011", "\u200b", "\ufeff"])
def test_separators_of_every_kind_change_nothing(kind: IdentifierKind, separator: str) -> None:
    number = {"personal_id": "099184000011", "mobile_number": "0381234567"}.get(kind, "9900000016")
    assert parse(kind, separator.join([number[:3], number[3:6], number[6:]])) == parse(kind, number)


@given(st.sampled_from(IdentifierKind), any_text)
@example(IdentifierKind.TAX_CODE, "٩٩٠٠٠٠٠٠١٦")
@example(IdentifierKind.TAX_CODE, "²" * 10)
@settings(deadline=None)
def test_parsing_never_raises_anything_but_its_refusal_and_parses_its_own_canonical_form(
    kind: IdentifierKind, text: str
) -> None:
    try:
        parsed = parse(kind, text)
    except InvalidIdentifier:
        return
    assert parse(parsed.kind, parsed.canonical).canonical == parsed.canonical


@given(st.sampled_from(IdentifierKind), sandbox_numbers)
@settings(deadline=None)
def test_neither_the_value_nor_its_refusal_shows_the_number(kind: IdentifierKind, number: str) -> None:
    try:
        shown = repr(parse(kind, number))
    except InvalidIdentifier as refusal:
        shown = f"{refusal} {refusal!r} {refusal.args}"
    assert number not in shown
    assert number[3:9] not in shown
