"""The command as a whole: quick help, one sentence for a failure, exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest

from idp.cli import COMMANDS
from tests.idp.cli.conftest import Installation

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_listed_command_exists_and_explains_itself(empty: Installation, command: str) -> None:
    answer = empty.done(command, "--help")
    assert answer.stdout.startswith("Usage: ")
    assert len(answer.stdout.splitlines()) > 5


def test_the_list_of_commands_is_told_without_loading_any_of_them() -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from idp.cli import app;"
        "result = CliRunner().invoke(app, ['--help']); assert 'rotate and retire' in result.output, result.output;"
        "heavy = [m for m in ('sqlalchemy', 'pydantic', 'uvicorn', 'cryptography', 'alembic') if m in sys.modules];"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_unknown_command_is_a_wrong_call(empty: Installation) -> None:
    answer = empty.call("abracadabra")
    assert answer.exit_code == 2
    assert "abracadabra" in answer.stderr


def test_every_fault_of_the_settings_is_one_line_and_no_traceback(empty: Installation) -> None:
    empty.configure(issuer="ftp://x", master_keys=None, colour="blue")
    answer = empty.call("client", "list")
    assert answer.exit_code == 1
    assert all(line.startswith("motcua: ") for line in answer.stderr.splitlines())
    assert "MOTCUA_ISSUER" in answer.stderr
    assert "`colour` is not a setting" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    "arguments",
    [("client", "list"), ("source", "list"), ("keys", "list"), ("purge",), ("audit", "verify"), ("serve",)],
    ids=" ".join,
)
def test_a_database_without_tables_is_a_sentence(empty: Installation, arguments: tuple[str, ...]) -> None:
    answer = empty.call(*arguments)
    assert answer.exit_code == 1
    assert "motcua migrate" in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://motcua:hush@127.0.0.1:1/motcua", "the database does not answer"),
        ("mysql://motcua:hush@127.0.0.1/motcua", "MOTCUA_DATABASE_URL"),
    ],
)
def test_a_database_that_cannot_be_used_is_a_sentence_without_its_password(
    empty: Installation, url: str, words: str
) -> None:
    empty.configure(database_url=url)
    for arguments in (("migrate",), ("client", "list"), ("keys", "list"), ("purge",)):
        answer = empty.call(*arguments)
        assert answer.exit_code == 1
        assert words in answer.stderr
        assert "hush" not in answer.stderr


def test_a_bare_install_says_which_extra_is_missing() -> None:
    script = "import sys; sys.modules['typer'] = None; import idp.cli"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "motcua: only the SDK is installed here; the provider is: pip install 'motcua[idp]'\n"


def test_a_new_database_file_is_for_its_owner_alone(empty: Installation) -> None:
    empty.done("migrate")
    assert {path.stat().st_mode & 0o777 for path in empty.folder.glob("motcua.db*")} == {0o600}


def test_a_database_in_a_missing_folder_is_a_sentence(empty: Installation) -> None:
    empty.configure(database_url=f"sqlite:///{empty.folder}/nowhere/motcua.db")
    answer = empty.call("migrate")
    assert answer.exit_code == 1
    assert "cannot be written" in answer.stderr


def test_migrating_twice_changes_nothing_the_second_time(installation: Installation) -> None:
    kids = {row["kid"] for row in installation.rows("SELECT kid FROM signing_key")}
    assert installation.done("migrate", "--json").json == {"migrated": True, "keys_made": 0}
    assert {row["kid"] for row in installation.rows("SELECT kid FROM signing_key")} == kids
