"""Database URLs: what they name, and what is said about those that name nothing."""

import sys
from pathlib import Path

import pytest

from idp.storage.database import StorageUnavailable
from idp.storage.location import PostgresqlLocation, SqliteLocation, UnusableDatabaseUrl, locate
from idp.storage.open import open_database


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///var/motcua.db", "var/motcua.db"),
        ("sqlite:////var/lib/motcua.db", "/var/lib/motcua.db"),
        ("sqlite:///:memory:", None),
    ],
)
def test_a_sqlite_url_names_a_file_or_memory(url: str, path: str | None) -> None:
    assert locate(url) == SqliteLocation(path)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_postgresql_url_is_kept_whole_and_hidden(scheme: str) -> None:
    location = locate(f"{scheme}://motcua:canary@db.example/motcua?sslmode=require")

    assert location == PostgresqlLocation("postgresql://motcua:canary@db.example/motcua?sslmode=require")
    assert "canary" not in repr(location)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "motcua.db",
        "sqlite://",
        "sqlite:///",
        "sqlite://motcua.db",
        "sqlite:///motcua.db?mode=ro",
        "mysql://motcua:canary@db.example/motcua",
        "postgresql+asyncpg://motcua:canary@db.example/motcua",
        "postgresql://",
        "POSTGRESQL//x",
    ],
)
def test_any_other_url_is_refused_with_an_example_and_without_its_secrets(url: str) -> None:
    with pytest.raises(UnusableDatabaseUrl, match="sqlite:///") as caught:
        open_database(url)

    assert "canary" not in str(caught.value)


def test_a_missing_driver_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    monkeypatch.delitem(sys.modules, "idp.storage.postgresql", raising=False)
    monkeypatch.delitem(sys.modules, "idp.storage.postgresql_pool", raising=False)

    with pytest.raises(UnusableDatabaseUrl, match=r"pip install 'motcua\[idp,postgres\]'"):
        open_database("postgresql://motcua@db.example/motcua")


def test_a_directory_that_is_not_there_is_an_outage_and_not_a_new_directory(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        open_database(f"sqlite:///{tmp_path}/missing/motcua.db")

    assert not (tmp_path / "missing").exists()


def test_a_file_that_is_no_database_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "motcua.db").write_bytes(b"not a database at all, but long enough to be looked at" * 20)

    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        open_database(f"sqlite:///{tmp_path}/motcua.db")
