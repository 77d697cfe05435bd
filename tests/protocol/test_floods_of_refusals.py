"""A flood of requests that nobody can be held to does not fill the log: counted by name and network, or by network."""

import pytest

from idp.authorization_server.failure_throttle import MOST_FAILURES
from tests.support.provider import Provider

FLOOD = MOST_FAILURES + 10
_ASSERTION = {"client_assertion": "a.b.c", "client_assertion_type": "x"}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        pytest.param("/introspect", {"client_id": "nobody", "token": "x"}, id="nobody, where secrets are needed"),
        pytest.param("/introspect", {"client_id": "page", "token": "x"}, id="a public client where it may not go"),
        pytest.param("/bc-authorize", {"client_id": "page"}, id="a public client at the backchannel"),
        pytest.param("/token", {"client_id": "off", "grant_type": "x"}, id="a disabled public client"),
        pytest.param("/par", {"client_id": "off"}, id="a disabled public client that pushes"),
        pytest.param("/token", {}, id="no client"),
        pytest.param("/token", {"client_id": "a", "client_secret": "b", "client_assertion": "c"}, id="two methods"),
        pytest.param("/token", _ASSERTION, id="an assertion of nobody"),
    ],
)
async def test_a_flood_is_slowed_down_and_no_longer_written(
    provider: Provider, path: str, form: dict[str, str]
) -> None:
    await provider.register("page", token_endpoint_auth_method="none")
    await provider.disable(await provider.register("off", token_endpoint_auth_method="none"))
    before = len(await provider.events())

    answers = [(await provider.http.post(path, data=form)).status_code for _ in range(FLOOD)]

    assert answers[-10:] == [429] * 10
    assert 429 not in answers[:MOST_FAILURES]
    assert len(await provider.events()) - before == MOST_FAILURES


async def test_a_flood_from_one_network_keeps_nobody_else_out(provider: Provider) -> None:
    town_hall = await provider.register()
    for _ in range(FLOOD):
        await provider.http.post("/token", data={})

    named = await town_hall.post("/introspect", token="x")
    elsewhere = await provider.http_from("10.9.9.9").post("/token", data={})

    assert named.status_code == 200
    assert elsewhere.status_code == 400


async def test_strangers_do_not_keep_the_people_of_a_public_client_out(provider: Provider) -> None:
    page = await provider.register("page", token_endpoint_auth_method="none")
    for path, form in (("/introspect", {"token": "x"}), ("/token", {"grant_type": "x"}), ("/token", {})):
        for _ in range(FLOOD):
            await provider.http.post(path, data={"client_id": page.client_id, **form})

    answer = await provider.http.post("/token", data={"client_id": page.client_id, "grant_type": "x"})

    assert answer.status_code == 400
