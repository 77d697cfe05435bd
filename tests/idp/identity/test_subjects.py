"""The identifier one sector knows a person by: the key makes it, the store keeps it."""

from idp.identity.subjects import subject_for
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
