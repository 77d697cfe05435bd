"""A source that an operator disabled: what it vouched for lives no longer than the trust in it (security rules)."""

import json

from idp.storage.database import Insert, Statement, Value
from idp.storage.live_configuration import bump_version
from tests.support.device import Device, approve, register_device
from tests.support.provider import Provider, RelyingPartyDriver, answer_of


async def test_a_session_from_a_disabled_source_is_not_reused(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall, source_id="tax")
    await _source(provider, "tax", disabled=True)

    answer = answer_of(await town_hall.authorize(browser, prompt="none"))

    assert answer["error"] == "login_required"


async def test_a_refresh_token_dies_with_its_source_and_lives_again_with_it(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall, source_id="tax")
    tokens = await town_hall.log_in(browser, scope="openid offline_access")
    await _source(provider, "tax", disabled=True)

    refused = await town_hall.refresh(tokens["refresh_token"])
    await _enable(provider, "tax")
    refreshed = await town_hall.refresh(tokens["refresh_token"])

    assert refused.json()["error"] == "invalid_grant"
    assert refreshed.status_code == 200


async def test_a_device_gets_nothing_for_a_login_at_a_source_that_is_off_meanwhile(provider: Provider) -> None:
    device = Device(await register_device(provider))
    codes = await device.codes()
    await approve(await provider.logged_in_browser(source_id="tax"), codes)
    await _source(provider, "tax", disabled=True)

    answer = await device.poll(codes)

    assert answer.json()["error"] == "invalid_grant"


async def _source(provider: Provider, source_id: str, *, disabled: bool) -> None:
    now = int(provider.clock())
    written = {
        "id": source_id,
        "kind": "mobile_otp",
        "position": 1,
        "label": {"vi": "Nguồn", "en": "Source"},
        "organisation": {"vi": "Cơ quan", "en": "Authority"},
        "assurance": "low",
        "identity_level": "low",
        "options": {},
    }
    row: dict[str, Value] = {
        "id": source_id,
        "kind": "mobile_otp",
        "position": 1,
        "configuration": json.dumps(written),
        "disabled_at": now if disabled else None,
        "created_at": now,
        "updated_at": now,
    }
    await provider.services.database.commit(Insert("identity_source", row), bump_version())
    await provider.services.configuration.refresh()


async def _enable(provider: Provider, source_id: str) -> None:
    await provider.services.database.commit(
        Statement("UPDATE identity_source SET disabled_at = NULL WHERE id = $1", (source_id,)), bump_version()
    )
    await provider.services.configuration.refresh()
