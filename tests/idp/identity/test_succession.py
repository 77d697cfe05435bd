"""Personal IDs that took the place of others."""

import pytest

from idp.identity.succession.chain import compare_personal_ids

A, B, C, FAR = "099098000159", "099198000153", "099198000999", "099070123456"


@pytest.mark.parametrize(
    ("a", "b", "superseded", "agreement"),
    [
        pytest.param(A, A, [], "P0", id="the same"),
        pytest.param(A, B, [(A, B)], "P0", id="re-issued"),
        pytest.param(A, C, [(A, B), (B, C)], "P0", id="re-issued twice"),
        pytest.param(A, B, [(A, C), (B, C)], "P0", id="two numbers replaced by one"),
        pytest.param(A, B, [(A, B), (A, C)], "PX", id="a fork proves nothing"),
        pytest.param(A, B, [(A, B), (B, A)], "PX", id="a circle proves nothing"),
        pytest.param(A, A, [(A, B), (B, A)], "P0", id="the same, in a circle"),
        pytest.param(A, FAR, [(A, B)], "PX", id="somebody else"),
        pytest.param("099185000166", "099185000116", [], "P1", id="one digit"),
        pytest.param("099185000166", "099185001066", [], "P1", id="neighbours swapped"),
        pytest.param("099185000166", "099185000173", [], "PX", id="two digits"),
        pytest.param("099185000166", "099185100066", [], "PX", id="far digits swapped"),
        pytest.param("099185010166", "099185000176", [], "PX", id="two digits apart"),
        pytest.param("099185010", "09918501", [], "PX", id="different lengths"),
        pytest.param(None, A, [], "P?", id="missing"),
        pytest.param(None, None, [], "P?", id="both missing"),
    ],
)
def test_a_pair_of_numbers_has_its_agreement(
    a: str | None, b: str | None, superseded: list[tuple[str, str]], agreement: str
) -> None:
    assert compare_personal_ids(a, b, superseded=superseded) == agreement
    assert compare_personal_ids(b, a, superseded=superseded[::-1]) == agreement
