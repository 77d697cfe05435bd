"""RFC 7009: a client gives its tokens back; the answer never tells whether they were tokens."""

import pytest

from idp.audit.events import TokenRevoked
from tests.support.provider import Provider, RelyingPartyDriver


@pytest.fixture
async def tokens(provider: Provider, town_hall: RelyingPartyDriver) -> dict[str, str]:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    return await town_hall.log_in(browser, scope="openid profile offline_access")


async def test_a_revoked_access_token_is_dead_and_the_refresh_token_lives(
    provider: Provider, town_hall: RelyingPartyDriver, tokens: dict[str, str]
) -> None:
    answer = await town_hall.post("/revoke", token=tokens["access_token"])

    assert (answer.status_code, answer.content) == (200, b"")
    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401
    assert (await town_hall.refresh(tokens["refresh_token"])).status_code == 200
    assert await provider.count_of(TokenRevoked) == 1


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "anything"])
async def test_a_revoked_refresh_token_takes_everything_with_it(
    town_hall: RelyingPartyDriver, tokens: dict[str, str], hint: str | None
) -> None:
    await town_hall.post("/revoke", token=tokens["refresh_token"], token_type_hint=hint)

    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401
    assert (await town_hall.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_rotated_refresh_token_still_ends_its_family(
    town_hall: RelyingPartyDriver, tokens: dict[str, str]
) -> None:
    second = (await town_hall.refresh(tokens["refresh_token"])).json()

    await town_hall.post("/revoke", token=tokens["refresh_token"])

    assert (await town_hall.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"


async def test_foreign_unknown_and_dead_tokens_get_the_same_answer_and_nothing_happens(
    provider: Provider, town_hall: RelyingPartyDriver, tokens: dict[str, str]
) -> None:
    library = await provider.register("library")

    answers = [
        await library.post("/revoke", token=tokens["access_token"]),
        await library.post("/revoke", token=tokens["refresh_token"]),
        await town_hall.post("/revoke", token="x" * 43),
        await town_hall.post("/revoke", token=tokens["id_token"]),
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"")}
    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 200
    assert (await town_hall.refresh(tokens["refresh_token"])).status_code == 200
    assert await provider.count_of(TokenRevoked) == 0


async def test_a_second_revocation_is_quiet(
    provider: Provider, town_hall: RelyingPartyDriver, tokens: dict[str, str]
) -> None:
    for _ in range(2):
        assert (await town_hall.post("/revoke", token=tokens["refresh_token"])).status_code == 200

    assert await provider.count_of(TokenRevoked) == 1


async def test_a_request_without_a_token_is_refused(town_hall: RelyingPartyDriver) -> None:
    answer = await town_hall.post("/revoke")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
