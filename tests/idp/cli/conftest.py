"""An installation of its own for each test: settings in a file, a migrated SQLite database, and the command."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from idp.cli import app
from idp.storage.database import Row
from idp.storage.open import open_database

MASTER_KEY = "k1:MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXY"
OTHER_MASTER_KEY = "k2:YmFkYzBmZmVlYmFkYzBmZmVlYmFkYzBmZmVlYmFkYzA"


@dataclass(frozen=True)
class Answer:
    """What a command said. `stdout` is the answer, `stderr` is for the person."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Installation:
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "motcua.db"

    @property
    def settings_file(self) -> Path:
        return self.folder / "motcua.toml"

    def configure(self, **changes: Any) -> None:
        settings = {
            "issuer": "http://127.0.0.1:18999",
            "environment": "sandbox",
            "database_url": f"sqlite:///{self.database}",
            "master_keys": MASTER_KEY,
            **changes,
        }
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items() if value is not None]
        self.settings_file.write_text("".join(lines), encoding="utf-8")
        self.settings_file.chmod(0o600)

    def write(self, name: str, document: object) -> str:
        path = self.folder / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)

    def call(self, *arguments: str, stdin: str | None = None) -> Answer:
        """As typed at a terminal. An unexpected exception is the test's failure, with its traceback."""
        result = CliRunner().invoke(app, list(arguments), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def done(self, *arguments: str, stdin: str | None = None) -> Answer:
        answer = self.call(*arguments, stdin=stdin)
        assert answer.exit_code == 0, answer.stderr
        return answer

    def rows(self, text: str, *args: str | int) -> Sequence[Row]:
        async def read() -> Sequence[Row]:
            database = open_database(f"sqlite:///{self.database}")
            try:
                return await database.fetch_all(text, *args)
            finally:
                await database.close()

        return asyncio.run(read())

    def events(self, name: str) -> list[dict[str, Any]]:
        """The details of every audit entry of this name, with who and what it is about, oldest first."""
        rows = self.rows("SELECT * FROM audit_entry WHERE event = $1 ORDER BY recorded_at, rowid", name)
        return [{**row, **json.loads(str(row["detail"]))} for row in rows]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: migrations and RSA keys take longer than all that is tested with them."""
    installation = Installation(tmp_path_factory.mktemp("migrated"))
    installation.configure()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTCUA_CONFIG", str(installation.settings_file))
        installation.done("migrate")
    return installation.database


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Configured, without a database."""
    installation = Installation(tmp_path)
    installation.configure()
    monkeypatch.setenv("MOTCUA_CONFIG", str(installation.settings_file))
    return installation


@pytest.fixture
def installation(empty: Installation, migrated: Path) -> Installation:
    shutil.copy(migrated, empty.database)
    empty.database.chmod(0o600)
    return empty
