"""A program that registers itself gets what a program may have: no address that leads astray, no member of ours."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import fields
from typing import Any

import httpx2
import pytest

from idp.protocol.client import Client
from idp.protocol.client_members import KNOWN
from idp.registration.metadata import _TAKEN
from idp.settings import DynamicRegistration
from idp.storage.database import Database
from idp.storage.tables import metadata as tables
from tests.hostile.rows import left, rows_of
from tests.support.provider import Provider, running_provider

_CALLBACK = "https://service.example/callback"
_ASTRAY = (
    "javascript:alert(document.cookie)",
    "JaVaScRiPt://service.example/%0aalert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:x",
    "blob:https://service.example/1",
    "file:///etc/passwd",
    "about:blank",
    "intent://service.example/#Intent;end",
    "vn.example.app:/callback",
    "ftp://service.example/",
    "http://service.example/callback",
    "http://127.0.0.1.attacker.example/",
    "http://localhost.attacker.example/",
    "https://service.example/#",
    "https://service.example/#fragment",
    "https://user@service.example/",
    "https://user:password@service.example/",
    "https://@service.example/",
    "https://service.example%2f@attacker.example/",
    "https://service.example\\@attacker.example/",
    "https:\\\\attacker.example/",
    "https:/service.example/",
    "https:service.example/",
    "https:///service.example/",
    "//service.example/",
    "/callback",
    "callback",
    "",
    " https://service.example/",
    "https://service.example/\t",
    "https://service.example/\r\nset-cookie: a=b",
    "https://service.example/\x00",
    "https://service.example/\x7f",
    "https://service.example/<script>",
    'https://service.example/"onload=',
    "https://service.example/%zz",
    "https://service.example/%",
    "https://*.service.example/",
    "https://service.example/*",
    "https://*/",
    "https://service.example:99999/",
    "https://service.example:0/",
    "https://service.example:port/",
    "https://service.example./",
    "https://service..example/",
    "https://.service.example/",
    "https://-service.example/",
    "https://my_service.example/",
    "https://service.example;attacker/",
    "https://service.example,attacker.example/",
    "https://service.example attacker.example/",
    "https://service%2eexample/",
    "https://d\u1ecbch-v\u1ee5.example/",
    "https://service\u3002example/",
    "https://\uff53ervice.example/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://[::1/",
    "https://[fe80::1%25eth0]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://service.example/" + "x" * 2000,
)
_LISTS = ("redirect_uris", "post_logout_redirect_uris", "request_uris")
_SINGLE = (
    "jwks_uri",
    "sector_identifier_uri",
    "initiate_login_uri",
    "backchannel_logout_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "client_uri",
)
# What a row of the table `client`, a value in our code or a person at a desk may have, and a program may not.
_NOT_FOR_PROGRAMS = sorted(
    {
        *(field.name for field in fields(Client)),
        *(column.name for column in tables.tables["client"].columns),
        *KNOWN,
        "is_admin",
        "__proto__",
        "registration_client_uri",
        "client_id_issued_at",
        "software_statement",
    }
    - _TAKEN
)
_VALUES: tuple[Any, ...] = (
    "fapi2",
    "high",
    "portal-citizen",
    False,
    0,
    ["tax"],
    {"vi": "x"},
    "0" * 64,
)


@pytest.fixture
async def provider(sqlite_database: Database) -> AsyncIterator[Provider]:
    async with running_provider(
        sqlite_database,
        dynamic_registration=DynamicRegistration.OPEN,
        registrations_per_hour=100_000,
        request_uri_by_reference=True,
    ) as running:
        yield running


async def _register(provider: Provider, **members: Any) -> httpx2.Response:
    return await provider.http.post("/register", json={"redirect_uris": [_CALLBACK], **members})


@pytest.mark.parametrize("member", [*_LISTS, *_SINGLE])
async def test_no_address_leads_astray(provider: Provider, member: str, subtests: pytest.Subtests) -> None:
    for uri in _ASTRAY:
        if member == "request_uris" and uri.startswith("https://service.example/#"):
            # Of a request object that lies there, it is the hash (OpenID Connect Core 6.2).
            continue
        with subtests.test(uri):
            before = await rows_of(provider.services.database)
            answer = await _register(provider, **{member: [uri] if member in _LISTS else uri})
            changed = left(before, await rows_of(provider.services.database))

            assert answer.status_code == 400, answer.text
            assert answer.json()["error"] in {"invalid_redirect_uri", "invalid_client_metadata"}
            assert "client" not in changed
            assert changed.get("audit_entry", 0) <= 1


@pytest.mark.parametrize("name", _NOT_FOR_PROGRAMS)
async def test_no_member_of_ours_is_taken(provider: Provider, name: str, subtests: pytest.Subtests) -> None:
    plain = await _kept(provider, (await _register(provider, client_name="Dịch vụ")).json()["client_id"])
    for value in _VALUES:
        for spelled in (name, f"{name}#en"):
            with subtests.test(f"{spelled} {value}"):
                answer = await _register(provider, client_name="Dịch vụ", **{spelled: value})
                if answer.status_code == 400:
                    continue
                kept = await _kept(provider, answer.json()["client_id"])

                assert kept == plain, "as if nothing had been sent"


@pytest.mark.parametrize("name", _NOT_FOR_PROGRAMS)
async def test_nor_when_a_registration_is_replaced(provider: Provider, name: str, subtests: pytest.Subtests) -> None:
    made = (await _register(provider, client_name="Dịch vụ")).json()
    plain = await _kept(provider, made["client_id"])
    own = {"client_id": made["client_id"], "redirect_uris": [_CALLBACK], "client_name": "Dịch vụ"}
    for value in _VALUES:
        with subtests.test(str(value)):
            token = {"authorization": f"Bearer {made['registration_access_token']}"}
            path = f"/register/{made['client_id']}"
            answer = await provider.http.put(path, json={**own, name: value}, headers=token)
            if answer.status_code == 200:
                made["registration_access_token"] = answer.json()["registration_access_token"]

            assert await _kept(provider, made["client_id"]) == plain


async def _kept(provider: Provider, client_id: str) -> Mapping[str, Any]:
    """What of a service's row decides anything: all but its name, its secrets and its days."""
    row = await provider.services.database.fetch_row("SELECT * FROM client WHERE client_id = $1", client_id)
    assert row is not None
    described = json.loads(str(row["metadata"]))
    described.pop("registration_access_token_hash", None)
    assert "client_secret" not in described
    return {
        "metadata": described,
        "disabled_at": row["disabled_at"],
        "sector": row["sector"],
        "has_secret": row["client_secret_hash"] is not None,
    }
