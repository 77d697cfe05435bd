"""The decision table as a file: complete, understood, and unable to link without a number."""

from itertools import product

import pytest

from idp.identity.decision_table import Decision, deciding_row, decision_table, read_table

NUMBERS = ("P0", "P1", "PX", "P?")
DIGITS = ("G0", "GX")
SEXES = ("S=", "SX", "SR", "S?")
NAMES = ("N0", "N1", "N2", "N3", "NT", "N4", "N5", "N6", "NX", "N?")
DATES = ("D0", "D1", "D2", "DX", "D?")
PLACES = ("B0", "BX", "B?")
EVERYTHING = list(product(("C1", "C+"), NUMBERS, DIGITS, SEXES, NAMES, DATES, PLACES))


def test_every_combination_of_evidence_is_decided() -> None:
    assert {deciding_row(codes).decision for codes in EVERYTHING} == set(Decision)


def test_every_row_decides_something() -> None:
    assert {deciding_row(codes).id for codes in EVERYTHING} == {row.id for row in decision_table()}


def test_only_the_same_verified_number_links() -> None:
    linking = [codes for codes in EVERYTHING if deciding_row(codes).decision in (Decision.LINK, Decision.LINK_TOL)]
    assert {codes[:3] for codes in linking} == {("C1", "P0", "G0")}
    assert {codes[3] for codes in linking} == {"S=", "SR", "S?"}
    assert {codes[4] for codes in linking} == {"N0", "N1", "N2", "N3"}
    assert {codes[5] for codes in linking} == {"D0", "D1"}


def test_more_than_one_candidate_is_always_reviewed() -> None:
    assert {deciding_row(codes).decision for codes in EVERYTHING if codes[0] == "C+"} == {Decision.REVIEW}


def test_different_numbers_never_lead_further_than_a_review() -> None:
    decisions = {deciding_row(codes).decision for codes in EVERYTHING if codes[1] in ("P1", "PX")}
    assert decisions == {Decision.NEW, Decision.REVIEW}


@pytest.mark.parametrize(
    ("when", "decision", "complaint"),
    [
        pytest.param('["P0", "N9"]', "LINK", "nobody knows", id="an unknown code"),
        pytest.param('["P0", ""]', "LINK", "nobody knows", id="an empty condition"),
        pytest.param('["P?", "N0", "D0"]', "LINK", "without the same verified number", id="no number"),
        pytest.param('["P0 P1", "N0"]', "LINK_TOL", "without the same verified number", id="a slip"),
        pytest.param('["P0"]', "MERGE", "MERGE", id="an unknown decision"),
    ],
)
def test_a_table_that_says_something_else_is_refused(when: str, decision: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_table(f'[[row]]\nid = "mine"\nwhen = {when}\ndecision = "{decision}"\n')


def test_two_rows_of_one_name_are_refused() -> None:
    row = '[[row]]\nid = "mine"\nwhen = ["P0"]\ndecision = "NEW"\n'
    with pytest.raises(ValueError, match="same id"):
        read_table(row + row)
