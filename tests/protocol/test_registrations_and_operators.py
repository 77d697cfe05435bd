"""A program that registered itself changes what it said of itself, and nothing that an operator decided since."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import pytest

from idp.audit.events import ConfigurationChanged
from idp.protocol.client_members import KNOWN
from idp.registration import metadata as rules
from idp.settings import DynamicRegistration
from idp.storage.database import Database, Statement
from idp.storage.live_configuration import bump_version
from tests.support.provider import Provider, RelyingPartyDriver, running_provider

_CALLBACK = "https://service.example/callback"
_DECIDED: Mapping[str, Any] = {
    "minimum_level": "high",
    "allowed_sources": ["tax"],
    "minimum_age": 18,
    "require_pkce": True,
    "dpop_nonce_required": True,
    "organisation": "Sở Nội vụ",
    "organisation#en": "Department of Home Affairs",
    "purpose#en": "To file a request",
    "allowed_resources": ["https://du-lieu.example"],
}


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(
        database, dynamic_registration=DynamicRegistration.OPEN, registrations_per_hour=10_000
    ) as running:
        yield running


async def _registered(provider: Provider, **metadata: Any) -> tuple[dict[str, Any], RelyingPartyDriver]:
    answer = await provider.http.post("/register", json={"redirect_uris": [_CALLBACK], **metadata})
    made: dict[str, Any] = answer.json()
    return made, RelyingPartyDriver(provider, made["client_id"], made["client_secret"], _CALLBACK)


async def _put(provider: Provider, made: Mapping[str, Any], **metadata: Any) -> httpx2.Response:
    return await provider.http.put(
        f"/register/{made['client_id']}",
        headers={"authorization": f"Bearer {made['registration_access_token']}"},
        json={"client_id": made["client_id"], "redirect_uris": [_CALLBACK], **metadata},
    )


async def _kept(provider: Provider, made: Mapping[str, Any]) -> dict[str, Any]:
    row = await provider.services.database.fetch_row(
        "SELECT metadata FROM client WHERE client_id = $1", made["client_id"]
    )
    assert row is not None
    kept: dict[str, Any] = json.loads(str(row["metadata"]))
    return kept


async def test_what_an_operator_decided_survives_what_the_program_sends(provider: Provider) -> None:
    made, party = await _registered(provider, client_name="Before")
    await provider.amend(party, **_DECIDED)

    answers = [await _put(provider, made, client_name="After") for _ in range(2)]
    kept = await _kept(provider, made)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert {name: kept.get(name) for name in _DECIDED} == dict(_DECIDED)
    assert kept["client_name"] == "After"
    client = await provider.services.configuration.client(made["client_id"])
    assert client is not None
    assert (client.minimum_age, client.allowed_sources, client.require_pkce) == (18, frozenset({"tax"}), True)


async def test_the_program_can_send_back_what_it_was_told(provider: Provider) -> None:
    made, party = await _registered(provider)
    await provider.amend(party, **_DECIDED)
    headers = {"authorization": f"Bearer {made['registration_access_token']}"}
    told = (await provider.http.get(f"/register/{made['client_id']}", headers=headers)).json()
    ours = ("registration_access_token", "registration_client_uri", "client_id_issued_at")

    answer = await _put(provider, made, **{name: value for name, value in told.items() if name not in ours})

    assert not {name.partition("#")[0] for name in _DECIDED} & set(told)
    assert answer.status_code == 200
    assert {**told, **answer.json()} == told


async def test_what_the_operator_decided_is_judged_together_with_what_is_sent(provider: Provider) -> None:
    made, party = await _registered(provider)
    await provider.amend(party, profile="fapi2")
    before = await _kept(provider, made)

    answer = await _put(provider, made)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    assert await _kept(provider, made) == before


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param("UPDATE client SET disabled_at = 1 WHERE client_id = $1", id="disabled"),
        pytest.param("DELETE FROM client WHERE client_id = $1", id="removed"),
        pytest.param("UPDATE client SET metadata = '{\"minimum_age\": 18}' WHERE client_id = $1", id="restricted"),
    ],
)
async def test_what_happens_while_the_program_writes_is_not_undone(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    made, _ = await _registered(provider)
    database, commit = provider.services.database, provider.services.database.commit
    changes = [Statement(meanwhile, (made["client_id"],))]

    async def first_the_operator(*writes: Any, gate: Any = None) -> Any:
        if changes and gate is not None and gate.text.startswith("UPDATE client"):
            await commit(changes.pop(), bump_version())
        return await commit(*writes, gate=gate)

    monkeypatch.setattr(database, "commit", first_the_operator)
    told = await provider.count_of(ConfigurationChanged)

    answer = await _put(provider, made, client_name="After")

    assert not changes
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    assert await provider.count_of(ConfigurationChanged) == told
    rows = await database.fetch_all("SELECT metadata, disabled_at FROM client")
    assert all(row["disabled_at"] == 1 or "minimum_age" in str(row["metadata"]) for row in rows)
    assert "After" not in str([row["metadata"] for row in rows])


async def test_every_member_there_is_can_be_sent_or_is_refused_by_name(provider: Provider) -> None:
    refused = sorted(KNOWN - rules._TAKEN)

    assert rules._TAKEN <= KNOWN
    assert {"profile", "dpop_nonce_required", "access_token_encrypted_response_alg", "resource"} <= set(refused)
    for name in (*refused, "client_secret", "disabled"):
        for spelled in (name, f"{name}#en"):
            answer = await provider.http.post("/register", json={"redirect_uris": [_CALLBACK], spelled: "x"})
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata"), spelled
            assert answer.json()["error_description"].startswith(name)


async def test_our_list_of_services_holds_none_that_a_program_named(provider: Provider) -> None:
    login = "https://service.example/login"
    await provider.register("town-hall", client_name="Tòa thị chính", initiate_login_uri=login)
    made, party = await _registered(provider, client_name="Bộ Công an", initiate_login_uri=login)

    assert made["initiate_login_uri"] == login
    for _ in range(2):
        page = (await provider.browser().get("/services")).text
        assert "Tòa thị chính" in page
        assert "Bộ Công an" not in page
        await provider.amend(party, purpose="Mọi việc")
