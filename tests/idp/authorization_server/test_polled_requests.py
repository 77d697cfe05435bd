"""Polled requests as rows, on both databases: found by whom they are for, decided once, redeemed once."""

import asyncio
import json
import secrets
from typing import Any

import pytest

from idp.authorization_server.authorization import Authorization
from idp.authorization_server.polled_requests import (
    PolledKind,
    PolledRequest,
    PolledState,
    approving,
    denying,
    find_by_handle,
    find_polled_request,
    insert_polled_request,
    name_of,
    new_polled_request,
    waiting_for,
)
from idp.authorization_server.polls import approved_authorization, polling, redeeming, standing_of_poll
from idp.protocol.authorization_request import AuthorizationRequest
from idp.storage.database import Database, Insert, IntegrityConflict, Row
from idp.storage.purge import REPLAY_GRACE, purge
from tests.support.sources import NOW, vault

CIBA, DEVICE = PolledKind.CIBA, PolledKind.DEVICE_CODE
CLIENT, OTHER = "counter", "thief"
ASKED = AuthorizationRequest(client_id=CLIENT, redirect_uri="", scope="openid profile")


def made(value: str, kind: PolledKind = CIBA, **more: Any) -> PolledRequest:
    details = {"number": "47", "message": "Quầy số 3"}
    return new_polled_request(kind, value, ASKED, lifetime=300, interval=5, now=NOW, details=details, **more)


async def stored(database: Database, value: str = "value", *, handle: str | None = None, **more: Any) -> PolledRequest:
    polled = made(value, **more)
    await database.commit(insert_polled_request(polled, value=value, vault=vault(), handle=handle))
    return polled


async def granted(database: Database) -> Authorization:
    """A person, a session, a consent and a grant, as a login leaves them."""
    id = secrets.token_urlsafe(8)
    await database.commit(
        Insert("person", {"id": id, "status": "active", "created_at": NOW}),
        Insert(
            "client",
            {
                "client_id": CLIENT,
                "metadata": "{}",
                "client_secret_hash": None,
                "sector": "counter.example",
                "disabled_at": None,
                "created_at": NOW,
                "updated_at": NOW,
            },
            on_conflict_do_nothing=True,
        ),
        Insert(
            "authorization_grant",
            {
                "id": id,
                "session_id": id,
                "person_id": id,
                "client_id": CLIENT,
                "source_id": "tax",
                "scope": "openid",
                "claims": None,
                "offline": 0,
                "created_at": NOW,
                "revoked_at": None,
            },
        ),
        Insert(
            "consent",
            {
                "id": id,
                "person_id": id,
                "client_id": CLIENT,
                "scope": "openid",
                "claims": json.dumps({"offered": [], "released": []}),
                "legal_basis": "consent",
                "text_hash": b"hash",
                "text_version": "1",
                "locale": "vi",
                "granted_at": NOW,
                "withdrawn_at": None,
            },
        ),
    )
    return Authorization(
        client_id=CLIENT,
        grant_id=id,
        person_id=id,
        session_id=id,
        source_id="tax",
        sub="sub",
        scope="openid",
        acr="eidas1",
        amr=("pwd",),
        auth_time=NOW,
        userinfo_claims={},
        id_token_claims={},
    )


async def redeemed(database: Database, value: str = "value", client_id: str = CLIENT, *, now: int = NOW) -> Row | None:
    return await database.commit(gate=redeeming(CIBA, value, client_id, now=now))


async def test_what_was_asked_is_found_again_by_its_name_and_by_what_a_person_types(database: Database) -> None:
    polled = await stored(database, kind=DEVICE, handle="WDJBMJHT")
    by_name = await find_polled_request(database, vault(), polled.id, now=NOW)
    by_handle = await find_by_handle(database, vault(), DEVICE, "WDJBMJHT", now=NOW)

    assert by_name == by_handle == polled
    assert polled.id == name_of(DEVICE, "value")
    assert (polled.number, polled.message, polled.may_be_reported) == ("47", "Quầy số 3", False)
    assert await find_by_handle(database, vault(), CIBA, "WDJBMJHT", now=NOW) is None
    assert await find_by_handle(database, vault(), DEVICE, "WDJBMJHU", now=NOW) is None


async def test_no_two_requests_have_the_same_handle(database: Database) -> None:
    await stored(database, kind=DEVICE, handle="WDJBMJHT")

    with pytest.raises(IntegrityConflict):
        await stored(database, "another", kind=DEVICE, handle="WDJBMJHT")


