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


async def test_a_replaced_sub_is_answered_as_long_as_was_promised_and_then_forgotten(database: Database) -> None:
    for old_sub, expires_at in (("old", NOW), ("live", NOW + 1)):
        await database.commit(
            Insert(
                "retired_subject",
                {
                    "old_sub": old_sub,
                    "sector": "a.example",
                    "new_sub": "new",
                    "merge_id": "merge",
                    "changed_at": NOW - 365 * DAY,
                    "expires_at": expires_at,
                },
            )
        )

    assert await purge(database, now=NOW) == {"retired_subject": 1}
    assert await keys(database, "retired_subject", "old_sub") == ["live"]


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


async def test_a_retired_sub_is_answered_until_it_expires(database: Database) -> None:
    for old_sub, expires_at in (("over", NOW), ("still", NOW + 1)):
        row: Mapping[str, Value] = {"old_sub": old_sub, "sector": "s", "new_sub": "n", "merge_id": "m"}
        await database.commit(Insert("retired_subject", {**row, "changed_at": 1, "expires_at": expires_at}))

    assert await purge(database, now=NOW) == {"retired_subject": 1}
    assert [row["old_sub"] for row in await database.fetch_all("SELECT old_sub FROM retired_subject")] == ["still"]


async def test_a_browser_not_seen_for_two_years_is_forgotten(database: Database) -> None:
    for person_id, last_seen_at in (("p1", NOW - 2 * 366 * DAY), ("p2", NOW - 2 * 366 * DAY + 1)):
        row: Mapping[str, Value] = {"person_id": person_id, "browser_hash": b"b", "first_seen_at": 1}
        await database.commit(Insert("known_device", {**row, "last_seen_at": last_seen_at}))

    assert await purge(database, now=NOW) == {"known_device": 1}
    assert [row["person_id"] for row in await database.fetch_all("SELECT person_id FROM known_device")] == ["p2"]


@pytest.mark.parametrize("months", [3, 24, 60])
async def test_a_history_is_kept_as_long_as_the_settings_say(database: Database, months: int) -> None:
    texts = dict.fromkeys(("person_id", "source_id", "client_id", "acr", "outcome"), "x")
    for id, at in (("over", NOW - months * 31 * DAY), ("kept", NOW - months * 31 * DAY + 1)):
        await database.commit(Insert("login_record", {"id": id, **texts, "at": at}))

    assert await purge(database, now=NOW, history_months=months) == {"login_record": 1}
    assert [row["id"] for row in await database.fetch_all("SELECT id FROM login_record")] == ["kept"]
