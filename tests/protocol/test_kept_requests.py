"""What is kept of a request until the browser comes: what is read of it; of strangers, no more than their share."""

import pytest

from idp.pushed_authorization.limits import PER_NETWORK
from idp.storage.database import FromGate, Insert, Value
from idp.storage.vault import token_hash
from idp.web.addresses import network_of
from tests.support.provider import Provider

JUNK = "x" * 60_000


async def _kept(provider: Provider) -> int:
    row = await provider.services.database.fetch_row(
        "SELECT SUM(LENGTH(payload)) AS size FROM short_lived WHERE kind = 'pushed_request'"
    )
    assert row is not None
    return int(row["size"] or 0)


@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
async def test_a_pushed_request_is_kept_without_what_nobody_reads(provider: Provider, method: str) -> None:
    party = await provider.register("page", token_endpoint_auth_method=method)
    headers = {} if method == "none" else {"authorization": party.basic()}

    answer = await provider.http.post("/par", data=party.authorization_parameters(junk=JUNK), headers=headers)

    assert answer.status_code == 201
    assert 0 < await _kept(provider) < 2000


async def test_a_posted_request_is_kept_without_what_nobody_reads(provider: Provider) -> None:
    party = await provider.register()

    answer = await provider.browser().http.post("/authorize", data=party.authorization_parameters(junk=JUNK))

    assert answer.status_code == 303
    assert 0 < await _kept(provider) < 2000


@pytest.mark.parametrize(("bits", "limit"), PER_NETWORK)
async def test_a_network_pushes_no_more_for_public_clients_than_its_share(
    provider: Provider, bits: int, limit: int
) -> None:
    page, now = await provider.register("page", token_endpoint_auth_method="none"), int(provider.clock())
    town_hall = await provider.register()
    network = provider.services.vault.blind_index("pushed", network_of("127.0.0.1", bits=bits)).hex()
    counted: dict[str, Value | FromGate] = {
        "key_hash": token_hash("counter", f"pushed|{bits}|{network}"),
        "value": limit - 1,
        "expires_at": now + 3600,
    }
    await provider.services.database.commit(Insert("counter", counted))

    pushed = [(await provider.http.post("/par", data=page.authorization_parameters())).status_code for _ in range(2)]
    elsewhere = await provider.http_from("10.9.9.9").post("/par", data=page.authorization_parameters())
    with_secret = await town_hall.post("/par", **town_hall.authorization_parameters())

    assert pushed == [201, 429]
    assert elsewhere.status_code == 201
    assert with_secret.status_code == 201
