"""OpenID Connect Core 3.1.2: what the authorization endpoint answers, and where it never answers."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from idp.audit.events import AuthorizationRequestRefused
from tests.support.provider import Provider, RelyingPartyDriver, answer_of

_FOREIGN_ADDRESSES = [
    "https://attacker.example/callback",
    "https://town-hall.example.attacker.example/callback",
    "https://town-hall.example/callback/",
    "https://town-hall.example/callback/../callback",
    "https://town-hall.example/%63allback",
    "https://town-hall.example:8443/callback",
    "https://town-hall.example@attacker.example/callback",
    "https://town-hall.example/callback#x",
    "https://town-hall.example/callback ",
    "https://TOWN-HALL.example/callback",
    "javascript:alert(1)",
    "",
]


async def test_a_foreign_redirect_uri_meets_a_page_of_ours_and_never_a_redirect(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    for uri in _FOREIGN_ADDRESSES:
        response = await town_hall.authorize(browser, redirect_uri=uri)

        assert response.status_code == 400, uri
        assert "location" not in response.headers, uri
        assert "MC-1102" in response.text, uri
        assert "attacker.example" not in response.text, uri
    assert await provider.count_of(AuthorizationRequestRefused) == len(_FOREIGN_ADDRESSES)


async def test_a_missing_redirect_uri_is_not_guessed(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    response = await town_hall.authorize(provider.browser(), redirect_uri=None)

    assert response.status_code == 400
    assert "location" not in response.headers


async def test_other_faults_beside_a_foreign_redirect_uri_do_not_redirect_either(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    response = await town_hall.authorize(
        provider.browser(), redirect_uri="https://attacker.example/", response_type="token", prompt="none"
    )

    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.parametrize(
    "twice", ["redirect_uri", "client_id", "state", "scope", "code_challenge", "prompt", "unknown_parameter"]
)
async def test_a_parameter_given_twice_is_refused_without_a_redirect(
    provider: Provider, town_hall: RelyingPartyDriver, twice: str
) -> None:
    parameters = list(town_hall.authorization_parameters(prompt="login", unknown_parameter="1").items())
    first = dict(parameters)[twice]

    response = await provider.browser().get(f"/authorize?{urlencode([*parameters, (twice, first)])}")

    assert response.status_code == 400
    assert "location" not in response.headers


async def test_a_parameter_given_twice_in_two_spellings_is_still_given_twice(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    query = urlencode(town_hall.authorization_parameters())

    response = await provider.browser().get(f"/authorize?{query}&redirect%5furi={quote(town_hall.redirect_uri)}")

    assert response.status_code == 400
    assert "location" not in response.headers


async def test_a_request_in_the_body_cannot_be_completed_from_the_query(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    form = town_hall.authorization_parameters(redirect_uri=None)

    response = await provider.browser().post(f"/authorize?redirect_uri={quote(town_hall.redirect_uri)}", form)

    assert response.status_code == 400
    assert "location" not in response.headers


async def test_an_oversized_body_is_refused_before_it_is_read(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    form = town_hall.authorization_parameters(claims="x" * 70_000)

    response = await provider.browser().post("/authorize", form)

    assert response.status_code == 413


async def test_a_body_of_another_type_is_refused(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    response = await provider.browser().http.post("/authorize", json=town_hall.authorization_parameters())

    assert response.status_code == 400


async def test_a_post_is_answered_like_a_get(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    answer = answer_of(await browser.post("/authorize", town_hall.authorization_parameters()))

    assert "code" in answer
    assert answer["state"] == town_hall.state


async def test_a_post_from_the_services_page_meets_the_session_that_lax_cookies_hide_from_it(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    posted = await provider.browser().post("/authorize", town_hall.authorization_parameters(login_hint="0530000001"))
    answer = answer_of(await browser.get(posted.headers["location"]))

    assert posted.status_code == 303
    assert "set-cookie" not in posted.headers
    assert "0530000001" not in posted.headers["location"]
    assert (await town_hall.redeem(answer["code"])).status_code == 200


async def test_a_post_with_a_fault_is_refused_at_once(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    form = town_hall.authorization_parameters(code_challenge_method="plain")

    assert answer_of(await provider.browser().post("/authorize", form))["error"] == "invalid_request"


async def test_an_unknown_and_a_disabled_service_get_pages_that_name_no_address(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    unknown = await town_hall.authorize(provider.browser(), client_id="nobody")
    await provider.disable(town_hall)
    disabled = await town_hall.authorize(provider.browser())

    assert (unknown.status_code, "MC-1101" in unknown.text) == (400, True)
    assert (disabled.status_code, "MC-1103" in disabled.text) == (403, True)
    assert "location" not in {**unknown.headers, **disabled.headers}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"code_challenge": None}, "invalid_request", id="no PKCE"),
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="plain PKCE"),
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="implicit"),
        pytest.param({"scope": "openid email"}, "invalid_scope", id="a scope of others"),
        pytest.param({"request": "e30."}, "invalid_request_object", id="half a request object"),
        pytest.param({"prompt": "none"}, "login_required", id="nobody is logged in"),
        pytest.param({"id_token_hint": "x.y.z"}, "invalid_request", id="a hint nobody signed"),
    ],
)
async def test_every_refusal_at_the_service_carries_iss_and_state_and_one_event(
    provider: Provider, town_hall: RelyingPartyDriver, changes: dict[str, str | None], error: str
) -> None:
    answer = answer_of(await town_hall.authorize(provider.browser(), **changes))

    assert answer["error"] == error
    assert answer["iss"] == provider.issuer
    assert answer["state"] == town_hall.state
    assert [event["event"] for event in await provider.events()] == [AuthorizationRequestRefused.name]


async def test_state_comes_back_letter_by_letter(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    state = "Tiếng Việt &=#+% \"'<>\n\u2028 /?" + "x" * 500

    answer = answer_of(await town_hall.authorize(browser, state=state))

    assert answer["state"] == state


async def test_a_request_without_state_gets_an_answer_without_one(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    assert "state" not in answer_of(await town_hall.authorize(browser, state=None))


async def test_a_query_registered_with_the_address_is_kept(provider: Provider) -> None:
    uri = "https://archive.example/callback?tenant=1"
    archive = await provider.register("archive", redirect_uris=[uri])
    browser = await provider.logged_in_browser(consenting_to=archive)

    location = (await archive.authorize(browser)).headers["location"]

    assert location.startswith(uri + "&")
    assert dict(parse_qsl(urlsplit(location).query))["tenant"] == "1"


async def test_ten_first_logins_of_one_session_at_once_make_one_grant(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    answers = await provider.at_once(town_hall.authorize(browser) for _ in range(10))

    assert all("code" in answer_of(answer) for answer in answers)
    assert len(await provider.services.database.fetch_all("SELECT id FROM authorization_grant")) == 1
