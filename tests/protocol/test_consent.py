"""What a person is asked before anything about them leaves, when they are asked again, and what a refusal gives."""

import json
from collections.abc import Mapping

from idp.audit.events import AuthorizationCodeIssued, ConsentGiven, ConsentRefused
from idp.consent.record import Agreed, Shown, consent_in_force, recording_consent
from idp.sessions.storage import live_session
from idp.storage.database import Statement
from tests.support.provider import HOA, Browser, Provider, RelyingPartyDriver, answer_of, csrf_of


async def ask(party: RelyingPartyDriver, browser: Browser, **changes: str | None) -> str:
    """The address of the consent page that this request leads to."""
    response = await party.authorize(browser, **changes)
    step = await browser.get(response.headers["location"])
    address: str = step.headers["location"]
    assert address.endswith("/consent"), address
    return address


async def answer(browser: Browser, address: str, decision: str, **ticked: str) -> dict[str, str]:
    """What the service is told once the person has answered the page."""
    page = await browser.get(address)
    posted = await browser.post(address, {"csrf": csrf_of(page), "decision": decision, **ticked})
    if posted.headers["location"].startswith("/interactions/"):
        posted = await browser.get(posted.headers["location"])
    return answer_of(posted)


async def released(party: RelyingPartyDriver, code: str) -> Mapping[str, str]:
    tokens = (await party.redeem(code)).json()
    claims: Mapping[str, str] = (await party.userinfo(tokens["access_token"])).json()
    return claims


