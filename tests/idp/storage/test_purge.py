"""Purging deletes what is over and nothing else."""

from collections.abc import Mapping

import pytest

from idp.storage import purge as module
from idp.storage import short_lived
from idp.storage.database import Database, Insert, Value
from idp.storage.purge import REPLAY_GRACE, purge

NOW = 1_800_000_000
DAY = 24 * 3600


def session(id: str, *, expires_at: int) -> Insert:
    texts = dict.fromkeys(("link_id", "source_id", "acr", "amr", "identity_level"), "x")
    numbers = dict.fromkeys(("auth_time", "created_at", "last_seen_at"), 1)
    hashes = {"key_hash": id.encode(), "browser_hash": b"", "identity_sealed": b""}
    values: Mapping[str, Value] = {"id": id, "person_id": "p1", **texts, **numbers, **hashes, "expires_at": expires_at}
    return Insert("sso_session", values)


def grant(id: str, session_id: str, *, offline: int = 0) -> Insert:
    texts = {"person_id": "p1", "client_id": "c1", "source_id": "s1", "scope": "openid"}
    return Insert(
        "authorization_grant", {"id": id, "session_id": session_id, **texts, "offline": offline, "created_at": 1}
    )


def refresh_token(value: str, grant_id: str, *, expires_at: int) -> Insert:
    values: Mapping[str, Value] = {
        "token_hash": value.encode(),
        "grant_id": grant_id,
        "payload": b"",
        "issued_at": 1,
        "expires_at": expires_at,
    }
    return Insert("refresh_token", values)


def outbox(id: str, *, done_at: int | None) -> Insert:
    values: Mapping[str, Value] = {
        "id": id,
        "kind": "sms",
        "payload_sealed": b"",
        "created_at": 1,
        "next_attempt_at": 1,
        "attempts": 1,
        "done_at": done_at,
    }
    return Insert("outbox", values)


async def keys(database: Database, table: str, key: str = "id") -> list[Value]:
    return [row[key] for row in await database.fetch_all(f"SELECT {key} FROM {table} ORDER BY {key}")]


async def test_an_empty_database_has_nothing_to_purge(database: Database) -> None:
    assert await purge(database, now=NOW) == {}


async def test_a_short_lived_row_is_kept_for_replay_detection_and_then_deleted(database: Database) -> None:
    await database.commit(
        short_lived.put("code", "old", payload=b"", expires_at=NOW - REPLAY_GRACE),
        short_lived.put("code", "recent", payload=b"", expires_at=NOW - REPLAY_GRACE + 1),
        short_lived.put("code", "live", payload=b"", expires_at=NOW + 60),
    )

    assert await purge(database, now=NOW) == {"short_lived": 1}

    for value, kept in (("old", False), ("recent", True), ("live", True)):
        query = short_lived.find("code", value)
        assert (await database.fetch_row(query.text, *query.args) is not None) is kept


async def test_counters_end_with_their_window(database: Database) -> None:
    for key, expires_at in ((b"old", NOW), (b"live", NOW + 1)):
        await database.commit(Insert("counter", {"key_hash": key, "value": 1, "expires_at": expires_at}))

    assert await purge(database, now=NOW) == {"counter": 1}
    assert await keys(database, "counter", "key_hash") == [b"live"]


async def test_a_session_goes_with_its_online_grants_a_day_after_its_end(database: Database) -> None:
    await database.commit(
        session("old", expires_at=NOW - DAY),
        session("recent", expires_at=NOW - DAY + 1),
        grant("of-old", "old"),
        grant("of-recent", "recent"),
    )

    assert await purge(database, now=NOW) == {"sso_session": 1, "authorization_grant": 1}
    assert await keys(database, "sso_session") == ["recent"]
    assert await keys(database, "authorization_grant") == ["of-recent"]


async def test_an_offline_grant_outlives_its_session_until_its_last_refresh_token(database: Database) -> None:
    await database.commit(
        session("old", expires_at=NOW - DAY),
        grant("offline", "old", offline=1),
        refresh_token("first", "offline", expires_at=NOW),
        refresh_token("second", "offline", expires_at=NOW + 60),
    )

    assert await purge(database, now=NOW) == {"sso_session": 1, "refresh_token": 1}
    assert await keys(database, "authorization_grant") == ["offline"]
    assert await purge(database, now=NOW + 60) == {"refresh_token": 1, "authorization_grant": 1}


async def test_the_grant_of_a_living_session_outlives_its_refresh_tokens(database: Database) -> None:
    await database.commit(
        session("live", expires_at=NOW + 60),
        grant("offline", "live", offline=1),
        refresh_token("only", "offline", expires_at=NOW),
    )

    assert await purge(database, now=NOW) == {"refresh_token": 1}
    assert await keys(database, "authorization_grant") == ["offline"]
    assert await purge(database, now=NOW + 60 + DAY) == {"sso_session": 1, "authorization_grant": 1}


async def test_a_delivered_message_is_kept_for_a_day_and_a_waiting_one_for_ever(database: Database) -> None:
    await database.commit(
        outbox("old", done_at=NOW - DAY), outbox("recent", done_at=NOW - DAY + 1), outbox("waiting", done_at=None)
    )

    assert await purge(database, now=NOW) == {"outbox": 1}
    assert await keys(database, "outbox") == ["recent", "waiting"]


async def test_one_turn_is_bounded_and_the_next_one_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    monkeypatch.setattr(module, "_BATCHES_A_TURN", 2)
    for number in range(7):
        await database.commit(Insert("counter", {"key_hash": b"%d" % number, "value": 1, "expires_at": 1}))

    assert [await purge(database, now=NOW) for _ in range(3)] == [{"counter": 4}, {"counter": 3}, {}]


async def test_people_consents_and_the_log_are_never_touched(database: Database) -> None:
    entry: Mapping[str, Value] = {"id": "e1", "recorded_at": 1, "event": "x", "detail": "{}"}
    await database.commit(
        Insert("person", {"id": "p1", "status": "active", "created_at": 1}), Insert("audit_entry", entry)
    )

    assert await purge(database, now=NOW * 10) == {}
    assert await keys(database, "person") == ["p1"]
    assert await keys(database, "audit_entry") == ["e1"]
