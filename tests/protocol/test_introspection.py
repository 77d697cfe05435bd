"""RFC 7662: a client learns about its own tokens, and about nobody else's that there is nothing to learn."""

import pytest

from idp.audit.events import TokenIntrospected
from tests.support.provider import Provider, RelyingPartyDriver, claims_of

_NOTHING = b'{"active":false}'


@pytest.fixture
async def tokens(provider: Provider, town_hall: RelyingPartyDriver) -> dict[str, str]:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    return await town_hall.log_in(browser, scope="openid profile offline_access")


async def test_an_access_token_of_ones_own_is_described_without_the_person(
    provider: Provider, town_hall: RelyingPartyDriver, tokens: dict[str, str]
) -> None:
    answer = (await town_hall.post("/introspect", token=tokens["access_token"])).json()

    assert answer["active"] is True
    assert answer["client_id"] == town_hall.client_id
    assert answer["iss"] == provider.issuer
    assert answer["sub"] == claims_of(tokens["id_token"])["sub"]
    assert answer["exp"] == int(provider.clock()) + 600
    assert answer["token_type"] == "Bearer"
    assert set(answer) == {
        *("active", "iss", "client_id", "sub", "scope", "token_type", "exp", "acr", "amr", "auth_time"),
    }


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "anything"])
async def test_the_hint_only_says_where_to_look_first(
    town_hall: RelyingPartyDriver, tokens: dict[str, str], hint: str | None
) -> None:
    for name in ("access_token", "refresh_token"):
        answer = await town_hall.post("/introspect", token=tokens[name], token_type_hint=hint)
        assert answer.json()["active"] is True, name


async def test_a_foreign_an_unknown_a_used_and_an_expired_token_are_all_the_same_nothing(
    provider: Provider, town_hall: RelyingPartyDriver, tokens: dict[str, str]
) -> None:
    library = await provider.register("library")
    foreign = [await library.post("/introspect", token=tokens[name]) for name in ("access_token", "refresh_token")]
    unknown = await town_hall.post("/introspect", token="x" * 43)
    id_token = await town_hall.post("/introspect", token=tokens["id_token"])
    await town_hall.refresh(tokens["refresh_token"])
    used = await town_hall.post("/introspect", token=tokens["refresh_token"])
    provider.clock.now += 600
    expired = await town_hall.post("/introspect", token=tokens["access_token"])

    for answer in (*foreign, unknown, id_token, used, expired):
        assert (answer.status_code, answer.content) == (200, _NOTHING)
    assert await provider.count_of(TokenIntrospected) == 6


async def test_asking_about_somebody_elses_token_harms_nobody_and_names_nobody(
    provider: Provider, town_hall: RelyingPartyDriver, tokens: dict[str, str]
) -> None:
    library = await provider.register("library")

    await library.post("/introspect", token=tokens["access_token"])

    (event,) = [event for event in await provider.events() if event["event"] == TokenIntrospected.name]
    assert event["grant_id"] is None
    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 200


async def test_a_question_without_a_token_is_refused(town_hall: RelyingPartyDriver) -> None:
    for form in ({}, {"token": ""}):
        answer = await town_hall.post("/introspect", **form)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
