"""Both stores keep the same promises."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from relying_party_sdk import InMemorySessionStore, SessionStore, SqliteSessionStore


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SessionStore:
    return InMemorySessionStore() if request.param == "memory" else SqliteSessionStore(tmp_path / "ended.sqlite")


def test_remembers_an_end_until_it_may_forget(store: SessionStore) -> None:
    store.end("sid:1", at=100, until=200)

    assert store.ended_at("sid:1", now=199) == 100
    assert store.ended_at("sid:1", now=200) is None
    assert store.ended_at("sid:2", now=150) is None


def test_keeps_the_latest_end(store: SessionStore) -> None:
    store.end("sub:1", at=150, until=400)
    store.end("sub:1", at=100, until=200)

    assert store.ended_at("sub:1", now=399) == 150


def test_a_value_is_used_once_until_it_expires(store: SessionStore) -> None:
    assert store.use_once("jti:1", now=100, until=200)
    assert not store.use_once("jti:1", now=199, until=300)
    assert store.use_once("jti:1", now=200, until=300)


def test_of_many_at_once_one_wins(store: SessionStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        wins = list(pool.map(lambda _: store.use_once("jti:1", now=1, until=9), range(64)))

    assert wins.count(True) == 1


def test_a_file_is_shared_between_workers(tmp_path: Path) -> None:
    path = tmp_path / "ended.sqlite"
    SqliteSessionStore(path).end("sid:1", at=1, until=9)

    assert SqliteSessionStore(path).ended_at("sid:1", now=2) == 1


def test_a_file_names_nobody(tmp_path: Path) -> None:
    path = tmp_path / "ended.sqlite"
    SqliteSessionStore(path).end("sub:cong-dan-mau", at=1, until=9)

    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"cong-dan-mau" not in files
