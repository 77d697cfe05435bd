"""After a change of master keys nothing is left that only the old key opens, whatever table it lies in."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import LargeBinary

from idp.audit.seal_key import keep_seal_keys, retired_seal_keys, seal_public_keys
from idp.history.arrival import Arrival
from idp.history.login_records import LoginOutcome, record_login
from idp.identity.authenticators import begin_enrolment
from idp.identity.cases.case import CaseKind, new_case_id, open_case_writes
from idp.identity.reindexing import reindex
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database, Insert, Statement
from idp.storage.live_configuration import load_key_ring, load_sources, source_secrets_row
from idp.storage.outbox import enqueue
from idp.storage.resealing import Resealed, reseal_columns, reseal_signing_keys
from idp.storage.sealed_columns import SEALED_COLUMNS
from idp.storage.tables import metadata
from idp.storage.vault import Vault
from tests.idp.identity.test_recognition import HOA, recognised, seen
from tests.support.elsewhere import asking_elsewhere
from tests.support.provider import Provider, RelyingPartyDriver, running_provider, worker_beside
from tests.support.sources import MASTER_KEY, NOW

OLD = Vault([("k1", MASTER_KEY)])
BOTH = Vault([("k2", bytes(32)), ("k1", MASTER_KEY)])
NEW = Vault([("k2", bytes(32))])
_NEW_KEY = "k2:" + "A" * 43
_MARK = b"\x01\x02k1"


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database) as running:
        yield running


@pytest.fixture
async def town_hall(provider: Provider) -> RelyingPartyDriver:
    return await provider.register()


async def reseal(database: Database, keys: Vault = BOTH) -> list[Resealed]:
    await database.commit(*keep_seal_keys(keys, now=NOW))
    columns = await reseal_columns(database, keys, tell=lambda table, rows: None)
    links = await reindex(database, keys, tell=lambda table, rows: None)
    return [await reseal_signing_keys(database, keys), *columns, links.links, links.successions]


async def sealed_with_the_old_key(database: Database) -> set[str]:
    """`table.column` of every value of any table that says so."""
    found = set()
    for table in metadata.tables.values():
        for row in await database.fetch_all(f"SELECT * FROM {table.name}"):
            found |= {
                f"{table.name}.{column}"
                for column, value in row.items()
                if isinstance(value, bytes) and value.startswith(_MARK)
            }
    return found


async def fill(provider: Provider, party: RelyingPartyDriver) -> None:
    """A value in every column that is ever sealed."""
    database = provider.services.database
    hoa = await recognised(database, seen(), keys=OLD)
    browser = await provider.logged_in_browser(consenting_to=party)
    await party.log_in(browser, scope="openid profile offline_access")
    await party.code(browser)
    await party.authorize(provider.browser())
    await party.post("/par", **party.authorization_parameters())
    await begin_enrolment(database, OLD, person_id=hoa.person_id, now=NOW)
    elsewhere = await asking_elsewhere(provider)
    await elsewhere.asked()
    await elsewhere.decides()
    source_id = "resealed"
    await database.commit(
        *open_case_writes(
            OLD,
            case_id=new_case_id(),
            kind=CaseKind.REVIEW,
            person_id=hoa.person_id,
            link_id=hoa.link_id,
            decision="REVIEW",
            note="seen at the counter",
            now=NOW,
        ),
        record_login(
            OLD,
            person_id=hoa.person_id,
            client_id=party.client_id,
            source_id="tax",
            level=LevelOfAssurance.SUBSTANTIAL,
            outcome=LoginOutcome.LOGGED_IN,
            arrival=Arrival(device="Firefox, Linux", network="192.0.2.0/24"),
            now=NOW,
        ),
        enqueue("sms", b"{}", id=secrets.token_urlsafe(16), now=NOW, vault=OLD),
        Insert(
            "identity_source",
            {
                "id": source_id,
                "kind": "upstream_oidc",
                "position": 9,
                "configuration": "{}",
                "secrets_sealed": OLD.seal(b'{"client_secret": "s"}', row=source_secrets_row(source_id)),
                "created_at": NOW,
                "updated_at": NOW,
            },
        ),
    )


async def test_everything_of_a_used_provider_is_sealed_anew(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    database = provider.services.database
    await fill(provider, town_hall)
    columns = {f"{one.table}.{one.column}" for one in SEALED_COLUMNS} | {"identity_link.identity_sealed"}
    assert await sealed_with_the_old_key(database) == columns - {"retired_seal_key.seed_sealed"}

    done = await reseal(database)

    assert await sealed_with_the_old_key(database) == set()
    assert {one.table for one in done if one.changed} == {name.partition(".")[0] for name in columns} - {
        "retired_seal_key"
    } | {"signing_key"}
    assert not any(one.unreadable for one in done)
    assert not any(one.changed for one in await reseal(database))
    assert [secret["secrets"] for secret, _ in await load_sources(database, NEW) if "secrets" in secret]
    assert (await load_key_ring(database, NEW)).keys


async def test_sessions_and_tokens_of_before_work_without_the_old_key(
    provider: Provider, town_hall: RelyingPartyDriver, database: Database
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    tokens = await town_hall.log_in(browser, scope="openid profile offline_access")

    await reseal(database)

    async with worker_beside(provider, database, master_keys=_NEW_KEY) as worker:
        there = town_hall.at(worker)
        assert (await there.userinfo(tokens["access_token"])).json()["name"] == HOA.name
        assert (await there.refresh(tokens["refresh_token"])).status_code == 200
        moved = worker.browser()
        moved.http.cookies.update(browser.http.cookies)
        assert (await there.log_in(moved))["id_token"]


async def test_what_a_request_changes_meanwhile_is_left_as_it_made_it(database: Database) -> None:
    hoa = await recognised(database, seen(), keys=OLD)
    enrolment = await begin_enrolment(database, OLD, person_id=hoa.person_id, now=NOW)
    newer = BOTH.seal(b"newer", row=f"authenticator|secret|{enrolment.id}")
    stale = await database.fetch_all("SELECT * FROM authenticator")
    await database.commit(Statement("UPDATE authenticator SET secret_sealed = $1", (newer,)))
    column = next(one for one in SEALED_COLUMNS if one.table == "authenticator")
    assert stale[0][column.column] != newer

    await reseal(database)

    (row,) = await database.fetch_all("SELECT secret_sealed FROM authenticator")
    assert row["secret_sealed"] == newer


async def test_a_value_that_was_moved_from_another_row_is_told_and_left(database: Database) -> None:
    hoa = await recognised(database, seen(), keys=OLD)
    enrolment = await begin_enrolment(database, OLD, person_id=hoa.person_id, now=NOW)
    await database.commit(Statement("UPDATE authenticator SET id = 'another' WHERE id = $1", (enrolment.id,)))

    done = {one.table: one for one in await reseal(database)}

    assert (done["authenticator"].changed, done["authenticator"].unreadable) == (0, 1)


async def test_seals_of_the_log_are_checked_without_the_master_key_that_made_them(database: Database) -> None:
    (old_seal_key,) = seal_public_keys(OLD)["keys"]

    await reseal(database)

    kept = await retired_seal_keys(database, NEW)
    assert old_seal_key in seal_public_keys(NEW, kept)["keys"]
    with pytest.raises(Exception, match="not configured"):
        await retired_seal_keys(database, OLD)


def test_every_column_that_is_called_sealed_is_listed() -> None:
    """A column added later must be added there, or a rotation forgets it."""
    listed = {(one.table, one.column) for one in SEALED_COLUMNS} | {
        ("identity_link", "identity_sealed"),
        ("superseded_personal_id", "pair_sealed"),
        ("signing_key", "private_key_sealed"),
    }
    sealed = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and (column.name.endswith("_sealed") or column.name == "payload")
    }
    assert sealed == listed


def test_a_column_is_looked_up_by_its_primary_key() -> None:
    for one in SEALED_COLUMNS:
        assert [column.name for column in metadata.tables[one.table].primary_key] == [one.key]


async def test_services_are_served_while_everything_is_sealed_anew(
    provider: Provider, town_hall: RelyingPartyDriver, database: Database
) -> None:
    """Codes, tokens, refreshes and interactions of before go on at a worker that has both keys, all through it."""
    old_key = "k1:" + base64.urlsafe_b64encode(MASTER_KEY).decode().rstrip("=")
    browsers = [await provider.logged_in_browser(consenting_to=town_hall) for _ in range(6)]
    before = [await town_hall.log_in(browser, scope="openid profile offline_access") for browser in browsers]
    codes = [await town_hall.code(browser) for browser in browsers]

    async with worker_beside(provider, database, master_keys=f"{_NEW_KEY},{old_key}") as worker:
        there = town_hall.at(worker)

        async def go_on(position: int) -> None:
            assert (await there.redeem(codes[position])).status_code == 200
            tokens = before[position]
            for _ in range(5):
                tokens = (await there.refresh(tokens["refresh_token"])).json()
                assert (await there.userinfo(tokens["access_token"])).status_code == 200
                moved = worker.browser()
                moved.http.cookies.update(browsers[position].http.cookies)
                assert (await there.log_in(moved))["id_token"]

        async def rotate() -> None:
            while any(one.changed for one in await reseal(database)):
                pass

        await asyncio.gather(rotate(), *(go_on(position) for position in range(6)))

    assert await sealed_with_the_old_key(database) == set()
