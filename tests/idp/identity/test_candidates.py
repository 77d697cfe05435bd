"""Choosing among several stored people."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.identity.recognition.candidates import choose

Record = dict[str, Any]

NAM: Record = {"name": "Nguyễn Văn Nam", "birthdate": "1992-03-03", "sex": "male", "birthplace": "Hà Nội"}
NAM_WITH_ID = NAM | {"personal_id": "099092000180"}
HOMONYM_WITH_ID = NAM | {"personal_id": "099092000555"}
STRANGER: Record = {"name": "Lê Thị Hoa", "birthdate": "1978-04-04", "sex": "female"}


@pytest.mark.parametrize(
    ("record", "candidates", "decision", "counting"),
    [
        pytest.param(NAM_WITH_ID, [], "NEW", (), id="nobody"),
        pytest.param(NAM_WITH_ID, [STRANGER], "NEW", (), id="a stranger"),
        pytest.param(NAM_WITH_ID, [STRANGER, NAM_WITH_ID], "LINK", (1,), id="the holder of the number"),
        pytest.param(NAM_WITH_ID, [NAM, NAM_WITH_ID], "LINK", (1,), id="the holder and a homonym"),
        pytest.param(NAM_WITH_ID, [HOMONYM_WITH_ID], "NEW", (), id="a homonym with another number"),
        pytest.param(NAM_WITH_ID, [NAM_WITH_ID, NAM_WITH_ID], "REVIEW", (0, 1), id="two claim one number"),
        pytest.param(NAM, [STRANGER, NAM_WITH_ID], "PROVE", (1,), id="no number, one candidate"),
        pytest.param(NAM, [NAM_WITH_ID, HOMONYM_WITH_ID], "REVIEW", (0, 1), id="no number, two homonyms"),
    ],
)
def test_the_candidates_that_count_decide(
    record: Record, candidates: list[Record], decision: str, counting: tuple[int, ...]
) -> None:
    choice = choose(record, candidates)
    assert (choice.decision, choice.candidates) == (decision, counting)


def test_the_evidence_says_that_there_were_rivals() -> None:
    choice = choose(NAM, [NAM_WITH_ID, HOMONYM_WITH_ID])
    assert [outcome.reasons[0] for outcome in choice.outcomes] == ["C+", "C+"]


@given(st.permutations([NAM, NAM_WITH_ID, HOMONYM_WITH_ID, STRANGER]), st.integers(0, 4))
@settings(deadline=None)
def test_the_order_of_the_candidates_makes_no_difference(order: list[Record], count: int) -> None:
    candidates = order[:count]
    for record in (NAM, NAM_WITH_ID, STRANGER):
        there = choose(record, candidates)
        back = choose(record, candidates[::-1])
        assert there.decision is back.decision
        assert {len(candidates) - 1 - position for position in back.candidates} == set(there.candidates)


def test_a_reissued_number_finds_its_holder() -> None:
    new = NAM | {"personal_id": "099092000777"}
    superseded = [("099092000180", "099092000777")]
    assert choose(new, [NAM_WITH_ID]).decision == "NEW"
    assert choose(new, [NAM_WITH_ID], superseded=superseded).decision == "LINK"
