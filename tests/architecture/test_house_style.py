"""What can be counted of the house style, on the real tree."""

from tests.architecture import checks, rules
from tests.architecture.source_tree import module_names, source_modules


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert list(checks.name_breaches(source_modules())) == []


def test_no_file_is_longer_than_three_hundred_lines_without_a_reason() -> None:
    assert list(checks.length_breaches(source_modules())) == []


def test_every_longer_file_on_the_list_exists() -> None:
    assert set(rules.LONGER_FILES) <= module_names()


def test_every_package_says_what_it_owns() -> None:
    assert list(checks.docstring_breaches(source_modules())) == []


def test_pure_rules_take_the_time_as_a_parameter() -> None:
    assert list(checks.clock_breaches(source_modules())) == []


def test_everything_is_caught_at_the_edges_only() -> None:
    assert list(checks.catch_breaches(source_modules())) == []


def test_whoever_silences_a_tool_says_why() -> None:
    assert list(checks.suppression_breaches(source_modules())) == []
