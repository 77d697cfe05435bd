"""RFC 6749 §6, RFC 9700 §4.14.2, OpenID Connect Core 12: refresh tokens rotate, and a family has an end."""

import pytest

from idp.audit.events import RefreshTokenReplayed, TokensIssued
from tests.support.provider import Provider, RelyingPartyDriver, claims_of

_OFFLINE = "openid profile phone offline_access"


@pytest.fixture
async def first(provider: Provider, town_hall: RelyingPartyDriver) -> str:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    token: str = (await town_hall.log_in(browser, scope=_OFFLINE))["refresh_token"]
    return token


async def test_each_refresh_gives_new_tokens_that_work(
    provider: Provider, town_hall: RelyingPartyDriver, first: str
) -> None:
    seen, current = {first}, first
    for _ in range(3):
        answer = (await town_hall.refresh(current)).json()
        current = answer["refresh_token"]

        assert current not in seen
        assert (await town_hall.userinfo(answer["access_token"])).status_code == 200
        seen.add(current)
    assert await provider.count_of(TokensIssued) == 4


async def test_a_rotated_token_shown_again_kills_the_family(
    provider: Provider, town_hall: RelyingPartyDriver, first: str
) -> None:
    second = (await town_hall.refresh(first)).json()

    replay = await town_hall.refresh(first)

    assert replay.json()["error"] == "invalid_grant"
    assert (await town_hall.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await town_hall.userinfo(second["access_token"])).status_code == 401
    assert await provider.count_of(RefreshTokenReplayed) == 1


async def test_a_family_ends_when_it_must_however_often_it_was_used(
    provider: Provider, town_hall: RelyingPartyDriver, first: str
) -> None:
    lifetime, current = provider.services.settings.refresh_token_lifetime, first
    for _ in range(4):
        provider.clock.now += lifetime // 4 - 1
        current = (await town_hall.refresh(current)).json()["refresh_token"]

    provider.clock.now += 4

    assert (await town_hall.refresh(current)).json()["error"] == "invalid_grant"


async def test_a_narrower_scope_opens_less_and_the_next_refresh_has_it_all_again(
    provider: Provider, town_hall: RelyingPartyDriver, first: str
) -> None:
    narrow = (await town_hall.refresh(first, scope="openid phone")).json()
    wide = (await town_hall.refresh(narrow["refresh_token"])).json()

    assert narrow["scope"] == "openid phone"
    assert set((await town_hall.userinfo(narrow["access_token"])).json()) == {
        "sub",
        "phone_number",
        "phone_number_verified",
    }
    assert wide["scope"] == _OFFLINE
    assert "name" in (await town_hall.userinfo(wide["access_token"])).json()


async def test_a_wider_scope_is_refused_and_costs_nothing(
    provider: Provider, town_hall: RelyingPartyDriver, first: str
) -> None:
    for scope in ("openid profile phone offline_access vn_personal_id", "openid admin", "identity"):
        assert (await town_hall.refresh(first, scope=scope)).json()["error"] == "invalid_scope"

    assert (await town_hall.refresh(first)).status_code == 200


async def test_a_token_of_another_client_is_nothing_to_it_and_nothing_happens_to_it(
    provider: Provider, town_hall: RelyingPartyDriver, first: str
) -> None:
    library = await provider.register("library")

    assert (await library.refresh(first)).json()["error"] == "invalid_grant"
    second = await town_hall.refresh(first)
    assert (await library.refresh(first)).json()["error"] == "invalid_grant"
    assert second.status_code == 200
    assert (await town_hall.userinfo(second.json()["access_token"])).status_code == 200


async def test_a_token_that_is_nearly_right_is_none(town_hall: RelyingPartyDriver, first: str) -> None:
    for bent in (first[:-1], first + "A", first + "=", first.swapcase(), f" {first}", "x"):
        assert (await town_hall.refresh(bent)).json()["error"] == "invalid_grant", bent

    assert (await town_hall.refresh(first)).status_code == 200


async def test_without_offline_access_there_is_no_refresh_token(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall))

    assert "refresh_token" not in tokens


async def test_offline_access_is_for_those_registered_for_it(provider: Provider) -> None:
    online = await provider.register("online", scope="openid profile")
    unable = await provider.register("unable", grant_types=["authorization_code"])
    refused = await online.authorize(provider.browser(), scope="openid offline_access")
    ignored = await unable.log_in(
        await provider.logged_in_browser(consenting_to=unable), scope="openid profile offline_access"
    )

    assert "error=invalid_scope" in refused.headers["location"]
    assert "refresh_token" not in ignored
    assert ignored["scope"] == "openid profile"


async def test_a_client_that_lost_the_grant_type_refreshes_no_more(
    provider: Provider, town_hall: RelyingPartyDriver, first: str
) -> None:
    await provider.amend(town_hall, grant_types=["authorization_code"])

    assert (await town_hall.refresh(first)).json()["error"] == "unauthorized_client"


async def test_the_new_id_token_is_about_the_same_login(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    """Core 12.2: same iss, sub, aud and auth_time; no nonce."""
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall), scope=_OFFLINE)
    provider.clock.now += 100

    answer = (await town_hall.refresh(tokens["refresh_token"])).json()
    before, after = claims_of(tokens["id_token"]), claims_of(answer["id_token"])

    assert {name: after[name] for name in ("iss", "sub", "aud", "auth_time", "acr", "sid")} == {
        name: before[name] for name in ("iss", "sub", "aud", "auth_time", "acr", "sid")
    }
    assert after["iat"] == before["iat"] + 100
    assert "nonce" not in after
    assert after["at_hash"] != before["at_hash"]


async def test_offline_access_outlives_the_session_but_not_its_revocation(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    tokens = await town_hall.log_in(browser, scope=_OFFLINE)

    await provider.log_out(browser)
    second = await town_hall.refresh(tokens["refresh_token"])
    await town_hall.post("/revoke", token=second.json()["refresh_token"])

    assert second.status_code == 200
    assert (await town_hall.refresh(second.json()["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await town_hall.userinfo(second.json()["access_token"])).status_code == 401


async def test_only_hashes_of_tokens_are_kept(provider: Provider, town_hall: RelyingPartyDriver, first: str) -> None:
    kept = await provider.services.database.fetch_all("SELECT token_hash, payload FROM refresh_token")
    short = await provider.services.database.fetch_all("SELECT key_hash, payload FROM short_lived")

    stored = b"".join(bytes(value) for row in (*kept, *short) for value in row.values())  # type: ignore[arg-type]

    assert first.encode() not in stored
    assert b"Nguy" not in stored
