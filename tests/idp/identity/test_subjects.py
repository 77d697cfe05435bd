"""The identifier one sector knows a person by: the key makes it, the store keeps it."""

import pytest

from idp.identity.subjects import insert_subject, subject_for
from idp.storage.database import Database, IntegrityConflict, Statement
from idp.storage.vault import Vault

_VAULT = Vault([("k1", bytes(range(32)))])


def test_is_the_same_for_one_person_and_sector_and_tells_nothing_of_either() -> None:
    sub = subject_for("person-1", "town-hall.example", _VAULT)

    assert sub == subject_for("person-1", "town-hall.example", _VAULT)
    assert len(sub) == 43
    assert "person" not in sub


def test_differs_by_person_sector_and_key() -> None:
    subs = {
        subject_for("person-1", "a.example", _VAULT),
        subject_for("person-2", "a.example", _VAULT),
        subject_for("person-1", "b.example", _VAULT),
        subject_for("person-1", "a.example", Vault([("k2", bytes(32))])),
    }

    assert len(subs) == 4


def test_no_two_pairs_run_together() -> None:
    assert subject_for("b|c", "a", _VAULT) != subject_for("c", "a|b", _VAULT)
    assert subject_for("1:x|p", "a", _VAULT) != subject_for("p", "a|1:x", _VAULT)


_PERSON = Statement("INSERT INTO person (id, status, created_at) VALUES ('hoa', 'active', 1)")
_GATE = Statement("SELECT id FROM person WHERE id = 'hoa'")


async def test_two_first_logins_at_once_store_it_once(database: Database) -> None:
    await database.commit(_PERSON)
    for gate in (None, None, _GATE):
        await database.commit(insert_subject("hoa", "a.example", "derived", now=1), gate=gate)
    rows = await database.fetch_all("SELECT * FROM subject_identifier")
    assert [(row["person_id"], row["sub"]) for row in rows] == [("hoa", "derived")]


@pytest.mark.parametrize("gate", [None, _GATE], ids=["alone", "behind a gate"])
async def test_a_login_that_does_not_know_of_a_merge_writes_nothing(database: Database, gate: Statement | None) -> None:
    """The merge gave the person the one of the absorbed: a code with the derived one must not go out."""
    await database.commit(_PERSON, insert_subject("hoa", "a.example", "of-the-absorbed", now=1))
    with pytest.raises(IntegrityConflict):
        await database.commit(insert_subject("hoa", "a.example", "derived", now=2), gate=gate)
    rows = await database.fetch_all("SELECT sub FROM subject_identifier")
    assert [row["sub"] for row in rows] == ["of-the-absorbed"]
