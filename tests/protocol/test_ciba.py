"""OpenID Connect CIBA Core 1.0, poll mode: a service asks, a person answers elsewhere, the service gets its tokens."""

import pytest

from idp.audit.events import TokenRequestRefused, TokensIssued
from idp.audit.polled_events import PolledRequestApproved, PolledRequestDenied, RequestsBlocked
from idp.protocol.client_members import CIBA
from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ClientKey
from tests.support.elsewhere import REFUSE, REPORT, Elsewhere, asking_elsewhere
from tests.support.portal import send, visit
from tests.support.provider import Provider, claims_of


@pytest.fixture
async def counter(provider: Provider) -> Elsewhere:
    return await asking_elsewhere(provider)


async def test_a_person_says_yes_and_the_service_has_tokens_of_theirs(provider: Provider, counter: Elsewhere) -> None:
    told = await counter.asked()
    pending = await counter.poll(told["auth_req_id"])
    browser, page = await counter.looks()
    done = await send(browser, page, button="approve", decision="approve")
    answer = await counter.poll(told["auth_req_id"])

    assert (told["expires_in"], told["interval"]) == (300, 5)
    assert (pending.status_code, pending.json()) == (400, {"error": "authorization_pending"})
    assert "Quay so 3" in page.text
    assert f'id="number">{told["matching_number"]}<' in page.text
    assert "Đã đồng ý" in done.text
    assert answer.status_code == 200, answer.text
    assert claims_of(answer.json()["id_token"])["sub"] == counter.sub
    assert (await counter.party.userinfo(answer.json()["access_token"])).json()["name"] == "Nguyễn Thị Hòa"
    assert await provider.count_of(PolledRequestApproved) == await provider.count_of(TokensIssued) - 1 == 1


async def test_what_was_redeemed_is_worth_nothing_and_takes_nothing_away(counter: Elsewhere) -> None:
    told = await counter.asked()
    await counter.decides()
    first = await counter.poll(told["auth_req_id"])
    second = await counter.poll(told["auth_req_id"])

    assert second.json()["error"] == "invalid_grant"
    assert (await counter.party.userinfo(first.json()["access_token"])).status_code == 200


async def test_a_no_is_told_as_a_no(provider: Provider, counter: Elsewhere) -> None:
    told = await counter.asked()
    done = await counter.decides(REFUSE)

    assert "Đã từ chối" in done.text
    assert (await counter.poll(told["auth_req_id"])).json()["error"] == "access_denied"
    (denied,) = [row for row in await provider.events() if row["event"] == PolledRequestDenied.name]
    assert (denied["person_id"], denied["detail"]) == ("hoa", {"kind": "ciba", "reason": "refused"})


async def test_who_reports_a_service_hears_of_it_no_more_until_they_allow_it(
    provider: Provider, counter: Elsewhere
) -> None:
    told = await counter.asked()
    done = await counter.decides(REPORT)
    again = await counter.asked()
    browser = await counter.browser()
    page = await visit(browser, "/me/asked")

    assert "chặn" in done.text
    assert (await counter.poll(told["auth_req_id"])).json()["error"] == "access_denied"
    assert set(again) == set(told)
    assert (await counter.poll(again["auth_req_id"])).json()["error"] == "authorization_pending"
    assert "Không có yêu cầu nào đang chờ" in page.text
    assert await provider.count_of(RequestsBlocked) == 1

    allowed = await browser.post("/me/asked/blocks/counter", {"csrf": _csrf_of_unblock(page.text)})
    provider.clock.now += 3600
    browser = await counter.browser()
    await counter.asked()

    assert allowed.status_code == 303
    assert "answer-1" in (await visit(browser, "/me/asked")).text


def _csrf_of_unblock(text: str) -> str:
    after = text.split('action="/me/asked/blocks/counter"')[1]
    return after.split('name="csrf" value="')[1].split('"')[0]


async def test_waiting_leaves_no_trace_in_the_log(provider: Provider, counter: Elsewhere) -> None:
    told = await counter.asked()
    before = len(await provider.events())
    for _ in range(3):
        await counter.poll(told["auth_req_id"])

    assert len(await provider.events()) == before


async def test_polling_too_fast_is_slowed_down_by_five_seconds_each_time(
    provider: Provider, counter: Elsewhere
) -> None:
    told = await counter.asked()
    errors = [(await counter.poll(told["auth_req_id"])).json()["error"] for _ in range(3)]
    provider.clock.now += 14
    patient = (await counter.poll(told["auth_req_id"])).json()["error"]

    assert errors == ["authorization_pending", "slow_down", "slow_down"]
    assert patient == "authorization_pending"


