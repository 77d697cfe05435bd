"""OpenID Connect Core 3.1.2.1, 5.5.1: who must be there, how sure, how recently, in which language."""

import json

import pytest

from idp.audit.events import InteractionStarted
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Insert, Statement, Value
from tests.support.provider import Provider, RelyingPartyDriver, answer_of, claims_of


async def test_prompt_none_tells_whether_login_or_consent_is_missing(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    stranger, unasked = provider.browser(), await provider.logged_in_browser()
    asked = await provider.logged_in_browser(consenting_to=town_hall)

    assert answer_of(await town_hall.authorize(stranger, prompt="none"))["error"] == "login_required"
    assert answer_of(await town_hall.authorize(unasked, prompt="none"))["error"] == "consent_required"
    assert "code" in answer_of(await town_hall.authorize(asked, prompt="none"))
    assert await provider.count_of(InteractionStarted) == 0


@pytest.mark.parametrize("prompt", ["login", "select_account", "consent", "login consent"])
async def test_a_prompt_is_honoured_although_a_session_would_do(
    provider: Provider, town_hall: RelyingPartyDriver, prompt: str
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    response = await town_hall.authorize(browser, prompt=prompt)
    step = await browser.get(response.headers["location"])

    assert response.headers["location"].startswith("/interactions/")
    assert step.headers["location"].endswith("/consent" if prompt == "consent" else "/sources")


async def test_max_age_asks_for_a_new_login_once_it_has_passed(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    provider.clock.now += 100
    within = answer_of(await town_hall.authorize(browser, max_age="100", prompt="none"))
    provider.clock.now += 1
    beyond = answer_of(await town_hall.authorize(browser, max_age="100", prompt="none"))

    assert "code" in within
    assert beyond["error"] == "login_required"


async def test_max_age_zero_means_prompt_login_even_within_the_same_second(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    assert answer_of(await town_hall.authorize(browser, max_age="0", prompt="none"))["error"] == "login_required"


async def test_the_registered_default_max_age_holds_where_the_request_names_none(provider: Provider) -> None:
    bank = await provider.register("bank", default_max_age=60)
    browser = await provider.logged_in_browser(consenting_to=bank)

    provider.clock.now += 61

    assert answer_of(await bank.authorize(browser, prompt="none"))["error"] == "login_required"
    assert "code" in answer_of(await bank.authorize(browser, prompt="none", max_age="120"))


async def test_an_idle_and_an_old_session_are_over(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    settings = provider.services.settings

    provider.clock.now += settings.session_idle - 1
    awake = answer_of(await town_hall.authorize(browser, prompt="none"))
    provider.clock.now += settings.session_idle
    idle = answer_of(await town_hall.authorize(browser, prompt="none"))

    assert "code" in awake
    assert idle["error"] == "login_required"


async def test_a_session_ends_after_its_life_however_busy_it_was(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    settings = provider.services.settings

    for _ in range(settings.session_lifetime // (settings.session_idle - 60)):
        assert "code" in answer_of(await town_hall.authorize(browser, prompt="none"))
        provider.clock.now += settings.session_idle - 60
    provider.clock.now += settings.session_idle - 60

    assert answer_of(await town_hall.authorize(browser, prompt="none"))["error"] == "login_required"


async def test_a_good_hint_is_answered_and_an_expired_one_is_still_a_hint(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    hint = (await town_hall.log_in(browser))["id_token"]

    provider.clock.now += 1000
    answer = answer_of(await town_hall.authorize(browser, id_token_hint=hint, prompt="none"))

    assert "code" in answer


async def test_a_hint_of_somebody_else_does_not_log_in_who_is_there(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    hoa = await provider.logged_in_browser(consenting_to=town_hall)
    hint = (await town_hall.log_in(hoa))["id_token"]
    other = await provider.logged_in_browser(consenting_to=town_hall)

    for prompt in ("none", None):
        answer = answer_of(await town_hall.authorize(other, id_token_hint=hint, prompt=prompt))
        assert answer["error"] == "login_required"


async def test_a_hint_whose_sub_was_replaced_within_the_year_means_whoever_has_its_successor(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    old = await provider.logged_in_browser(consenting_to=town_hall)
    retired = (await town_hall.log_in(old))["id_token"]
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    sub = claims_of((await town_hall.log_in(browser))["id_token"])["sub"]
    now = int(provider.clock())
    replaced: dict[str, Value] = {
        "old_sub": claims_of(retired)["sub"],
        "sector": "town-hall.example",
        "new_sub": sub,
        "merge_id": "m-1",
        "changed_at": now,
        "expires_at": now + 365 * 86_400,
    }
    await provider.services.database.commit(Insert("retired_subject", replaced))

    assert "code" in answer_of(await town_hall.authorize(browser, id_token_hint=retired, prompt="none"))
    stranger = await provider.logged_in_browser(consenting_to=town_hall)
    answer = answer_of(await town_hall.authorize(stranger, id_token_hint=retired, prompt="none"))
    assert answer["error"] == "login_required"
    forgotten = Statement("UPDATE retired_subject SET expires_at = $1 WHERE merge_id = 'm-1'", (now - 1,))
    await provider.services.database.commit(forgotten)
    answer = answer_of(await town_hall.authorize(browser, id_token_hint=retired, prompt="none"))
    assert answer["error"] == "login_required"


async def test_a_hint_made_for_another_service_is_refused(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    library = await provider.register("library")
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    hint = (await town_hall.log_in(browser))["id_token"]

    assert answer_of(await library.authorize(browser, id_token_hint=hint))["error"] == "invalid_request"


async def test_a_hint_with_one_changed_letter_is_refused(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    header, payload, signature = (await town_hall.log_in(browser))["id_token"].split(".")
    bent = f"{header}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"

    assert answer_of(await town_hall.authorize(browser, id_token_hint=bent))["error"] == "invalid_request"


async def test_sub_by_the_claims_parameter_insists_on_that_person(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    sub = claims_of((await town_hall.log_in(browser))["id_token"])["sub"]

    def asking(wanted: str) -> str:
        return json.dumps({"id_token": {"sub": {"value": wanted}}})

    assert "code" in answer_of(await town_hall.authorize(browser, claims=asking(sub), prompt="none"))
    assert answer_of(await town_hall.authorize(browser, claims=asking("x")))["error"] == "login_required"


async def test_a_lower_session_never_satisfies_a_higher_request(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall, level=LevelOfAssurance.LOW)

    enough = answer_of(await town_hall.authorize(browser, acr_values="eidas1", prompt="none"))
    too_low = answer_of(await town_hall.authorize(browser, acr_values="eidas2", prompt="none"))
    essential = json.dumps({"id_token": {"acr": {"essential": True, "value": "eidas2"}}})
    also_too_low = answer_of(await town_hall.authorize(browser, claims=essential, prompt="none"))

    assert "code" in enough
    assert too_low["error"] == also_too_low["error"] == "login_required"


async def test_the_registered_minimum_cannot_be_talked_down(provider: Provider) -> None:
    tax_office = await provider.register("tax-office", minimum_level="substantial")
    browser = await provider.logged_in_browser(consenting_to=tax_office, level=LevelOfAssurance.LOW)

    answer = answer_of(await tax_office.authorize(browser, acr_values="eidas1", prompt="none"))

    assert answer["error"] == "login_required"


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        pytest.param(None, "eidas2", id="what was reached"),
        pytest.param("eidas1", "eidas2", id="what was reached, though less was enough"),
        pytest.param("nd69-01", "nd69-01", id="in the words of the decree"),
        pytest.param("nd69-02 nd69-01", "nd69-01", id="a password is one factor, whatever it is trusted for"),
        pytest.param("urn:unknown eidas2", "eidas2", id="the first that is known and reached"),
    ],
)
async def test_acr_says_what_was_reached(
    provider: Provider, town_hall: RelyingPartyDriver, asked: str | None, answered: str
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    tokens = await town_hall.log_in(browser, acr_values=asked)

    assert claims_of(tokens["id_token"])["acr"] == answered


async def test_an_essential_acr_that_nobody_can_reach_is_refused_not_answered_with_another(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    essential = json.dumps({"id_token": {"acr": {"essential": True, "values": ["urn:unknown"]}}})

    answer = answer_of(await town_hall.authorize(browser, claims=essential))

    assert answer["error"] == "unmet_authentication_requirements"


async def test_an_essential_acr_is_answered_with_one_of_the_values_asked_for(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    essential = json.dumps({"id_token": {"acr": {"essential": True, "values": ["eidas1"]}}})

    tokens = await town_hall.log_in(browser, claims=essential)

    assert claims_of(tokens["id_token"])["acr"] == "eidas1"


async def test_a_session_of_a_source_that_the_service_does_not_take_is_not_reused(provider: Provider) -> None:
    register = await provider.register("register", allowed_sources=["social-insurance"])
    browser = await provider.logged_in_browser(consenting_to=register, source_id="tax")

    assert answer_of(await register.authorize(browser, prompt="none"))["error"] == "login_required"


async def test_the_language_asked_for_is_the_language_of_the_pages(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    for locales, language in (("en", "en"), ("fr vi", "vi"), ("de", "vi"), ("en-GB", "en")):
        browser = await provider.logged_in_browser()
        started = await town_hall.authorize(browser, ui_locales=locales)
        page = await browser.get(started.headers["location"] + "/consent")

        assert f'<html lang="{language}"' in page.text, locales
