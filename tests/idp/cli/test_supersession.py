"""`motcua supersession import`: every pair of a file or none, twice as good as once, no number in any answer."""

import asyncio

import pytest

from idp.identity.succession.supersessions import stored_successors
from idp.storage.open import open_database
from idp.storage.vault import Vault
from tests.idp.cli.conftest import Installation

_VAULT = Vault([("k1", b"1234567890abcdefghijklmnopqrstuv")])
A, B, C = "099098000159", "099198000153", "099198000999"


def _file(installation: Installation, text: str) -> str:
    path = installation.folder / "reissued.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def _stored(installation: Installation, *numbers: str) -> dict[str, str]:
    async def read() -> dict[str, str]:
        database = open_database(f"sqlite:///{installation.database}")
        try:
            return await stored_successors(database, _VAULT, numbers)
        finally:
            await database.close()

    return asyncio.run(read())


def test_imports_a_file_once_and_seals_what_it_says(installation: Installation) -> None:
    file = _file(installation, f"old,new\n{A},{B}\n\n099 198 000 153,{C}\n")

    first = installation.done("supersession", "import", file, "--json").json
    second = installation.done("supersession", "import", file, "--json").json

    assert (first, second) == ({"imported": 2, "unchanged": 0}, {"imported": 0, "unchanged": 2})
    assert _stored(installation, A) == {A: B, B: C}
    stored = installation.database.read_bytes()
    assert not any(number.encode() in stored for number in (A, B, C))
    [event] = [one for one in installation.events("configuration.changed") if "imported" in str(one)]
    assert event["action"] == "imported:2"


def test_takes_the_pairs_from_stdin(installation: Installation) -> None:
    assert "1 imported" in installation.done("supersession", "import", "-", stdin=f"{A},{B}\n").stdout


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param(f"{A}", "line 2: two columns", id="one column"),
        pytest.param(f"{A},{B},x", "line 2: two columns", id="three columns"),
        pytest.param("12345,099198000153", "line 2: old: no personal ID (invalid_length)", id="another old number"),
        pytest.param(f"{A},012345678", "line 2: new: no personal ID (legacy_identity_card)", id="an identity card"),
        pytest.param(f"{A},{A}", "line 2: a number does not replace itself", id="itself"),
        pytest.param(f"{C},{A}", "line 2: another successor than in line 1", id="two successors"),
        pytest.param(f"{B},{C}", "the numbers lead in a circle", id="a circle"),
        pytest.param('"unfinished', "line 2", id="an open quotation"),
    ],
)
def test_names_the_line_that_is_wrong_and_imports_nothing(installation: Installation, line: str, told: str) -> None:
    file = _file(installation, f"{C},{B}\n{line}\n")

    answer = installation.call("supersession", "import", file)

    assert answer.exit_code == 1
    assert told in answer.stderr
    assert "nothing was imported" in answer.stderr
    assert not any(number in answer.stderr + answer.stdout for number in (A, B, C))
    assert _stored(installation, A, B, C) == {}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param(f"{A},{C}", "line 1: another successor is stored", id="another successor"),
        pytest.param(f"{B},{A}", "line 1: the numbers lead in a circle", id="a circle"),
    ],
)
def test_what_contradicts_the_stored_pairs_is_refused(installation: Installation, line: str, told: str) -> None:
    installation.done("supersession", "import", _file(installation, f"{A},{B}\n"))

    answer = installation.call("supersession", "import", _file(installation, f"{line}\n"))

    assert answer.exit_code == 1
    assert told in answer.stderr
    assert _stored(installation, A, B) == {A: B}


def test_a_file_that_is_not_there_is_told(installation: Installation) -> None:
    answer = installation.call("supersession", "import", str(installation.folder / "nothing.csv"))

    assert (answer.exit_code, "cannot be read" in answer.stderr) == (1, True)
