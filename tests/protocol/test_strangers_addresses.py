"""What the operator's allow-list opens is open to what operators register, and to no stranger."""

from typing import Any

import pytest

from idp.registration.access import new_initial_access_token
from idp.registration.addresses import faults_of_strangers
from idp.settings import DynamicRegistration
from idp.storage.database import Database
from tests.support.provider import running_provider

_INSIDE = "127.0.0.1:1"
_CALLBACK = "https://service.example/callback"
_KEY = {"token_endpoint_auth_method": "private_key_jwt"}
_ADDRESSES: list[Any] = [
    pytest.param({"jwks_uri": f"http://{_INSIDE}/admin", **_KEY}, id="jwks_uri"),
    pytest.param({"jwks_uri": f"https://{_INSIDE}/admin", **_KEY}, id="jwks_uri over TLS"),
    pytest.param({"backchannel_logout_uri": f"http://{_INSIDE}/messages"}, id="backchannel_logout_uri"),
    pytest.param({"request_uris": [f"https://{_INSIDE}/r"]}, id="request_uris"),
]


@pytest.mark.parametrize("metadata", _ADDRESSES)
@pytest.mark.parametrize(
    ("mode", "explicit", "status"),
    [
        (DynamicRegistration.OPEN, False, 400),
        (DynamicRegistration.OPEN, True, 201),
        (DynamicRegistration.TOKEN, False, 201),
    ],
)
async def test_a_stranger_registers_no_address_of_the_allow_list(
    database: Database, metadata: dict[str, Any], mode: DynamicRegistration, explicit: bool, status: int
) -> None:
    async with running_provider(
        database,
        dynamic_registration=mode,
        outbound_allow_list=(_INSIDE,),
        strangers_reach_allow_list=explicit,
        request_uri_by_reference=True,
    ) as provider:
        token, row = new_initial_access_token(expires_at=int(provider.clock()) + 60)
        await database.commit(row)
        sent = {"redirect_uris": [_CALLBACK], **metadata}
        answer = await provider.http.post("/register", json=sent, headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("member", ["jwks_uri", "sector_identifier_uri", "logo_uri", "backchannel_logout_uri"])
@pytest.mark.parametrize(
    "spelled", ["https://Inside.Example:443/x", "https://inside.example/x", "http://inside.example:443"]
)
def test_however_it_is_spelled(member: str, spelled: str) -> None:
    assert faults_of_strangers({member: spelled}, ["INSIDE.example:443"])[0].startswith(f"{member}:")
    assert not faults_of_strangers({member: spelled}, ["inside.example:8443", "elsewhere.example:443"])
