"""What a citizen reads where no code can be sent: a crowd is not their fault, and a disabled number is not they."""

import pytest

from idp.authentication.one_time_code_limits import DAY, CodeLimits
from idp.storage.database import Statement
from idp.storage.vault import token_hash
from tests.support.entrance import Entrance
from tests.support.provider import Browser

NUMBER = "0530000001"
CANONICAL = "+84530000001"
TOO_OFTEN = {"vi": "Đã gửi mã nhiều lần đến số này", "en": "times to this number"}
BUSY = {"vi": "quá nhiều yêu cầu gửi mã", "en": "Too many codes are being requested"}


async def use_up_everybodys_budget(door: Entrance) -> None:
    later = int(door.provider.services.clock()) + 3600
    await door.database.commit(
        Statement(
            "INSERT INTO counter (key_hash, value, expires_at) VALUES ($1, 600, $2)"
            " ON CONFLICT (key_hash) DO UPDATE SET value = 600",
            (token_hash("counter", "send|global|minute"), later),
        )
    )


async def disable_number(door: Entrance, kind: str, identifier: str) -> None:
    limits = CodeLimits(door.database, door.provider.services.vault)
    now = int(door.provider.services.clock())
    for number in range(100):
        challenge = f"{kind} {number}"
        at = now - (11 - number // 10) * DAY
        await limits.reserve_try(kind, identifier, challenge=challenge, code_seconds=300, now=at)


@pytest.mark.parametrize("locale", ["vi", "en"])
async def test_a_crowd_is_not_told_as_the_citizens_own_doing(door: Entrance, browser: Browser, locale: str) -> None:
    interaction = await door.arrive(browser, ui_locales=locale)
    await door.open(browser, interaction, "mobile")
    await use_up_everybodys_budget(door)

    page = await door.fill(browser, interaction, "mobile", identifier=NUMBER)

    assert page.status_code == 429
    assert BUSY[locale] in page.text
    assert TOO_OFTEN[locale] not in page.text
    assert f"{interaction}/sources" in page.text
    assert "one_time_code.refused busy" in await door.events()


async def test_a_crowd_met_at_sending_again_leaves_the_code_page_open(door: Entrance, browser: Browser) -> None:
    interaction = await door.arrive(browser)
    await door.open(browser, interaction, "mobile")
    await door.fill(browser, interaction, "mobile", identifier=NUMBER)
    await use_up_everybodys_budget(door)

    page = await door.fill(browser, interaction, "mobile", resend="yes")

    assert page.status_code == 429
    assert BUSY["vi"] in page.text
    assert TOO_OFTEN["vi"] not in page.text
    done = await door.fill(browser, interaction, "mobile", code=await door.code())
    assert done.headers["location"] == interaction


@pytest.mark.parametrize(
    ("source", "kind", "identifier", "typed"),
    [
        ("mobile", "mobile_number", CANONICAL, NUMBER),
        ("social-insurance", "social_insurance_number", "9900000017", "9900000017"),
        ("social-insurance", "social_insurance_number", "9900000018", "9900000018"),
    ],
    ids=["a phone", "a number on file", "a number nobody knows"],
)
@pytest.mark.parametrize(("locale", "title"), [("vi", "Số này không còn"), ("en", "This number can")])
async def test_a_disabled_number_is_named_and_the_other_sources_stay_open(
    door: Entrance, browser: Browser, source: str, kind: str, identifier: str, typed: str, locale: str, title: str
) -> None:
    await disable_number(door, kind, identifier)
    interaction = await door.arrive(browser, ui_locales=locale)
    await door.open(browser, interaction, source)

    page = await door.fill(browser, interaction, source, identifier=typed)

    assert page.status_code == 403
    assert "MC-1405" in page.text
    assert title in page.text
    assert f'href="{interaction}/sources"' in page.text
    assert "person.refused number_disabled" in await door.events()
    other = "social-insurance" if source == "mobile" else "mobile"
    assert (await door.open(browser, interaction, other)).status_code == 200
