"""What one stranger registers is nobody else's trouble: not what all services are read from, and not their people."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from idp.settings import DynamicRegistration
from idp.storage.database import Database, Statement
from idp.storage.live_configuration import bump_version
from tests.support.assertions import ClientKey
from tests.support.provider import Provider, running_provider

_CALLBACK = "https://service.example/callback"
_NESTED = '{"initiate_login_uri":' + "[" * 2_000 + "]" * 2_000 + "}"


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database, dynamic_registration=DynamicRegistration.OPEN) as running:
        yield running


async def _register(provider: Provider, **metadata: Any) -> httpx2.Response:
    sent = {"redirect_uris": [_CALLBACK], **metadata}
    return await provider.http.post("/register", json={name: value for name, value in sent.items() if value != "drop"})


async def _count(provider: Provider) -> int:
    row = await provider.services.database.fetch_row("SELECT COUNT(*) AS many FROM client")
    assert row is not None
    return int(str(row["many"]))


def _with_a_member(value: str) -> str:
    """Metadata whose key says something more of itself, which nobody reads."""
    key = {**ClientKey().jwks()["keys"][0], "resource": "<value>"}
    whole = {"redirect_uris": [_CALLBACK], "initiate_login_uri": "https://service.example/i", "jwks": {"keys": [key]}}
    text = json.dumps(whole)
    return text.replace('"<value>"', value)


@pytest.mark.parametrize(
    "value",
    [
        *(pytest.param("[" * deep + "]" * deep, id=f"{deep} lists") for deep in (33, 200, 260, 800, 950, 956, 20_000)),
        pytest.param('{"a":' * 956 + "0" + "}" * 956, id="956 objects"),
        pytest.param("9" * 40, id="a number of more than 64 bits"),
        pytest.param("1e999", id="an endless number"),
    ],
)
async def test_what_could_be_stored_but_not_read_is_refused(provider: Provider, value: str) -> None:
    headers = {"content-type": "application/json"}

    answer = await provider.http.post("/register", content=_with_a_member(value), headers=headers)
    control = await provider.http.post("/register", content=_with_a_member("[[0]]"), headers=headers)

    assert control.status_code == 201
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    assert await _count(provider) == 1


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param(_NESTED, id="nested"),
        pytest.param('{"initiate_login_uri":1,"resource":1,"token_endpoint_auth_method":"none"}', id="wrong"),
        pytest.param('{"resource":' + "9" * 5_000 + "}", id="endless digits"),
        pytest.param('["initiate_login_uri","resource"]', id="a list"),
    ],
)
async def test_one_unreadable_registration_takes_no_other_with_it(provider: Provider, metadata: str) -> None:
    known = await provider.register("town-hall", initiate_login_uri="https://town-hall.example/login")
    broken = Statement(
        "INSERT INTO client (client_id, metadata, sector, created_at, updated_at) VALUES ($1, $2, $3, 1, 1)",
        ("broken", metadata, "a.example"),
    )
    await provider.services.database.commit(broken, bump_version())

    configuration = provider.services.configuration
    assert await configuration.refresh()
    assert await configuration.client("broken") is None
    assert [client.client_id for client in await configuration.startable_clients()] == [known.client_id]
    assert await configuration.browser_origins() == frozenset()
    assert (await provider.browser().get("/services")).status_code == 200
    assert (await _register(provider)).status_code == 201