async def test_the_page_shows_each_value_and_who_asks(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser()

    page = await browser.get(await ask(town_hall, browser, scope="openid profile phone"))

    for shown in (HOA.name, "12/03/1984", "Ủy ban nhân dân", "giải quyết hồ sơ"):
        assert shown in page.text, shown
    # As it is dialled, in groups.
    assert "0530000001" in page.text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    assert (HOA.personal_id or "") not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert (
        f"form-action 'self' {town_hall.redirect_uri.removesuffix('/callback')}"
        in page.headers["content-security-policy"]
    )


async def test_approving_gives_the_code_and_is_remembered(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser()

    first = await answer(browser, await ask(town_hall, browser), "approve")
    second = answer_of(await town_hall.authorize(browser, prompt="none"))

    assert (await released(town_hall, first["code"]))["name"] == HOA.name
    assert "code" in second
    assert await provider.count_of(ConsentGiven) == 1
    (event,) = [event for event in await provider.events() if event["event"] == ConsentGiven.name]
    assert "name" in event["detail"]["claims"]
    assert HOA.name not in json.dumps(event, default=str, ensure_ascii=False)


async def test_refusing_gives_access_denied_and_leaves_nothing_behind(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser()

    refused = await answer(browser, await ask(town_hall, browser), "refuse")

    assert (refused["error"], refused["iss"], refused["state"]) == ("access_denied", provider.issuer, town_hall.state)
    assert await provider.count_of(ConsentRefused) == 1
    assert await provider.count_of(ConsentGiven) == 0
    assert answer_of(await town_hall.authorize(browser, prompt="none"))["error"] == "consent_required"


async def test_an_answer_that_is_neither_asks_again(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser()
    address = await ask(town_hall, browser)

    posted = await browser.post(address, {"csrf": csrf_of(await browser.get(address)), "decision": "APPROVE"})
    step = await browser.get(posted.headers["location"])

    assert step.headers["location"] == address
    assert await provider.count_of(ConsentGiven) == 0


async def test_the_person_is_asked_again_when_more_is_wanted_and_not_when_less_is(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser()
    await answer(browser, await ask(town_hall, browser, scope="openid profile"), "approve")

    less = answer_of(await town_hall.authorize(browser, scope="openid", prompt="none"))
    more = answer_of(await town_hall.authorize(browser, scope="openid profile phone", prompt="none"))
    by_name = json.dumps({"id_token": {"phone_number": None}})
    named = answer_of(await town_hall.authorize(browser, scope="openid profile", claims=by_name, prompt="none"))
    offline = answer_of(await town_hall.authorize(browser, scope="openid offline_access", prompt="none"))

    assert "code" in less
    assert more["error"] == named["error"] == offline["error"] == "consent_required"


async def test_prompt_consent_asks_although_nothing_is_new(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    again = await answer(browser, await ask(town_hall, browser, prompt="consent"), "approve")

    assert "code" in again


async def test_what_is_optional_stays_unless_it_is_ticked(provider: Provider) -> None:
    party = await provider.register("survey", optional_claims=["phone_number"])
    first, second = await provider.logged_in_browser(), await provider.logged_in_browser()
    scope = "openid profile phone"

    without = await answer(first, await ask(party, first, scope=scope), "approve")
    with_it = await answer(
        second, await ask(party, second, scope=scope), "approve", **{"claim.phone_number": "on", "claim.admin": "on"}
    )

    assert not {"phone_number", "phone_number_verified"} & set(await released(party, without["code"]))
    assert {"phone_number", "phone_number_verified"} <= set(await released(party, with_it["code"]))


async def test_a_claim_that_is_required_cannot_be_unticked_and_none_can_be_added(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser()

    told = await answer(
        browser, await ask(town_hall, browser), "approve", **{"claim.vn_personal_id": "on", "claim.name": ""}
    )
    claims = await released(town_hall, told["code"])

    assert claims["name"] == HOA.name
    assert "vn_personal_id" not in claims


async def test_a_service_that_acts_by_law_informs_and_cites_it(provider: Provider) -> None:
    court = await provider.register("court", legal_basis="law", legal_citation="Luật 1/2025/QH15", purpose="thụ lý đơn")
    browser = await provider.logged_in_browser()
    address = await ask(court, browser)
    page = await browser.get(address)

    told = await answer(browser, address, "approve")

    assert "Luật 1/2025/QH15" in page.text
    assert 'id="refuse"' not in page.text or "code" in told
    (event,) = [event for event in await provider.events() if event["event"] == ConsentGiven.name]
    assert event["detail"]["legal_basis"] == "law"


async def test_each_consent_is_kept_as_it_was_given(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser()
    await answer(browser, await ask(town_hall, browser, scope="openid profile"), "approve")
    await answer(browser, await ask(town_hall, browser, scope="openid profile phone"), "approve")

    rows = await provider.services.database.fetch_all("SELECT * FROM consent ORDER BY length(scope)")

    assert [row["withdrawn_at"] is None for row in rows] == [False, True]
    assert all(row["locale"] == "vi" and row["text_version"] and row["text_hash"] for row in rows)


async def test_two_tabs_that_approve_at_once_leave_one_consent_in_force(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser()
    addresses = [await ask(town_hall, browser) for _ in range(4)]
    tokens = [csrf_of(await browser.get(address)) for address in addresses]

    posted = await provider.at_once(
        browser.post(address, {"csrf": token, "decision": "approve"})
        for address, token in zip(addresses, tokens, strict=True)
    )
    rows = await provider.services.database.fetch_all("SELECT id FROM consent WHERE withdrawn_at IS NULL")

    assert {response.status_code for response in posted} == {303}
    assert len(rows) == 1


async def test_an_answer_to_the_page_of_one_person_does_not_count_for_the_next(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    """A shared computer: the page of one is still open when another logs in, in the same browser."""
    browser = await provider.logged_in_browser()
    address = await ask(town_hall, browser)
    csrf = csrf_of(await browser.get(address))
    other, session = await provider.logged_in_browser(), provider.services.cookies.session
    browser.http.cookies.set(session, other.http.cookies[session])

    posted = await browser.post(address, {"csrf": csrf, "decision": "approve"})

    assert posted.status_code == 403
    assert await provider.count_of(ConsentGiven) == 0


async def test_nothing_is_shown_or_agreed_to_once_nobody_is_logged_in(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser()
    address = await ask(town_hall, browser)
    csrf = csrf_of(await browser.get(address))
    browser.http.cookies.delete(provider.services.cookies.session)

    page = await browser.get(address)
    posted = await browser.post(address, {"csrf": csrf, "decision": "approve"})

    assert page.headers["location"] == posted.headers["location"] == address.removesuffix("/consent")
    assert await provider.count_of(AuthorizationCodeIssued) + await provider.count_of(ConsentGiven) == 0


async def test_a_service_that_alternates_between_two_requests_asks_once_for_each(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser()
    await answer(browser, await ask(town_hall, browser, scope="openid profile"), "approve")
    await answer(browser, await ask(town_hall, browser, scope="openid phone"), "approve")

    again = [
        answer_of(await town_hall.authorize(browser, scope=s, prompt="none"))
        for s in ("openid profile", "openid phone")
    ]

    assert all("code" in told for told in again)


async def test_what_one_tab_no_longer_lets_through_does_not_come_back_from_another(provider: Provider) -> None:
    party = await provider.register("clinic", optional_claims=["phone_number"])
    browser = await provider.logged_in_browser()
    await answer(
        browser, await ask(party, browser, scope="openid profile phone"), "approve", **{"claim.phone_number": "yes"}
    )
    database = provider.services.database
    client = await provider.services.configuration.usable_client(party.client_id)
    session = await live_session(
        database,
        provider.services.vault,
        key=browser.http.cookies.get(provider.services.cookies.session),
        now=int(provider.clock()),
        idle=1800,
    )
    assert session is not None
    read_by_the_slow_tab = await consent_in_force(database, client, session)
    await answer(browser, await ask(party, browser, scope="openid profile phone", prompt="consent"), "approve")

    slow = recording_consent(
        client,
        session,
        Agreed(scope=frozenset({"openid"}), offered=frozenset({"name"}), released=frozenset({"name"})),
        Shown(text="", locale="vi", interaction_id="slow"),
        earlier=read_by_the_slow_tab,
        going_on=Statement("UPDATE short_lived SET version = version WHERE kind = 'nothing' RETURNING version"),
        now=provider.clock(),
    )

    assert await slow.commit(database) is None
    in_force = await consent_in_force(database, client, session)
    assert in_force is not None
    assert "phone_number" not in json.loads(str(in_force["claims"]))["released"]
