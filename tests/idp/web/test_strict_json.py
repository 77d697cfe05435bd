"""JSON from strangers is read in one way only."""

import pytest

from idp.web.strict_json import parse_json


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
        pytest.param(b"9" * 5_000, id="endless digits"),
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
