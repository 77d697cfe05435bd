"""RFC 9126: requests pushed before the browser comes; used once, by their own client, within ninety seconds."""

import httpx2
import pytest

from idp.audit.events import AuthorizationRequestRefused, PushedRequestStored
from idp.storage.database import Statement
from tests.support.provider import Browser, Provider, RelyingPartyDriver, answer_of


async def push(party: RelyingPartyDriver, **changes: str | None) -> httpx2.Response:
    return await party.post("/par", **party.authorization_parameters(**changes))


async def follow(browser: Browser, party: RelyingPartyDriver, request_uri: str, **beside: str) -> httpx2.Response:
    return await browser.get("/authorize", client_id=party.client_id, request_uri=request_uri, **beside)


@pytest.fixture
async def browser(provider: Provider, town_hall: RelyingPartyDriver) -> Browser:
    return await provider.logged_in_browser(consenting_to=town_hall)


async def test_a_pushed_request_is_answered_like_any_other_and_only_once(
    provider: Provider, town_hall: RelyingPartyDriver, browser: Browser
) -> None:
    pushed = await push(town_hall)
    request_uri = pushed.json()["request_uri"]

    first = answer_of(await follow(browser, town_hall, request_uri))
    second = await follow(browser, town_hall, request_uri)

    assert pushed.status_code == 201
    assert pushed.json()["expires_in"] == 90
    assert request_uri.startswith("urn:ietf:params:oauth:request_uri:")
    assert first["state"] == town_hall.state
    assert (await town_hall.redeem(first["code"])).status_code == 200
    assert (second.status_code, "location" in second.headers) == (400, False)
    assert await provider.count_of(PushedRequestStored) == 1


async def test_what_stands_beside_a_request_uri_does_not_count(town_hall: RelyingPartyDriver, browser: Browser) -> None:
    request_uri = (await push(town_hall)).json()["request_uri"]

    response = await follow(
        browser,
        town_hall,
        request_uri,
        redirect_uri="https://attacker.example/",
        state="another",
        prompt="none",
        scope="openid vn_personal_id",
    )

    assert response.headers["location"].startswith(town_hall.redirect_uri)
    assert answer_of(response)["state"] == town_hall.state


async def test_another_client_gets_nothing_for_it_and_does_not_use_it_up(
    provider: Provider, town_hall: RelyingPartyDriver, browser: Browser
) -> None:
    library = await provider.register("library")
    request_uri = (await push(town_hall)).json()["request_uri"]

    foreign = await follow(browser, library, request_uri)
    own = answer_of(await follow(browser, town_hall, request_uri))

    assert (foreign.status_code, "location" in foreign.headers) == (400, False)
    assert "code" in own


async def test_it_is_gone_after_ninety_seconds(
    provider: Provider, town_hall: RelyingPartyDriver, browser: Browser
) -> None:
    request_uri = (await push(town_hall)).json()["request_uri"]

    provider.clock.now += 90

    assert (await follow(browser, town_hall, request_uri)).status_code == 400


async def test_a_value_that_is_nearly_right_is_unknown(town_hall: RelyingPartyDriver, browser: Browser) -> None:
    request_uri = (await push(town_hall)).json()["request_uri"]

    for bent in (
        request_uri[:-1],
        request_uri + "A",
        request_uri.upper(),
        request_uri + "#",
        "urn:ietf:params:oauth:x",
    ):
        response = await follow(browser, town_hall, bent)
        assert (response.status_code, "location" in response.headers) == (400, False), bent

    assert "code" in answer_of(await follow(browser, town_hall, request_uri))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"redirect_uri": "https://attacker.example/"}, "invalid_request", id="a foreign redirect URI"),
        pytest.param({"redirect_uri": None}, "invalid_request", id="no redirect URI"),
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="plain PKCE"),
        pytest.param({"scope": "openid email"}, "invalid_scope", id="a scope of others"),
        pytest.param({"request": "e30."}, "invalid_request_object", id="half a request object"),
        pytest.param(
            {"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request", id="a request_uri in it"
        ),
        pytest.param({"client_id": "library"}, "invalid_request", id="another client's name in it"),
    ],
)
async def test_a_wrong_request_is_refused_where_it_is_pushed(
    provider: Provider, town_hall: RelyingPartyDriver, changes: dict[str, str | None], error: str
) -> None:
    refused = await push(town_hall, **changes)

    assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert await provider.count_of(AuthorizationRequestRefused) == 1


async def test_a_client_registered_for_it_must_push(provider: Provider) -> None:
    bank = await provider.register("bank", require_pushed_authorization_requests=True)
    browser = await provider.logged_in_browser(consenting_to=bank)

    by_value = answer_of(await bank.authorize(browser))
    posted = answer_of(await browser.post("/authorize", bank.authorization_parameters()))
    pushed = answer_of(await follow(browser, bank, (await push(bank)).json()["request_uri"]))

    assert by_value["error"] == posted["error"] == "invalid_request"
    assert "code" in pushed


async def test_a_pushed_request_is_kept_sealed(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    await push(town_hall, login_hint="canary-0531234567", state="canary-state")

    (row,) = await provider.services.database.fetch_all("SELECT payload FROM short_lived")

    assert b"canary" not in row["payload"]  # type: ignore[operator]


@pytest.mark.parametrize("is_purged", [False, True])
async def test_who_opens_the_page_twice_finds_the_request_again_and_gets_one_answer(
    provider: Provider, town_hall: RelyingPartyDriver, is_purged: bool
) -> None:
    """FAPI 2.0 5.3.2.2: a request is used up by its answer, not by a link preview or a reload."""
    request_uri = (await push(town_hall)).json()["request_uri"]
    browser = provider.browser()
    first = await follow(browser, town_hall, request_uri)
    second = await follow(browser, town_hall, request_uri)
    session = await provider.logged_in_browser(consenting_to=town_hall)
    browser.http.cookies.update(session.http.cookies)

    answered = await browser.get(first.headers["location"])
    if is_purged:
        # A login may take longer than the request is kept.
        await provider.services.database.commit(
            Statement("DELETE FROM short_lived WHERE kind = $1", ("pushed_request",))
        )
    late = await browser.get(second.headers["location"])

    assert first.headers["location"] != second.headers["location"]
    assert "code" in answer_of(answered)
    assert (late.status_code, "location" in late.headers) == (400, False)
