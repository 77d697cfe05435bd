"""The configuration: read as written, every change counted and told, and none lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from idp.audit.events import KeysRotated
from idp.storage.database import Database, StorageUnavailable
from idp.storage.registered import RegisteredClient, RegisteredSource, StoredKey
from idp.storage.registry import AlreadyRegistered, NotRegistered, Registry, current_version

NOW = 1_800_000_000
TOWN_HALL = RegisteredClient(
    client_id="town-hall",
    metadata={"client_name": "Ủy ban", "redirect_uris": ["https://town.example/callback"]},
    sector="town.example",
    client_secret_hash=b"hash",
)
TAX = RegisteredSource(
    id="tax", kind="upstream_oidc", position=1, configuration={"issuer": "https://tax.example"}, secrets_sealed=b"s"
)
KEY = StoredKey(
    kid="k1", alg="ES256", state="next", public_jwk={"kty": "EC"}, private_key_sealed=b"sealed", created_at=NOW
)


@pytest.fixture
async def registry(database_url: str) -> AsyncIterator[Registry]:
    opened = Registry(database_url)
    yield opened
    await opened.close()


async def told(database: Database) -> list[tuple[object, ...]]:
    rows = await database.fetch_all("SELECT event, client_id, source_id, detail FROM audit_entry ORDER BY recorded_at")
    return [tuple(row.values()) for row in rows]


async def test_a_client_is_read_as_it_was_added(registry: Registry) -> None:
    await registry.add_client(TOWN_HALL, operator="cli", now=NOW)

    expected = replace(TOWN_HALL, created_at=NOW, updated_at=NOW)
    assert await registry.client("town-hall") == expected
    assert await registry.clients() == [expected]
    assert await registry.client("nobody") is None


async def test_the_hot_path_reads_what_the_registry_wrote(registry: Registry, database: Database) -> None:
    await registry.add_client(TOWN_HALL, operator="cli", now=NOW)

    row = await database.fetch_row("SELECT metadata, client_secret_hash FROM client WHERE client_id = $1", "town-hall")

    assert row is not None
    assert isinstance(row["metadata"], str)
    assert "https://town.example/callback" in row["metadata"]
    assert row["client_secret_hash"] == b"hash"


async def test_every_change_raises_the_version_and_is_told_in_the_log(registry: Registry, database: Database) -> None:
    before = await current_version(database)

    await registry.add_client(TOWN_HALL, operator="lan", now=NOW)
    await registry.update_client(replace(TOWN_HALL, sector="other"), operator="lan", now=NOW + 1, action="moved")
    await registry.disable_client("town-hall", operator="lan", now=NOW + 2)
    await registry.add_source(TAX, operator="lan", now=NOW + 3)
    await registry.update_source(replace(TAX, position=7), operator="lan", now=NOW + 4)
    await registry.disable_source("tax", operator="lan", now=NOW + 5)
    await registry.change_signing_keys([KEY], operator="lan", now=NOW + 6)

    assert await current_version(database) == before + 7
    client, source = ("configuration.changed", "town-hall", None), ("configuration.changed", None, "tax")
    assert await told(database) == [
        (*client, '{"action":"added","operator":"lan","subject":"client"}'),
        (*client, '{"action":"moved","operator":"lan","subject":"client"}'),
        (*client, '{"action":"disabled","operator":"lan","subject":"client"}'),
        (*source, '{"action":"added","operator":"lan","subject":"identity_source"}'),
        (*source, '{"action":"updated","operator":"lan","subject":"identity_source"}'),
        (*source, '{"action":"disabled","operator":"lan","subject":"identity_source"}'),
        ("configuration.changed", None, None, '{"action":"changed","operator":"lan","subject":"signing_key"}'),
    ]


async def test_a_refused_change_is_neither_counted_nor_told(registry: Registry, database: Database) -> None:
    await registry.add_client(TOWN_HALL, operator="cli", now=NOW)
    version = await current_version(database)

    with pytest.raises(AlreadyRegistered):
        await registry.add_client(TOWN_HALL, operator="cli", now=NOW)
    with pytest.raises(NotRegistered):
        await registry.disable_client("nobody", operator="cli", now=NOW)
    with pytest.raises(NotRegistered):
        await registry.update_source(TAX, operator="cli", now=NOW)

    assert await current_version(database) == version
    assert len(await told(database)) == 1


async def test_an_update_keeps_the_day_of_registration(registry: Registry) -> None:
    await registry.add_client(TOWN_HALL, operator="cli", now=NOW)

    await registry.update_client(replace(TOWN_HALL, client_secret_hash=b"new"), operator="cli", now=NOW + 9)

    assert await registry.client("town-hall") == replace(
        TOWN_HALL, client_secret_hash=b"new", created_at=NOW, updated_at=NOW + 9
    )


async def test_disabling_twice_keeps_the_first_moment(registry: Registry) -> None:
    await registry.add_source(TAX, operator="cli", now=NOW)

    await registry.disable_source("tax", operator="cli", now=NOW + 1)
    await registry.disable_source("tax", operator="cli", now=NOW + 2)

    source = await registry.source("tax")
    assert source is not None
    assert source.disabled_at == NOW + 1


async def test_sources_come_in_the_order_citizens_see(registry: Registry) -> None:
    for id, position in (("c", 1), ("a", 2), ("b", 1)):
        await registry.add_source(replace(TAX, id=id, position=position), operator="cli", now=NOW)

    assert [source.id for source in await registry.sources()] == ["b", "c", "a"]


async def test_a_move_of_the_key_ring_is_one_transaction(registry: Registry, database: Database) -> None:
    old, new = replace(KEY, kid="old", state="active"), replace(KEY, kid="new", created_at=NOW + 1)
    await registry.change_signing_keys([KEY, old], operator="cli", now=NOW)

    await registry.change_signing_keys(
        [replace(KEY, state="active", activated_at=NOW + 1), new],
        removed=["old"],
        event=KeysRotated(alg="ES256", active_kid="k1"),
        operator="cli",
        now=NOW + 1,
    )

    assert await registry.signing_keys() == [replace(KEY, state="active", activated_at=NOW + 1), new]
    assert (await told(database))[-1][0] == "keys.rotated"


async def test_operators_at_the_same_time_take_turns(registry: Registry, database: Database) -> None:
    before = await current_version(database)

    results = await asyncio.gather(
        *(registry.add_client(replace(TOWN_HALL, sector=str(number)), operator="cli", now=NOW) for number in range(6)),
        return_exceptions=True,
    )

    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, AlreadyRegistered) for result in results) == 5
    assert await current_version(database) == before + 1


async def test_no_secret_shows_in_repr() -> None:
    shown = f"{replace(TOWN_HALL, client_secret_hash=b'canary')} {replace(TAX, secrets_sealed=b'canary')}"

    assert "canary" not in shown
    assert "sealed" not in repr(replace(KEY, private_key_sealed=b"sealed")).replace("private_key_sealed", "")


async def test_a_database_that_is_away_is_an_outage() -> None:
    registry = Registry("postgresql://motcua:canary@127.0.0.1:1/motcua")

    with pytest.raises(StorageUnavailable) as caught:
        await registry.clients()

    assert "canary" not in str(caught.value)
    await registry.close()
