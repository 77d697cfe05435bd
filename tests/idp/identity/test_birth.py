"""Birth dates: how precise, how alike, how old."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.identity.attributes.birth import BirthDatePrecision, compare_birth_dates, parse_birth_date

dates = st.one_of(
    st.dates(date(1900, 1, 1), date(2026, 1, 1)).map(str),
    st.integers(1900, 2026).map(str),
    st.sampled_from(["1960-01-01", "1960", "1960-02-03", "1960-03-02", "1960-02-30", ""]),
    st.text(max_size=40),
)


@pytest.mark.parametrize(
    ("text", "precision", "year"),
    [
        ("1984-03-12", "day", 1984),
        (" 1984-03-12 ", "day", 1984),
        ("1984", "year", 1984),
        ("1970-02-30", "none", 1970),
        ("1984-3-12", "none", None),
        ("12/03/1984", "none", None),
        ("0000-03-12", "none", None),
        ("١٩٨٤", "none", None),
        ("9" * 1000, "none", None),
        ("", "none", None),
    ],
)
def test_a_text_has_its_precision_and_year(text: str, precision: str, year: int | None) -> None:
    parsed = parse_birth_date(text)
    assert (parsed.precision, parsed.year) == (precision, year)


@pytest.mark.parametrize(
    ("a", "b", "agreement"),
    [
        pytest.param("1984-03-12", "1984-03-12", "D0", id="the same day"),
        pytest.param("1984-01-01", "1984-01-01", "D0", id="the same first of January"),
        pytest.param("1948", "1948-01-01", "D1", id="year and filler"),
        pytest.param("1960", "1960-08-21", "D1", id="year and day"),
        pytest.param("1960", "1960", "D1", id="two years"),
        pytest.param("1960-01-01", "1960-08-21", "D1", id="filler and day"),
        pytest.param("1995-04-10", "1995-10-04", "D2", id="day and month exchanged"),
        pytest.param("1955-05-19", "1956-05-19", "DX", id="another year"),
        pytest.param("1960", "1961-01-01", "DX", id="another year, year only"),
        pytest.param("1984-03-12", "1984-03-13", "DX", id="another day"),
        pytest.param("1970-02-30", "1970-03-02", "DX", id="a date that never was"),
        pytest.param("1970-02-30", "1970-02-30", "DX", id="not even equal to itself"),
        pytest.param("1970", "1970-02-30", "DX", id="nor to its year"),
    ],
)
def test_a_pair_of_birth_dates_has_its_agreement(a: str, b: str, agreement: str) -> None:
    assert compare_birth_dates(parse_birth_date(a), parse_birth_date(b)) == agreement


@pytest.mark.parametrize("other", [None, "", "1984"])
def test_a_missing_birth_date_agrees_with_nothing(other: str | None) -> None:
    present = None if other is None else parse_birth_date(other)
    assert compare_birth_dates(None, present) == "D?"
    assert compare_birth_dates(parse_birth_date(""), present) == "D?"


@given(dates, dates)
@settings(deadline=None)
def test_the_agreement_is_the_same_from_both_sides(a: str, b: str) -> None:
    first, second = parse_birth_date(a), parse_birth_date(b)
    assert compare_birth_dates(first, second) is compare_birth_dates(second, first)


@pytest.mark.parametrize(
    ("text", "today", "age"),
    [
        ("2008-11-22", date(2026, 11, 21), 17),
        ("2008-11-21", date(2026, 11, 21), 18),
        ("2008-02-29", date(2026, 2, 28), 17),
        ("2008-02-29", date(2026, 3, 1), 18),
        ("2008", date(2026, 12, 30), 17),
        ("2008", date(2026, 12, 31), 18),
        ("1970-02-30", date(2026, 11, 21), None),
    ],
)
def test_the_age_is_in_completed_years_and_the_least_a_year_allows(text: str, today: date, age: int | None) -> None:
    assert parse_birth_date(text).age_on(today) == age


def test_a_birth_date_does_not_print_itself() -> None:
    assert repr(parse_birth_date("1984-03-12")) == "BirthDate(…, precision=day)"
    assert parse_birth_date("1984-03-12").precision is BirthDatePrecision.DAY
