"""Sealing, blind indexes and their rotation."""

import pytest

from idp.storage.vault import CannotUnseal, Vault, token_hash

OLD = ("2025", b"o" * 32)
NEW = ("2026", b"n" * 32)
ROW = "identity_link|identity_sealed|link-1"
CANARY = "Nguyễn Thị Hòa".encode()


def test_what_was_sealed_for_a_row_opens_for_that_row() -> None:
    vault = Vault([NEW])

    sealed = vault.seal(CANARY, row=ROW)

    assert vault.unseal(sealed, row=ROW) == CANARY
    assert CANARY not in sealed


def test_the_same_plaintext_never_seals_to_the_same_bytes() -> None:
    vault = Vault([NEW])

    assert len({vault.seal(CANARY, row=ROW) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("identity_link|identity_sealed|link-2", id="another row"),
        pytest.param("identity_link|evidence|link-1", id="another column"),
        pytest.param("sso_session|identity_sealed|link-1", id="another table"),
    ],
)
def test_a_sealed_value_does_not_open_elsewhere(row: str) -> None:
    vault = Vault([NEW])
    sealed = vault.seal(CANARY, row=ROW)

    with pytest.raises(CannotUnseal):
        vault.unseal(sealed, row=row)


def test_no_changed_bit_is_accepted() -> None:
    vault = Vault([NEW])
    sealed = vault.seal(b"x", row=ROW)

    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(CannotUnseal):
            vault.unseal(bytes(changed), row=ROW)


@pytest.mark.parametrize("length", range(0, 36, 3))
def test_a_cut_off_value_does_not_open(length: int) -> None:
    vault = Vault([NEW])

    with pytest.raises(CannotUnseal):
        vault.unseal(vault.seal(CANARY, row=ROW)[:length], row=ROW)


def test_an_older_master_key_still_opens_and_the_new_one_seals() -> None:
    sealed = Vault([OLD]).seal(CANARY, row=ROW)
    vault = Vault([NEW, OLD])

    assert vault.unseal(sealed, row=ROW) == CANARY
    assert not vault.is_active(sealed)
    assert vault.is_active(vault.seal(CANARY, row=ROW))


def test_a_master_key_that_is_not_configured_is_named_as_the_cause() -> None:
    sealed = Vault([OLD]).seal(CANARY, row=ROW)

    with pytest.raises(CannotUnseal, match="master key that is not configured"):
        Vault([NEW]).unseal(sealed, row=ROW)


def test_another_key_under_the_same_id_does_not_open() -> None:
    sealed = Vault([("k", b"a" * 32)]).seal(CANARY, row=ROW)

    with pytest.raises(CannotUnseal):
        Vault([("k", b"b" * 32)]).unseal(sealed, row=ROW)


def test_a_blind_index_is_stable_and_separates_kinds_values_and_keys() -> None:
    vault = Vault([NEW])
    index = vault.blind_index("personal_id", "099123456789")

    assert index == Vault([NEW]).blind_index("personal_id", "099123456789")
    others = {
        vault.blind_index("personal_id", "099123456788"),
        vault.blind_index("phone", "099123456789"),
        Vault([OLD]).blind_index("personal_id", "099123456789"),
    }
    assert index not in others
    assert len(others) == 3


def test_during_a_rotation_both_indexes_are_looked_for_the_active_first() -> None:
    vault = Vault([NEW, OLD])

    assert vault.blind_indexes("phone", "+84530000001") == (
        Vault([NEW]).blind_index("phone", "+84530000001"),
        Vault([OLD]).blind_index("phone", "+84530000001"),
    )


def test_each_purpose_has_a_key_of_its_own() -> None:
    vault = Vault([NEW, OLD])

    keys = {vault.derive("subject"), vault.derive("cookie"), Vault([OLD]).derive("subject"), NEW[1]}

    assert len(keys) == 4
    assert all(len(key) == 32 for key in keys)
    assert vault.derive_all("subject") == (vault.derive("subject"), Vault([OLD]).derive("subject"))


def test_a_token_hash_separates_kind_from_value() -> None:
    assert token_hash("code", "x") == Vault([NEW]).token_hash("code", "x")
    assert len({token_hash("code", "x"), token_hash("token", "x"), token_hash("cod", "ex")}) == 3
    assert len(token_hash("code", "x")) == 32


def test_no_key_shows_in_repr() -> None:
    vault = Vault([("k", b"canary-canary-canary-canary-cana")])

    assert "canary" not in repr(vault)
    assert "canary" not in repr(vars(vault))


@pytest.mark.parametrize(
    "master_keys",
    [
        pytest.param([], id="none"),
        pytest.param([("k", b"x" * 31)], id="short"),
        pytest.param([("k", b"x" * 32), ("k", b"y" * 32)], id="one id twice"),
        pytest.param([("", b"x" * 32)], id="no id"),
        pytest.param([("ü" * 3, b"x" * 32)], id="not ASCII"),
    ],
)
def test_unusable_master_keys_are_refused_at_the_start(master_keys: list[tuple[str, bytes]]) -> None:
    with pytest.raises(ValueError, match="master key"):
        Vault(master_keys)
