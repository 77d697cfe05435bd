"""A source that an operator disabled: what it vouched for lives no longer than the trust in it (security rules)."""

from tests.support.device import Device, approve, register_device
from tests.support.provider import Provider, RelyingPartyDriver, answer_of
from tests.support.switching_off import switch_off, switch_on


async def test_a_session_from_a_disabled_source_is_not_reused(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall, source_id="tax")
    await switch_off(provider, "tax")

    answer = answer_of(await town_hall.authorize(browser, prompt="none"))

    assert answer["error"] == "login_required"


async def test_a_refresh_token_dies_with_its_source_and_lives_again_with_it(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall, source_id="tax")
    tokens = await town_hall.log_in(browser, scope="openid offline_access")
    await switch_off(provider, "tax")

    refused = await town_hall.refresh(tokens["refresh_token"])
    await switch_on(provider, "tax")
    refreshed = await town_hall.refresh(tokens["refresh_token"])

    assert refused.json()["error"] == "invalid_grant"
    assert refreshed.status_code == 200


async def test_a_device_gets_nothing_for_a_login_at_a_source_that_is_off_meanwhile(provider: Provider) -> None:
    device = Device(await register_device(provider))
    codes = await device.codes()
    await approve(await provider.logged_in_browser(source_id="tax"), codes)
    await switch_off(provider, "tax")

    answer = await device.poll(codes)

    assert answer.json()["error"] == "invalid_grant"