async def test_nothing_that_was_written_gives_a_value_a_handle_or_a_message_away(database: Database) -> None:
    await stored(database, "a-secret-value", handle="WDJBMJHT")
    (row,) = await database.fetch_all("SELECT * FROM polled_request")
    kept = b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())

    for secret in ("a-secret-value", "WDJBMJHT", "Quầy", "openid"):
        assert secret.encode() not in kept


async def test_a_person_sees_what_waits_for_them_the_newest_first(database: Database) -> None:
    older = await stored(database, "1", person_id="hoa")
    later = new_polled_request(
        CIBA, "2", ASKED, lifetime=300, interval=5, now=NOW + 1, person_id="hoa", details=older.details
    )
    await database.commit(insert_polled_request(later, value="2", vault=vault()))
    await stored(database, "3", person_id="binh")

    assert [polled.id for polled in await waiting_for(database, vault(), "hoa", now=NOW + 1)] == [later.id, older.id]
    assert await waiting_for(database, vault(), "hoa", now=NOW + 301) == []


async def test_a_decision_is_made_once_and_in_time(database: Database) -> None:
    polled = await stored(database)
    assert await database.commit(gate=denying(polled.id, now=NOW + 300)) is None
    assert await database.commit(gate=denying(polled.id, now=NOW)) is not None
    assert await database.commit(gate=approving(polled.id, await granted(database), vault=vault(), now=NOW)) is None
    assert await find_polled_request(database, vault(), polled.id, now=NOW) is None
    assert await redeemed(database) is None

    standing = await standing_of_poll(database, CIBA, "value", CLIENT)
    assert standing is not None
    assert standing.state is PolledState.DENIED


async def test_of_many_decisions_at_once_one_counts(database: Database) -> None:
    polled = await stored(database)
    authorization = await granted(database)
    gates = [
        approving(polled.id, authorization, vault=vault(), now=NOW) if number % 2 else denying(polled.id, now=NOW)
        for number in range(32)
    ]
    outcomes = await asyncio.gather(*(database.commit(gate=gate) for gate in gates))

    assert sum(outcome is not None for outcome in outcomes) == 1


async def test_what_was_approved_is_redeemed_once_by_its_own_client(database: Database) -> None:
    polled = await stored(database)
    authorization = await granted(database)
    assert await redeemed(database) is None
    await database.commit(gate=approving(polled.id, authorization, vault=vault(), now=NOW))

    assert await approved_authorization(database, vault(), CIBA, "value", CLIENT) == authorization
    assert await approved_authorization(database, vault(), CIBA, "value", OTHER) is None
    assert await redeemed(database, client_id=OTHER) is None
    assert await redeemed(database, now=NOW + 300) is None
    assert await database.commit(gate=redeeming(DEVICE, "value", CLIENT, now=NOW)) is None
    outcomes = await asyncio.gather(*(redeemed(database) for _ in range(32)))

    assert sum(outcome is not None for outcome in outcomes) == 1
    standing = await standing_of_poll(database, CIBA, "value", CLIENT)
    assert standing is not None
    assert standing.is_redeemed


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE authorization_grant SET revoked_at = 1",
        "UPDATE consent SET withdrawn_at = 1",
        "UPDATE client SET disabled_at = 1",
        "UPDATE person SET status = 'locked'",
        "DELETE FROM authorization_grant",
    ],
)
async def test_what_stands_no_more_is_not_redeemed(database: Database, statement: str) -> None:
    polled = await stored(database)
    await database.commit(gate=approving(polled.id, await granted(database), vault=vault(), now=NOW))
    await database.fetch_all(f"{statement} RETURNING 1 AS done")

    assert await redeemed(database) is None


async def test_the_interval_grows_with_every_poll_that_comes_too_early(database: Database) -> None:
    await stored(database)

    async def poll(now: int) -> tuple[object, object]:
        row = await database.commit(gate=polling(CIBA, "value", CLIENT, now=now))
        assert row is not None
        return row["hurried"], row["poll_interval"]

    assert await poll(NOW) == (0, 5)
    assert await poll(NOW + 4) == (0, 5)  # a second of grace for the road
    assert await poll(NOW + 7) == (1, 10)
    assert await poll(NOW + 15) == (1, 15)
    assert await poll(NOW + 29) == (0, 15)
    assert await database.commit(gate=polling(CIBA, "value", OTHER, now=NOW + 60)) is None
    assert await database.commit(gate=polling(CIBA, "value", CLIENT, now=NOW + 300)) is None


async def test_what_is_over_is_purged_once_nobody_asks_any_more(database: Database) -> None:
    await stored(database)

    assert await purge(database, now=NOW + 300 + REPLAY_GRACE - 1) == {}
    assert await purge(database, now=NOW + 300 + REPLAY_GRACE) == {"polled_request": 1}
    assert await standing_of_poll(database, CIBA, "value", CLIENT) is None
