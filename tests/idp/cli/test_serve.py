"""`motcua serve` starts nothing that could not finish a login."""

import sqlite3

from idp.storage.migrate import migrate
from tests.idp.cli.conftest import Installation


def test_refuses_a_database_without_tables(empty: Installation) -> None:
    answer = empty.call("serve")

    assert answer.exit_code == 1
    assert "motcua migrate" in answer.stderr


def test_refuses_a_database_without_signing_keys(empty: Installation) -> None:
    migrate(f"sqlite:///{empty.database}")

    answer = empty.call("serve")

    assert answer.exit_code == 1
    assert "no signing keys" in answer.stderr


def test_refuses_keys_of_which_none_is_active(installation: Installation) -> None:
    with sqlite3.connect(installation.database) as connection:
        connection.execute("UPDATE signing_key SET state = 'retired'")

    assert "no signing keys" in installation.call("serve").stderr
