"""A gate and its writes as one PostgreSQL statement."""

import pytest

from idp.storage.composition import arguments_of, compose
from idp.storage.database import FromGate, Insert, Statement, StatementRefused


def test_a_value_from_the_gate_becomes_a_column_of_its_row() -> None:
    gate = Statement("SELECT id AS grant_id FROM authorization_grant WHERE id = $1", ("g",))
    entry = Insert("audit_entry", {"id": "e", "grant_id": FromGate("grant_id"), "event": "x"})

    text = compose([entry], gate)

    assert "INSERT INTO audit_entry (id, grant_id, event) SELECT $2, gate.grant_id, $3 FROM gate" in text
    assert arguments_of([entry], gate) == ["g", "e", "x"]


def test_a_value_from_the_gate_needs_a_gate() -> None:
    with pytest.raises(StatementRefused):
        compose([Insert("audit_entry", {"id": FromGate("id")})], None)