async def test_who_was_too_fast_gets_the_tokens_all_the_same(counter: Elsewhere) -> None:
    told = await counter.asked()
    await counter.poll(told["auth_req_id"])
    await counter.decides()

    assert (await counter.poll(told["auth_req_id"])).status_code == 200


async def test_nobody_decided_in_time(provider: Provider, counter: Elsewhere) -> None:
    told = await counter.asked(requested_expiry="30")
    browser, page = await counter.looks()
    provider.clock.now += 30
    late = await send(browser, page, button="approve", decision="approve")

    assert told["expires_in"] == 30
    assert late.status_code == 400
    assert (await counter.poll(told["auth_req_id"])).json()["error"] == "expired_token"


async def test_another_service_can_neither_redeem_nor_spoil_it(provider: Provider, counter: Elsewhere) -> None:
    thief = await asking_elsewhere(provider, "thief")
    told = await counter.asked()
    await counter.decides()
    stolen = await thief.poll(told["auth_req_id"])

    assert stolen.json()["error"] == "invalid_grant"
    assert (await counter.poll(told["auth_req_id"])).status_code == 200


async def test_a_client_that_is_not_registered_for_it_is_told_so(provider: Provider, counter: Elsewhere) -> None:
    other = await provider.register("plain")
    asked = await other.post("/bc-authorize", scope="openid", login_hint=counter.sub)
    polled = await other.token(grant_type="urn:openid:params:grant-type:ciba", auth_req_id="x")

    assert asked.json()["error"] == polled.json()["error"] == "unauthorized_client"
    assert await provider.count_of(TokenRequestRefused) == 1


async def test_of_one_service_the_newest_request_alone_is_shown(counter: Elsewhere) -> None:
    await counter.asked()
    newest = await counter.asked(binding_message="Lan hai")
    counter.provider.clock.now += 0
    page = await visit(await counter.browser(), "/me/asked")

    assert page.text.count('id="answer-') == 1
    assert newest["matching_number"].isdigit()


async def test_offline_access_is_given_where_it_was_asked_for_and_granted(counter: Elsewhere) -> None:
    told = await counter.asked(scope="openid offline_access")
    await counter.decides()
    tokens = (await counter.poll(told["auth_req_id"])).json()
    refreshed = await counter.party.refresh(tokens["refresh_token"])

    assert refreshed.status_code == 200
    assert claims_of(refreshed.json()["id_token"])["sub"] == counter.sub


async def test_nothing_personal_is_shown_where_nothing_is_asked_for(counter: Elsewhere) -> None:
    await counter.asked(scope="openid")
    _, page = await counter.looks()

    assert "Không có thông tin cá nhân nào được chuyển" in page.text
    assert "Nguyễn" not in page.text


async def test_tokens_are_bound_to_the_key_that_the_poll_proved(provider: Provider) -> None:
    bound = await asking_elsewhere(provider, "bound", dpop_bound_access_tokens=True)
    key = ClientKey()
    told = await bound.asked()
    await bound.decides()
    form = {"grant_type": CIBA, "auth_req_id": told["auth_req_id"]}
    headers = {"authorization": bound.party.basic()}
    bare = await provider.http.post("/token", data=form, headers=headers)
    proved = await provider.http.post("/token", data=form, headers={**headers, "dpop": proof_of(key, "/token")})
    stolen = await bound.party.userinfo(proved.json()["access_token"])

    assert bare.json()["error"] == "invalid_dpop_proof"
    assert proved.json()["token_type"] == "DPoP"
    assert stolen.status_code == 401


async def test_who_asks_for_a_resource_that_was_not_asked_for_uses_nothing_up(counter: Elsewhere) -> None:
    told = await counter.asked()
    await counter.decides()
    refused = await counter.poll(told["auth_req_id"], resource="https://records.example/")

    assert refused.json()["error"] == "invalid_target"
    assert (await counter.poll(told["auth_req_id"])).status_code == 200


async def test_a_service_that_acts_by_law_informs_and_is_answered_all_the_same(provider: Provider) -> None:
    lawful = await asking_elsewhere(
        provider, "lawful", legal_basis="law", legal_citation="Luật số 91/2025/QH15", minimum_level="low"
    )
    told = await lawful.asked()
    _, page = await lawful.looks()
    await lawful.decides()

    assert "Luật số 91/2025/QH15" in page.text
    assert told["matching_number"] in page.text
    assert (await lawful.poll(told["auth_req_id"])).status_code == 200
