"""`motcua keys`, on a real database."""

from collections import Counter
from typing import Any

import pytest

from idp.storage.live_configuration import load_key_ring
from idp.storage.open import open_database
from idp.storage.vault import Vault
from keys.algorithms import KEY_ALGORITHMS, SignatureAlgorithm
from tests.idp.cli.conftest import MASTER_KEY, OTHER_MASTER_KEY, Installation


def _keys(installation: Installation) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = installation.done("keys", "list", "--json").json
    return listed


def _one(installation: Installation, state: str, alg: str = "ES256") -> str:
    [key] = [key for key in _keys(installation) if (key["alg"], key["state"]) == (alg, state)]
    return str(key["kid"])


def test_migrating_makes_a_signing_and_a_waiting_key_of_every_algorithm(installation: Installation) -> None:
    counted = Counter((key["alg"], key["state"]) for key in _keys(installation))
    assert counted == {(alg.value, state): 1 for alg in KEY_ALGORITHMS for state in ("active", "next")}


def test_no_private_half_is_ever_printed(installation: Installation) -> None:
    for key in _keys(installation):
        assert set(key) == {"kid", "alg", "state", "created_at", "activated_at", "retired_at"}


def test_rotates_one_algorithm(installation: Installation) -> None:
    active, waiting, other = (
        _one(installation, "active"),
        _one(installation, "next"),
        _one(installation, "active", "EdDSA"),
    )
    installation.done("keys", "rotate", "--alg", "ES256")
    assert _one(installation, "retired") == active
    assert _one(installation, "active") == waiting
    assert _one(installation, "next") not in (active, waiting)
    assert _one(installation, "active", "EdDSA") == other
    [event] = [event for event in installation.events("keys.rotated") if event["active_kid"] == waiting]
    assert event["alg"] == "ES256"


def test_rotates_every_algorithm(installation: Installation) -> None:
    before = {key["kid"] for key in _keys(installation) if key["state"] == "active"}
    installation.done("keys", "rotate")
    assert {key["kid"] for key in _keys(installation) if key["state"] == "retired"} == before


async def test_a_rotated_ring_opens_and_signs(installation: Installation) -> None:
    database = open_database(f"sqlite:///{installation.database}")
    ring = await load_key_ring(database, Vault([(MASTER_KEY.split(":")[0], b"1234567890abcdefghijklmnopqrstuv")]))
    await database.close()
    for alg in SignatureAlgorithm:
        assert ring.signer(alg).sign("JWT", {"a": 1}).count(".") == 2


def test_workers_are_told_of_a_rotation(installation: Installation) -> None:
    [before] = installation.rows("SELECT version FROM configuration_version")
    installation.done("keys", "rotate", "--alg", "EdDSA")
    [after] = installation.rows("SELECT version FROM configuration_version")
    assert before != after


def test_retiring_the_active_key_lets_the_waiting_one_sign(installation: Installation) -> None:
    active, waiting = _one(installation, "active"), _one(installation, "next")
    installation.done("keys", "retire", active)
    assert (_one(installation, "retired"), _one(installation, "active")) == (active, waiting)


def test_a_withdrawn_key_is_gone(installation: Installation) -> None:
    active = _one(installation, "active")
    answer = installation.done("keys", "retire", active, "--withdraw", "--json")
    assert answer.json["removed"] == [active]
    assert active not in {key["kid"] for key in _keys(installation)}
    assert installation.events("configuration.changed")[-1]["action"] == "withdrawn"


def test_retiring_a_retired_key_changes_nothing(installation: Installation) -> None:
    active = _one(installation, "active")
    installation.done("keys", "retire", active)
    before = _keys(installation)
    assert "Nothing" in installation.done("keys", "retire", active).stdout
    assert _keys(installation) == before


def test_rotating_forgets_keys_that_nothing_can_need(installation: Installation) -> None:
    active = _one(installation, "active")
    installation.done("keys", "retire", active)
    installation.rows("UPDATE signing_key SET retired_at = 1000 WHERE kid = $1 RETURNING kid", active)
    assert installation.done("keys", "rotate", "--alg", "ES256", "--json").json["removed"] == [active]


def test_an_unknown_key_is_a_sentence(installation: Installation) -> None:
    answer = installation.call("keys", "retire", "nothing")
    assert answer.exit_code == 1
    assert "motcua keys list" in answer.stderr


def test_an_unknown_algorithm_is_a_wrong_call(installation: Installation) -> None:
    assert installation.call("keys", "rotate", "--alg", "HS256").exit_code == 2


@pytest.mark.parametrize("command", [("list",), ("rotate",)])
def test_a_lost_master_key_is_told_as_such(installation: Installation, command: tuple[str, ...]) -> None:
    installation.configure(master_keys=OTHER_MASTER_KEY)
    answer = installation.call("keys", *command)
    assert answer.exit_code == 1
    assert "MOTCUA_MASTER_KEYS" in answer.stderr


@pytest.mark.parametrize("kid", ["-Ab3", "--b3", "-"])
def test_a_kid_that_begins_with_a_dash_is_a_kid(installation: Installation, kid: str) -> None:
    answer = installation.call("keys", "retire", kid)
    assert f"there is no key {kid}" in answer.stderr
