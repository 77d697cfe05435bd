"""A client registered with `require_pkce: false`: it may go without, and gains nothing where it does not (RFC 9700)."""

import pytest

from tests.support.provider import Provider, RelyingPartyDriver, answer_of

_WITHOUT = {"code_challenge": None, "code_challenge_method": None}


@pytest.fixture
async def gateway(provider: Provider) -> RelyingPartyDriver:
    return await provider.register("gateway", require_pkce=False)


async def test_a_client_registered_without_pkce_logs_in_without_a_challenge(
    provider: Provider, gateway: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=gateway)
    code = await gateway.code(browser, **_WITHOUT)

    answer = await gateway.redeem(code, code_verifier=None)

    assert answer.status_code == 200, answer.text
    assert answer.json()["id_token"]


async def test_a_code_with_a_challenge_is_worth_nothing_without_its_verifier(
    provider: Provider, gateway: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=gateway)
    code = await gateway.code(browser)

    stolen = await gateway.redeem(code, code_verifier=None)
    own = await gateway.redeem(code)

    assert stolen.json()["error"] == "invalid_grant"
    assert own.status_code == 200


async def test_a_verifier_for_a_code_without_challenge_is_a_downgrade(
    provider: Provider, gateway: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=gateway)
    code = await gateway.code(browser, **_WITHOUT)

    answer = await gateway.redeem(code)

    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"code_challenge": None}, id="a method without a challenge"),
        pytest.param({"code_challenge_method": "plain"}, id="plain"),
        pytest.param({"code_challenge_method": None}, id="a challenge without a method, which means plain"),
    ],
)
async def test_half_of_pkce_is_refused_even_there(
    provider: Provider, gateway: RelyingPartyDriver, changes: dict[str, str | None]
) -> None:
    browser = await provider.logged_in_browser(consenting_to=gateway)

    answer = answer_of(await gateway.authorize(browser, **changes))

    assert answer["error"] == "invalid_request"
