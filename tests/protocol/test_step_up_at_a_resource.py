"""RFC 9470 from end to end: a resource that is not content, and the login that makes it so."""

import pytest

from relying_party_sdk.step_up import (
    STATUS,
    InsufficientUserAuthentication,
    StepUp,
    check_authentication,
    step_up_of,
)
from tests.support.provider import Provider, RelyingPartyDriver

WANTED = StepUp(acr_values=("nd69-02",), max_age=600)


async def challenged_by(provider: Provider, party: RelyingPartyDriver, access_token: str) -> str | None:
    """What the resource's interface answers in `WWW-Authenticate`; None where it lets the request in."""
    introspected = (await party.post("/introspect", token=access_token)).json()
    try:
        check_authentication(introspected, WANTED, now=int(provider.clock()))
    except InsufficientUserAuthentication as refusal:
        return refusal.challenge
    return None


async def test_a_resource_that_is_not_content_is_so_after_the_login_it_asks_for(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    one_factor = await provider.logged_in_browser(consenting_to=town_hall)
    token = (await town_hall.log_in(one_factor))["access_token"]
    asked = await challenged_by(provider, town_hall, token)
    wanted = step_up_of(STATUS, asked)
    assert wanted == WANTED

    parameters = {"acr_values": " ".join(wanted.acr_values), "max_age": str(wanted.max_age)}
    login = await town_hall.authorize(one_factor, **parameters)
    assert "/interactions/" in login.headers["location"]
    two_factors = await provider.logged_in_browser(consenting_to=town_hall, amr=("pwd", "otp", "mfa"))
    better = (await town_hall.log_in(two_factors, **parameters))["access_token"]

    assert await challenged_by(provider, town_hall, better) is None


@pytest.mark.parametrize("seconds", [600, 601])
async def test_a_login_grows_too_old_for_the_resource(
    provider: Provider, town_hall: RelyingPartyDriver, seconds: int
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall, amr=("pwd", "otp", "mfa"))
    provider.clock.now += seconds - 300
    token = (await town_hall.log_in(browser, acr_values="nd69-02"))["access_token"]
    provider.clock.now += 300

    challenge = await challenged_by(provider, town_hall, token)

    assert (challenge is None) is (seconds <= 600)
