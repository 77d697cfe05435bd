"""RFC 6749 §4.1.3, RFC 7636 §4.6: a code is worth something once, to its own client, with its own proof."""

import pytest

from idp.audit.events import AuthorizationCodeReplayed, TokenRequestRefused, TokensIssued
from idp.storage.database import Statement
from tests.support.provider import Provider, RelyingPartyDriver


@pytest.fixture
async def code(provider: Provider, town_hall: RelyingPartyDriver) -> str:
    return await town_hall.code(await provider.logged_in_browser(consenting_to=town_hall))


_WRONG: list[tuple[str, dict[str, str | None], str]] = [
    ("no verifier", {"code_verifier": None}, "invalid_grant"),
    ("an empty verifier", {"code_verifier": ""}, "invalid_grant"),
    ("another verifier", {"code_verifier": "x" * 43}, "invalid_grant"),
    ("a verifier that is too short", {"code_verifier": "x" * 42}, "invalid_request"),
    ("a verifier that is too long", {"code_verifier": "x" * 129}, "invalid_request"),
    ("a verifier in another alphabet", {"code_verifier": "ký" * 30}, "invalid_request"),
    ("no redirect URI", {"redirect_uri": None}, "invalid_grant"),
    ("another redirect URI", {"redirect_uri": "https://attacker.example/callback"}, "invalid_grant"),
    ("a slash more", {"redirect_uri": "https://town-hall.example/callback/"}, "invalid_grant"),
    ("no code", {"code": None}, "invalid_request"),
    ("an empty code", {"code": ""}, "invalid_request"),
    ("no grant type", {"grant_type": None}, "invalid_request"),
    ("a password grant", {"grant_type": "password"}, "unsupported_grant_type"),
    ("client credentials", {"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ("implicit", {"grant_type": "implicit"}, "unsupported_grant_type"),
    ("a grant type in capitals", {"grant_type": "AUTHORIZATION_CODE"}, "unsupported_grant_type"),
    ("a refresh without a token", {"grant_type": "refresh_token"}, "invalid_request"),
]


async def test_a_wrong_request_is_refused_and_does_not_burn_the_code(
    provider: Provider, town_hall: RelyingPartyDriver, code: str, subtests: pytest.Subtests
) -> None:
    for sentence, changes, error in _WRONG:
        with subtests.test(sentence):
            response = await town_hall.redeem(**{"code": code, **changes})

            assert response.status_code == 400
            assert response.json()["error"] == error
            assert set(response.json()) <= {"error", "error_description"}

    assert await provider.count_of(TokenRequestRefused) == len(_WRONG)
    assert (await town_hall.redeem(code)).status_code == 200


async def test_a_code_that_is_nearly_right_is_no_code(
    provider: Provider, town_hall: RelyingPartyDriver, code: str
) -> None:
    for bent in (code[:-1], code + "A", code + "=", code.swapcase(), code.lower(), f" {code}", f"{code}\n", code * 2):
        response = await town_hall.redeem(bent)
        assert response.json()["error"] == "invalid_grant", bent

    assert (await town_hall.redeem(code)).status_code == 200


async def test_a_code_of_another_client_stays_that_clients(
    provider: Provider, town_hall: RelyingPartyDriver, code: str
) -> None:
    library = await provider.register("library")

    stolen = await library.redeem(code, code_verifier=town_hall.code_verifier, redirect_uri=town_hall.redirect_uri)
    own = await town_hall.redeem(code)

    assert stolen.json()["error"] == "invalid_grant"
    assert own.status_code == 200


async def test_another_client_that_shows_a_used_code_revokes_nothing(
    provider: Provider, town_hall: RelyingPartyDriver, code: str
) -> None:
    library = await provider.register("library")
    tokens = (await town_hall.redeem(code)).json()

    await library.redeem(code, code_verifier=town_hall.code_verifier, redirect_uri=town_hall.redirect_uri)

    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 200
    assert await provider.count_of(AuthorizationCodeReplayed) == 0


async def test_a_code_lives_sixty_seconds(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    early, late = await town_hall.code(browser), await town_hall.code(browser)

    provider.clock.now += 59
    assert (await town_hall.redeem(early)).status_code == 200
    provider.clock.now += 1
    assert (await town_hall.redeem(late)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("later", [0, 30, 120])
async def test_a_second_use_revokes_everything_the_first_one_gave(
    provider: Provider, town_hall: RelyingPartyDriver, later: int
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    code = await town_hall.code(browser, scope="openid profile offline_access")
    tokens = (await town_hall.redeem(code)).json()

    provider.clock.now += later
    second = await town_hall.redeem(code)

    assert second.json()["error"] == "invalid_grant"
    assert await provider.count_of(AuthorizationCodeReplayed) == 1
    assert await provider.count_of(TokenRequestRefused) == 0
    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401
    assert (await town_hall.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await town_hall.post("/introspect", token=tokens["access_token"])).json() == {"active": False}


async def test_a_replay_is_told_once_and_a_third_use_finds_nothing_left(
    provider: Provider, town_hall: RelyingPartyDriver, code: str
) -> None:
    for _ in range(3):
        await town_hall.redeem(code)

    assert await provider.count_of(TokensIssued) == 1
    assert await provider.count_of(AuthorizationCodeReplayed) == 1
    assert await provider.count_of(TokenRequestRefused) == 1


async def test_a_replay_with_a_wrong_verifier_is_a_replay_too(
    provider: Provider, town_hall: RelyingPartyDriver, code: str
) -> None:
    tokens = (await town_hall.redeem(code)).json()

    await town_hall.redeem(code, code_verifier="x" * 43)

    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401


async def test_after_a_replay_the_person_can_log_in_anew(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    code = await town_hall.code(browser)
    await town_hall.redeem(code)
    await town_hall.redeem(code)

    tokens = await town_hall.log_in(browser)

    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 200


async def test_a_code_is_no_access_token_and_an_access_token_no_code(
    provider: Provider, town_hall: RelyingPartyDriver, code: str
) -> None:
    assert (await town_hall.userinfo(code)).status_code == 401
    access_token = (await town_hall.redeem(code)).json()["access_token"]

    assert (await town_hall.redeem(access_token)).json()["error"] == "invalid_grant"
    assert (await town_hall.refresh(access_token)).json()["error"] == "invalid_grant"


async def test_a_code_dies_with_its_session(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    code = await town_hall.code(browser)

    await provider.log_out(browser)

    assert (await town_hall.redeem(code)).json()["error"] == "invalid_grant"


async def test_a_grant_made_while_the_session_ends_is_worth_nothing(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    # A login that read the live session, and wrote its first grant after a logout had revoked the others.
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    tokens, code = await town_hall.log_in(browser), await town_hall.code(browser)

    await provider.services.database.commit(Statement("UPDATE sso_session SET ended_at = $1 WHERE 1 = 1", (1,)))

    assert (await town_hall.redeem(code)).json()["error"] == "invalid_grant"
    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401
    assert (await town_hall.post("/introspect", token=tokens["access_token"])).json() == {"active": False}


async def test_a_locked_person_is_locked_on_every_path(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    tokens = await town_hall.log_in(browser, scope="openid profile offline_access")
    code = await town_hall.code(browser)

    await provider.services.database.commit(Statement("UPDATE person SET status = 'locked' WHERE 1 = 1"))

    assert (await town_hall.redeem(code)).json()["error"] == "invalid_grant"
    assert (await town_hall.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401
    assert (await town_hall.post("/introspect", token=tokens["access_token"])).json() == {"active": False}
    assert (await town_hall.authorize(browser, prompt="none")).headers["location"].count("login_required") == 1


async def test_a_disabled_client_redeems_nothing_and_its_tokens_open_nothing(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    tokens = await town_hall.log_in(browser, scope="openid profile offline_access")
    code = await town_hall.code(browser)

    await provider.disable(town_hall)

    assert (await town_hall.redeem(code)).json()["error"] == "invalid_client"
    assert (await town_hall.refresh(tokens["refresh_token"])).json()["error"] == "invalid_client"
    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401


async def test_the_answer_is_never_cached_and_says_what_was_granted(
    provider: Provider, town_hall: RelyingPartyDriver, code: str
) -> None:
    response = await town_hall.redeem(code)

    assert response.headers["cache-control"] == "no-store"
    assert set(response.json()) == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert response.json()["token_type"] == "Bearer"
    assert response.json()["expires_in"] == 600
    assert response.json()["scope"] == "openid profile"
