"""A whole run in small: what is counted, and what is printed."""

from pathlib import Path

import pytest

from examples.register_generator.faults import read_rates
from examples.register_generator.output import Recipe, write_registers
from idp.identity.decision_table import Decision
from tests.matching_bench.report import report
from tests.matching_bench.run import Measured, measure, measure_together
from tests.matching_bench.tally import Numbers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registers")
    write_registers(Recipe(people=600, seed=11, rates=read_rates(), factor=2), folder)
    return folder


@pytest.fixture(scope="module")
def measured(folder: Path) -> Measured:
    return measure(folder)


def test_nobody_is_merged_with_another(measured: Measured, folder: Path) -> None:
    assert measured.false_merges == []
    assert measure_together(folder).false_merges == []


def test_every_true_pair_is_counted_once_with_how_it_ended(measured: Measured) -> None:
    for tally in measured.tallies:
        with_number, without = (tally.pairs[numbers].total() for numbers in Numbers)
        linked, _ = tally.recall(Numbers.NOT_BOTH, Decision.LINK, Decision.LINK_TOL)
        assert with_number > without > 100
        assert linked == 0 or tally.through_another > 0
        assert tally.right[Decision.LINK] == tally.decisions[Decision.LINK]


def test_namesakes_are_reviewed_and_never_linked(measured: Measured) -> None:
    for tally in measured.tallies:
        assert set(tally.homonyms) == {Decision.REVIEW}


def test_the_report_says_first_what_is_to_be_reached(measured: Measured) -> None:
    lines = list(report(measured, together=None))
    assert [line.split("  ")[1] for line in lines[1:6]] == [
        "precision of LINK and LINK_TOL",
        "tax with insurance: linked by themselves",
        "with phone: linked by themselves",
        "with a number on both sides: not lost to NEW",
        "no number on a side: offered PROVE or REVIEW",
    ]
    assert "0 false merges" in lines[1]
    misses = lines[lines.index(next(line for line in lines if "telling misses" in line)) + 1 :]
    assert [line.split()[1] for line in misses[:20:2]].count("NEW") == 5


def test_a_goal_of_recall_is_one_for_the_usual_rates_only(measured: Measured) -> None:
    usual, other = (list(report(measured, together=None, usual_rates=usual)) for usual in (True, False))
    assert all("goal" in line for line in usual[2:6])
    assert not any("goal" in line or "MISSED" in line for line in other[2:6])
    assert other[1] == usual[1]
