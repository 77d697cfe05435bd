"""OAuth 2.0 Form Post Response Mode: the answer travels in a form, on a page that needs no script."""

import re

import pytest

from tests.support.provider import Provider, RelyingPartyDriver, csrf_of


def _fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


async def test_the_code_travels_in_a_form_to_the_registered_address(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    page = await town_hall.authorize(browser, response_mode="form_post")
    fields = _fields(page.text)
    tokens = await town_hall.redeem(fields["code"])

    assert page.status_code == 200
    assert f'<form method="post" action="{town_hall.redirect_uri}"' in page.text
    assert set(fields) == {"code", "state", "iss"}
    assert (fields["state"], fields["iss"]) == (town_hall.state, provider.issuer)
    assert tokens.status_code == 200


async def test_the_page_has_a_button_and_no_inline_script(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    page = await town_hall.authorize(browser, response_mode="form_post", ui_locales="en")
    policy = page.headers["content-security-policy"]

    assert 'id="continue" type="submit"' in page.text
    assert "Continue" in page.text
    assert "<script>" not in page.text
    assert "onload" not in page.text
    assert "unsafe-inline" not in policy
    assert "form-action 'self' https://town-hall.example" in policy
    assert page.headers["cache-control"] == "no-store"


async def test_an_error_travels_the_same_way(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    page = await town_hall.authorize(provider.browser(), response_mode="form_post", prompt="none")

    assert _fields(page.text)["error"] == "login_required"
    assert "location" not in page.headers


async def test_what_the_service_sent_is_escaped_on_the_page(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    state = '"><script>alert(1)</script>'
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    page = await town_hall.authorize(browser, response_mode="form_post", state=state)

    assert state not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize("mode", ["fragment", "web_message", "fragment.jwt", "FORM_POST", "query form_post"])
async def test_a_mode_that_is_not_offered_is_refused_in_the_query(
    provider: Provider, town_hall: RelyingPartyDriver, mode: str
) -> None:
    answer = await town_hall.authorize(provider.browser(), response_mode=mode)

    assert answer.status_code == 303
    assert "error=invalid_request" in answer.headers["location"]


async def test_a_refusal_by_the_person_travels_in_the_form_too(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = provider.browser()
    begun = await town_hall.authorize(browser, response_mode="form_post")
    page = await browser.get(f"{begun.headers['location']}/sources")
    cancel = re.search(
        r'action="([^"]+/cancel)" novalidate>\s*<input type="hidden" name="csrf" value="([^"]+)"', page.text
    )
    assert cancel is not None, csrf_of(page)

    answer = await browser.post(cancel[1], {"csrf": cancel[2], "decision": "cancel"})

    assert _fields(answer.text)["error"] == "access_denied"
