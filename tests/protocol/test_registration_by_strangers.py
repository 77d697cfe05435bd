"""What one stranger registers is nobody else's trouble: not what all services are read from, and not their people."""

import json
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.responses import JSONResponse

from idp.protocol.client_members import DEVICE_CODE
from idp.settings import DynamicRegistration
from idp.storage.database import Database, Statement
from idp.storage.live_configuration import bump_version
from idp.web.guarded_http import GuardedHttp
from tests.idp.web.test_guarded_tls import write_certificate
from tests.support.assertions import ClientKey
from tests.support.http_server import served
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


async def _sector(provider: Provider, made: httpx2.Response) -> str:
    assert made.status_code == 201, made.text
    row = await provider.services.database.fetch_row(
        "SELECT sector FROM client WHERE client_id = $1", made.json()["client_id"]
    )
    assert row is not None
    return str(row["sector"])


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


_METHOD = {"token_endpoint_auth_method": "none"}
_OF_ITS_OWN: list[Any] = [
    pytest.param({"grant_types": [DEVICE_CODE], **_METHOD}, id="a device that names another's address"),
    pytest.param({"grant_types": [DEVICE_CODE], "redirect_uris": "drop", **_METHOD}, id="a device without one"),
    pytest.param({"grant_types": [DEVICE_CODE], "redirect_uris": []}, id="a device with an empty list"),
    pytest.param({"grant_types": [DEVICE_CODE], "subject_type": "pairwise"}, id="a device that asks for pairwise"),
    pytest.param(
        {"grant_types": [DEVICE_CODE], "redirect_uris": "drop", "subject_type": "pairwise"}, id="nothing and pairwise"
    ),
    pytest.param({"grant_types": ["authorization_code", DEVICE_CODE]}, id="a page and a device"),
    pytest.param({"grant_types": ["authorization_code", "refresh_token", DEVICE_CODE]}, id="all three"),
    pytest.param({"grant_types": ["refresh_token"], "redirect_uris": "drop"}, id="nothing at all"),
    pytest.param({"redirect_uris": ["http://127.0.0.1/cb"], "application_type": "native"}, id="loopback"),
    pytest.param({"redirect_uris": ["http://[::1]/cb"], "application_type": "native"}, id="loopback, IPv6"),
]


@pytest.mark.parametrize("metadata", _OF_ITS_OWN)
async def test_who_is_not_answered_at_a_host_joins_nobodys_sector(provider: Provider, metadata: dict[str, Any]) -> None:
    first, second = await _register(provider, **metadata), await _register(provider, **metadata)

    assert await _sector(provider, first) == first.json()["client_id"]
    assert await _sector(provider, second) == second.json()["client_id"]


async def test_who_is_answered_at_one_host_is_of_that_host(provider: Provider) -> None:
    for grant_types in (["authorization_code"], ["authorization_code", "refresh_token"]):
        assert await _sector(provider, await _register(provider, grant_types=grant_types)) == "service.example"


async def test_a_service_does_not_become_a_device_of_its_sector_later(provider: Provider) -> None:
    made = (await _register(provider)).json()
    headers = {"authorization": f"Bearer {made['registration_access_token']}"}
    sent = {"client_id": made["client_id"], "redirect_uris": [_CALLBACK]}

    answer = await provider.http.put(
        f"/register/{made['client_id']}", headers=headers, json={**sent, "grant_types": [DEVICE_CODE]}
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("redirect_uris", ["drop", [], [_CALLBACK]])
@pytest.mark.parametrize("grant_types", [[DEVICE_CODE], ["authorization_code", DEVICE_CODE], ["refresh_token"]])
async def test_no_list_lets_such_a_client_in(
    database: Database, redirect_uris: object, grant_types: list[str], tmp_path: Path
) -> None:
    async def listed(scope: Any, receive: Any, send: Any) -> None:
        await JSONResponse([_CALLBACK])(scope, receive, send)

    write_certificate(certificate := tmp_path / "sector.pem", "town-hall.example")
    with served(listed, certificate=certificate) as address:
        netloc = f"town-hall.example:{urlsplit(address).port}"
        async with running_provider(database, dynamic_registration=DynamicRegistration.OPEN) as provider:
            http = asking(netloc, certificate)
            provider.services = provider.app.state.services = replace(provider.services, http=http)
            uri = f"https://{netloc}/sector"
            sent = {"redirect_uris": redirect_uris, "grant_types": grant_types}
            answer = await _register(provider, **sent, sector_identifier_uri=uri)
            control = await _register(provider, sector_identifier_uri=uri)

            # With a code, sent to an address that the list holds, it may.
            assert await _sector(provider, control) == "town-hall.example"
            await http.aclose()

    if grant_types == ["refresh_token"] and redirect_uris == [_CALLBACK]:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, answer.json()["error"]) in {
            (400, "invalid_client_metadata"),
            (400, "invalid_redirect_uri"),
        }


def asking(netloc: str, certificate: Path) -> GuardedHttp:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    trusted = ssl.create_default_context(cafile=certificate)
    return GuardedHttp(clock=lambda: 0.0, allow_list=(netloc,), resolver=resolver, ssl_context=trusted)
