"""JSON from strangers is read in one way only."""

import pytest

from idp.web.strict_json import MOST_LEVELS, parse_json


def _nested(levels: int, opening: bytes, closing: bytes) -> bytes:
    return opening * levels + b"0" + closing * levels


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b'{"a": 1, "a": 1}', id="a name twice"),
        pytest.param(b'{"a": {"b": 1, "b": 2}}', id="a name twice, deeper"),
        pytest.param(b"NaN", id="no number"),
        pytest.param(b"[-Infinity]", id="no end"),
        pytest.param(b"\xff", id="no UTF-8"),
        pytest.param(b"\xef\xbb\xbf{}", id="a byte order mark"),
        pytest.param(b"[" * 100_000, id="endless nesting"),
        pytest.param(_nested(MOST_LEVELS + 1, b"[", b"]"), id="a list too deep"),
        pytest.param(_nested(MOST_LEVELS + 1, b'{"a":', b"}"), id="an object too deep"),
        pytest.param(b'[{"a":' + _nested(MOST_LEVELS - 1, b"[", b"]") + b"}]", id="both, too deep"),
        pytest.param(_nested(900, b"[", b"]"), id="as deep as a parser still reads"),
        pytest.param(b"9" * 5_000, id="endless digits"),
        pytest.param(b"9223372036854775808", id="a number of more than 64 bits"),
        pytest.param(b"[-9223372036854775809]", id="one below zero"),
        pytest.param(b"1e999", id="a number that becomes endless"),
        pytest.param(rb'"\ud800"', id="half a letter"),
        pytest.param(rb'{"a": ["\uDC00x"]}', id="the other half, deeper"),
        pytest.param(rb'{"\ud800": 1}', id="half a letter as a name"),
        pytest.param(b"{} {}", id="two documents"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_refuses_what_parsers_read_differently(document: bytes) -> None:
    with pytest.raises(ValueError, match="not strict JSON"):
        parse_json(document)


def test_reads_everything_else() -> None:
    assert parse_json(rb'{"a": "\ud83d\ude00", "b": "\\ud800", "c": [null, 1.5]}') == {
        "a": "\U0001f600",
        "b": "\\ud800",
        "c": [None, 1.5],
    }


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_reads_what_is_just_deep_enough(opening: bytes, closing: bytes) -> None:
    assert parse_json(_nested(MOST_LEVELS, opening, closing))


def test_what_is_wide_or_only_looks_deep_is_read() -> None:
    assert parse_json(b"[" + b",".join([b"[0]"] * 500) + b"]") == [[0]] * 500
    assert parse_json(b'"' + b"[" * 500 + b'"') == "[" * 500


def test_the_largest_numbers_are_read() -> None:
    assert parse_json(b"[9223372036854775807, -9223372036854775808, -0, 1e300]") == [2**63 - 1, -(2**63), 0, 1e300]
