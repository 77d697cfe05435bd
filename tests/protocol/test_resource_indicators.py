"""RFC 8707: an access token is for one resource server, which the login asked for and the registration allows."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from idp.audit.events import AuthorizationRequestRefused
from idp.storage.database import Database, Statement
from tests.support.provider import Browser, answer_of, claims_of, running_provider
from tests.support.resources import (
    INSURANCE,
    OFFLINE,
    TAX,
    Neighbourhood,
    agreed,
    allowed_code,
    allowed_tokens,
    consent_page,
    introspected,
    neighbourhood,
)

_NOTHING = {"active": False}


@pytest.fixture
async def here(database: Database) -> AsyncIterator[Neighbourhood]:
    async with running_provider(database) as provider:
        yield await neighbourhood(provider)


@pytest.fixture
async def browser(here: Neighbourhood) -> Browser:
    return await here.provider.logged_in_browser(consenting_to=here.service, person_id="hoa")


async def test_a_token_is_for_the_resource_that_was_asked_for(here: Neighbourhood, browser: Browser) -> None:
    tokens = await allowed_tokens(here.service, browser, resource=TAX, scope=OFFLINE)

    told = await introspected(here.tax, tokens["access_token"])

    assert tokens["scope"] == told["scope"] == "openid phone"
    assert (told["active"], told["aud"], told["client_id"]) == (True, TAX, "one-stop")


async def test_a_resource_server_knows_the_person_by_its_own_identifier_always_the_same(
    here: Neighbourhood, browser: Browser
) -> None:
    first = await allowed_tokens(here.service, browser, resource=TAX, scope=OFFLINE)
    again = (await here.service.refresh(first["refresh_token"])).json()

    subs = [(await introspected(here.tax, tokens["access_token"]))["sub"] for tokens in (first, again)]
    stored = await here.provider.services.database.fetch_row(
        "SELECT sub FROM subject_identifier WHERE person_id = $1 AND sector = $2", "hoa", "tax.example"
    )

    assert stored is not None
    assert subs == [stored["sub"]] * 2
    assert subs[0] != claims_of(first["id_token"])["sub"]
    assert (await introspected(here.service, first["access_token"]))["sub"] == claims_of(first["id_token"])["sub"]


async def test_somebody_elses_token_is_nothing_to_a_resource_server(here: Neighbourhood, browser: Browser) -> None:
    for_tax = await allowed_tokens(here.service, browser, resource=TAX)
    for_insurance = await allowed_tokens(here.service, browser, resource=INSURANCE)
    for_nobody = await here.service.log_in(browser)

    assert await introspected(here.insurance, for_tax["access_token"]) == _NOTHING
    assert await introspected(here.tax, for_insurance["access_token"]) == _NOTHING
    assert await introspected(here.tax, for_nobody["access_token"]) == _NOTHING
    assert await introspected(here.tax, for_nobody["id_token"]) == _NOTHING


async def test_userinfo_opens_for_no_token_of_a_resource_server(here: Neighbourhood, browser: Browser) -> None:
    for resource in (TAX, INSURANCE):
        tokens = await allowed_tokens(here.service, browser, resource=resource)

        assert (await here.service.userinfo(tokens["access_token"])).status_code == 401, resource


async def test_a_refresh_gets_one_token_for_each_resource_and_one_for_userinfo(
    here: Neighbourhood, browser: Browser
) -> None:
    code = await allowed_code_of_several(here, browser)
    first = (await here.service.redeem(code)).json()
    second = (await here.service.refresh(first["refresh_token"], resource=INSURANCE)).json()
    userinfo = f"{here.provider.issuer}/userinfo"
    third = (await here.service.refresh(second["refresh_token"], resource=userinfo)).json()

    assert (await introspected(here.tax, first["access_token"]))["aud"] == TAX
    assert claims_of(second["access_token"])["aud"] == INSURANCE
    assert "name" in (await here.service.userinfo(third["access_token"])).json()


async def test_a_scope_that_is_none_of_the_resources_gives_no_token_and_costs_nothing(
    here: Neighbourhood, browser: Browser
) -> None:
    tokens = await allowed_tokens(here.service, browser, resource=TAX, scope=OFFLINE)

    nothing = await here.service.refresh(tokens["refresh_token"], scope="profile")
    something = await here.service.refresh(tokens["refresh_token"], scope="phone profile")

    assert nothing.json()["error"] == "invalid_scope"
    assert something.json()["scope"] == "phone"


async def test_a_code_can_be_redeemed_for_another_of_the_resources(here: Neighbourhood, browser: Browser) -> None:
    code = await allowed_code_of_several(here, browser)

    tokens = (await here.service.redeem(code, resource=INSURANCE)).json()

    assert claims_of(tokens["access_token"])["aud"] == INSURANCE


async def test_more_than_was_asked_for_is_refused_and_costs_nothing(here: Neighbourhood, browser: Browser) -> None:
    code = await allowed_code(here.service, browser, resource=TAX, scope=OFFLINE)

    too_much = await here.service.redeem(code, resource=INSURANCE)
    tokens = (await here.service.redeem(code, resource=TAX)).json()
    later = await here.service.refresh(tokens["refresh_token"], resource=INSURANCE)
    both = await post_twice(here, "/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    right = await here.service.refresh(tokens["refresh_token"])

    assert [answer.json()["error"] for answer in (too_much, later, both)] == ["invalid_target"] * 3
    assert (await introspected(here.tax, right.json()["access_token"]))["aud"] == TAX


@pytest.mark.parametrize(
    "resource",
    [
        "https://unknown.example",
        "https://khai-thue.thue.example/",
        "https://KHAI-THUE.thue.example",
        "https://khai-thue.thue.example#fragment",
        "khai-thue.thue.example",
        "https://khai-thue.thue.example https://du-lieu.bao-hiem.example",
        "javascript:alert(1)",
        "https://" + "x" * 2000,
    ],
)
async def test_a_resource_that_is_none_of_the_clients_is_refused(
    here: Neighbourhood, browser: Browser, resource: str
) -> None:
    answer = answer_of(await here.service.authorize(browser, resource=resource))
    pushed = await here.service.post("/par", **here.service.authorization_parameters(resource=resource))

    assert answer["error"] == pushed.json()["error"] == "invalid_target"
    assert await here.provider.count_of(AuthorizationRequestRefused) == 2


async def test_a_service_that_is_not_allowed_any_is_refused(here: Neighbourhood) -> None:
    town_hall = await here.provider.register()
    browser = await here.provider.logged_in_browser(consenting_to=town_hall)

    assert answer_of(await town_hall.authorize(browser, resource=TAX))["error"] == "invalid_target"
    tokens = await town_hall.log_in(browser, scope=OFFLINE)
    assert (await town_hall.refresh(tokens["refresh_token"], resource=TAX)).json()["error"] == "invalid_target"


async def test_the_parameter_may_be_repeated_up_to_a_bound_and_no_other_may(
    here: Neighbourhood, browser: Browser
) -> None:
    parameters = here.service.authorization_parameters()
    query = httpx2.QueryParams(parameters)

    several = await browser.http.get("/authorize", params=query.add("resource", TAX).add("resource", INSURANCE))
    many = query
    for _ in range(8):
        many = many.add("resource", TAX)
    too_many = await browser.http.get("/authorize", params=many)
    other = await browser.http.get("/authorize", params=query.add("scope", "openid"))
    pushed = await post_twice(here, "/par", **parameters)
    introspection = await post_twice(here, "/introspect", token="x")

    assert several.headers["location"].startswith("/interactions/")
    assert (too_many.status_code, other.status_code) == (400, 400)
    assert pushed.status_code == 201
    assert introspection.json()["error"] == "invalid_request"


async def test_an_audience_that_nobody_was_told_of_is_asked_for_first(here: Neighbourhood, browser: Browser) -> None:
    silent = answer_of(await here.service.authorize(browser, resource=TAX, prompt="none"))
    page = await consent_page(here.service, browser, resource=TAX)
    refused = await agreed(browser, page, "refuse")
    await allowed_code(here.service, browser, resource=TAX)
    afterwards = answer_of(await here.service.authorize(browser, resource=TAX, prompt="none"))

    assert (silent["error"], refused["error"]) == ("consent_required", "access_denied")
    assert "Cục Thuế" in page.text
    assert "code" in afterwards


async def test_a_disabled_resource_server_gets_no_token_and_hears_of_none(
    here: Neighbourhood, browser: Browser
) -> None:
    tokens = await allowed_tokens(here.service, browser, resource=TAX, scope=OFFLINE)

    await here.provider.disable(here.tax)

    assert answer_of(await here.service.authorize(browser, resource=TAX))["error"] == "invalid_target"
    assert (await here.tax.post("/introspect", token=tokens["access_token"])).status_code == 401
    assert await introspected(here.service, tokens["access_token"]) == _NOTHING
    assert (await here.service.refresh(tokens["refresh_token"])).json()["error"] == "invalid_target"


async def test_a_service_that_lost_the_resource_lost_its_tokens_there(here: Neighbourhood, browser: Browser) -> None:
    tokens = await allowed_tokens(here.service, browser, resource=TAX, scope=OFFLINE)

    await here.provider.amend(here.service, allowed_resources=[INSURANCE])

    assert await introspected(here.tax, tokens["access_token"]) == _NOTHING
    assert (await here.service.refresh(tokens["refresh_token"])).json()["error"] == "invalid_target"


async def test_a_disabled_service_has_no_living_token_anywhere(here: Neighbourhood, browser: Browser) -> None:
    tokens = await allowed_tokens(here.service, browser, resource=TAX)

    await here.provider.disable(here.service)

    assert await introspected(here.tax, tokens["access_token"]) == _NOTHING


async def test_a_source_that_was_switched_off_vouches_for_no_token_anywhere(
    here: Neighbourhood, browser: Browser
) -> None:
    tokens = await allowed_tokens(here.service, browser, resource=TAX)

    await here.provider.amend(here.service, allowed_sources=["mobile"])

    assert await introspected(here.tax, tokens["access_token"]) == _NOTHING


async def test_the_end_of_a_login_a_consent_or_a_person_is_the_end_of_its_tokens(here: Neighbourhood) -> None:
    database, now = here.provider.services.database, int(here.provider.clock())
    endings = {
        "session": Statement("UPDATE sso_session SET ended_at = $1 WHERE person_id = $2", (now, "session")),
        "grant": Statement("UPDATE authorization_grant SET revoked_at = $1 WHERE person_id = $2", (now, "grant")),
        "person": Statement("UPDATE person SET status = 'closed' WHERE id = $1", ("person",)),
    }
    for person_id, ending in endings.items():
        browser = await here.provider.logged_in_browser(consenting_to=here.service, person_id=person_id)
        tokens = await allowed_tokens(here.service, browser, resource=TAX)
        assert (await introspected(here.tax, tokens["access_token"]))["active"] is True

        await database.commit(ending)

        assert await introspected(here.tax, tokens["access_token"]) == _NOTHING, person_id


async def test_a_name_that_two_claim_is_nobodys(here: Neighbourhood, browser: Browser) -> None:
    await here.provider.register("impostor", resource=TAX)

    assert answer_of(await here.service.authorize(browser, resource=TAX))["error"] == "invalid_target"


@pytest.mark.parametrize(
    "member", [{"resource": TAX}, {"allowed_resources": [TAX]}, {"authorization_details_types": ["tax_declaration"]}]
)
async def test_no_program_registers_itself_for_any_of_it(database: Database, member: dict[str, object]) -> None:
    async with running_provider(database, dynamic_registration="open") as provider:
        wanted = {"redirect_uris": ["https://a.example/callback"], **member}

        answer = await provider.http.post("/register", json=wanted)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


async def test_a_login_without_resources_leaves_no_trace_of_them(here: Neighbourhood, browser: Browser) -> None:
    await here.service.log_in(browser)

    row = await here.provider.services.database.fetch_row(
        "SELECT COUNT(*) AS n FROM short_lived WHERE kind = 'resource_token'"
    )
    assert row is not None
    assert row["n"] == 0


async def allowed_code_of_several(here: Neighbourhood, browser: Browser) -> str:
    query = httpx2.QueryParams(here.service.authorization_parameters(scope=OFFLINE))
    response = await browser.http.get("/authorize", params=query.add("resource", TAX).add("resource", INSURANCE))
    step = await browser.get(response.headers["location"])
    return (await agreed(browser, await browser.get(step.headers["location"])))["code"]


async def post_twice(here: Neighbourhood, path: str, **form: str) -> httpx2.Response:
    body = httpx2.QueryParams(form).add("resource", TAX).add("resource", INSURANCE)
    headers = {"authorization": here.service.basic(), "content-type": "application/x-www-form-urlencoded"}
    return await here.provider.http.post(path, content=str(body), headers=headers)
