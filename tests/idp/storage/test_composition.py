"""A gate and its writes as one PostgreSQL statement."""

import pytest

from idp.storage.composition import arguments_of, compose, shape_of
from idp.storage.database import FromGate, Insert, Statement, StatementRefused


def test_a_value_from_the_gate_becomes_a_column_of_its_row() -> None:
    gate = Statement("SELECT id AS grant_id FROM authorization_grant WHERE id = $1", ("g",))
    entry = Insert("audit_entry", {"id": "e", "grant_id": FromGate("grant_id"), "event": "x"})

    text = compose([entry], gate)

    assert "INSERT INTO audit_entry (id, grant_id, event) SELECT $2, gate.grant_id, $3 FROM gate LIMIT 1)" in text
    assert arguments_of([entry], gate) == ["g", "e", "x"]


def test_a_value_from_the_gate_needs_a_gate() -> None:
    with pytest.raises(StatementRefused):
        compose([Insert("audit_entry", {"id": FromGate("id")})], None)


GATE = Statement("UPDATE person SET status = $1 WHERE id = $2 RETURNING id", ("closed", "p1"))


def behind_gate(text: str, *args: str) -> str:
    """How a write reads behind a gate that has two parameters of its own."""
    composed = compose([Statement(text, args)], GATE)
    return composed.partition("w1 AS (")[2].removesuffix(") SELECT * FROM gate")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "UPDATE t SET a = $1 WHERE b = $2",
            "UPDATE t SET a = $3 WHERE (b = $4) AND EXISTS (SELECT 1 FROM gate)",
            id="parameters come after those of the gate",
        ),
        pytest.param(
            "UPDATE t SET a = $1 WHERE b = $2 OR c = $1",
            "UPDATE t SET a = $3 WHERE (b = $4 OR c = $3) AND EXISTS (SELECT 1 FROM gate)",
            id="an OR cannot reach around the gate",
        ),
        pytest.param(
            "DELETE FROM t WHERE b = $1 RETURNING a",
            "DELETE FROM t WHERE (b = $3) AND EXISTS (SELECT 1 FROM gate) RETURNING a",
            id="RETURNING stays last",
        ),
        pytest.param(
            "DELETE FROM t WHERE b IN (SELECT b FROM u WHERE c = $1)",
            "DELETE FROM t WHERE (b IN (SELECT b FROM u WHERE c = $3)) AND EXISTS (SELECT 1 FROM gate)",
            id="an inner WHERE is not ours",
        ),
        pytest.param(
            "UPDATE t SET a = 'WHERE $1 (' WHERE b = $1",
            "UPDATE t SET a = 'WHERE $1 (' WHERE (b = $3) AND EXISTS (SELECT 1 FROM gate)",
            id="quoted text is left alone",
        ),
        pytest.param(
            "insert into t (a) values ($1) on conflict (a) do update set a = $1 where t.a < $1",
            "insert into t (a) SELECT $3 WHERE EXISTS (SELECT 1 FROM gate)"
            " on conflict (a) do update set a = $3 where t.a < $3",
            id="the WHERE of a conflict is not ours",
        ),
        pytest.param(
            "INSERT INTO t (a, b) VALUES (lower($1), (SELECT 1))",
            "INSERT INTO t (a, b) SELECT lower($3), (SELECT 1) WHERE EXISTS (SELECT 1 FROM gate)",
            id="values with parentheses",
        ),
    ],
)
def test_a_statement_is_put_behind_the_gate(text: str, expected: str) -> None:
    assert behind_gate(text, "x", "y") == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("UPDATE t SET a = $1", id="no WHERE"),
        pytest.param("DELETE FROM t", id="deletes everything"),
        pytest.param("INSERT INTO t (a) VALUES ($1), ($2)", id="two rows"),
        pytest.param("INSERT INTO t (a) SELECT a FROM u", id="a selection without WHERE"),
        pytest.param("INSERT INTO t (a) SELECT a FROM u WHERE b = $1 LIMIT 1", id="a limit"),
        pytest.param("INSERT INTO t (a) SELECT a FROM u WHERE b = $1 UNION SELECT 1", id="a union"),
        pytest.param("SELECT 1 WHERE true", id="not a write"),
        pytest.param("WITH x AS (SELECT 1) DELETE FROM t WHERE a = 1", id="a query of its own before it"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_statement_that_cannot_be_put_behind_the_gate_is_refused(text: str) -> None:
    with pytest.raises(StatementRefused):
        behind_gate(text, "x", "y")


def test_a_gate_that_returns_nothing_is_refused() -> None:
    with pytest.raises(StatementRefused, match="RETURNING"):
        compose([], Statement("UPDATE t SET a = 1 WHERE b = 2"))


def test_a_single_write_without_a_gate_is_written_plainly() -> None:
    assert compose([Insert("t", {"a": 1, "b": 2})], None) == "INSERT INTO t (a, b) VALUES ($1, $2)"


def test_the_shape_tells_writes_apart_that_compose_differently() -> None:
    plain = Insert("t", {"a": 1, "b": "x"})
    variants = [
        ([plain], None),
        ([plain], GATE),
        ([plain, plain], None),
        ([Insert("t", {"b": "x", "a": 1})], None),
        ([Insert("t", {"a": 1, "b": "x"}, on_conflict_do_nothing=True)], None),
        ([Insert("t", {"a": 1, "b": FromGate("id")})], GATE),
        ([Insert("t", {"a": 1, "b": FromGate("status")})], GATE),
    ]

    assert len({shape_of(writes, gate) for writes, gate in variants}) == len(variants)
    assert shape_of([plain], GATE) == shape_of([Insert("t", {"a": 2, "b": "y"})], GATE)
