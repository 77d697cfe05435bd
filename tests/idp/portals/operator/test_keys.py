"""Keys at the desk: proposed by one operator, carried out by another, effective at once, and all of it in the log."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from idp.operators.changes import give_roles
from idp.operators.key_proposals import LIFETIME_SECONDS
from idp.operators.permissions import Role
from idp.storage.live_configuration import load_key_ring
from keys.held_key import KeyState
from keys.key_ring import KeyRing
from tests.support.operators import OperatorAtWork, browser_of, operator_at_work
from tests.support.provider import Provider

KEYS = "/operator/keys"
WORDS = "Theo lịch sáu tháng"


async def _ring(provider: Provider) -> KeyRing:
    return await load_key_ring(provider.services.database, provider.services.vault)


async def _kid(provider: Provider, alg: str, state: KeyState = KeyState.ACTIVE) -> str:
    [kid] = [key.kid for key in (await _ring(provider)).keys if (key.alg, key.state) == (alg, state)]
    return kid


async def _propose(at_work: OperatorAtWork, button: str = "rotate", **fields: str) -> httpx2.Response:
    return await at_work.press(KEYS, button, **{"reason": "scheduled", "words": WORDS, **fields})


async def _listed(provider: Provider) -> set[str]:
    return {jwk["kid"] for jwk in (await provider.http.get("/jwks")).json()["keys"]}


async def _events(provider: Provider, name: str) -> list[Mapping[str, Any]]:
    return [event["detail"] for event in await provider.events() if event["event"] == name]


async def test_the_page_shows_every_key_and_no_private_half(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SECURITY)

    page = (await an.get(KEYS)).text

    assert all(key.kid in page for key in (await _ring(provider)).keys)
    assert "đang dùng" in page
    assert "BEGIN" not in page


async def test_a_proposal_alone_changes_nothing(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SECURITY)
    before = await _ring(provider)

    assert (await _propose(an, target="ES256")).status_code == 303

    assert (await _ring(provider)).keys == before.keys
    page = await an.page(KEYS)
    assert WORDS in page.text
    assert "confirm" not in page.hooks
    [event] = await _events(provider, "key_change.proposed")
    assert (event["operator"], event["action"], event["target"], event["reason"]) == (
        an.operator_id,
        "rotate",
        "ES256",
        "scheduled",
    )
    assert WORDS not in str(event)


async def test_a_second_operator_carries_it_out_and_this_worker_signs_with_the_new_key_at_once(
    provider: Provider,
) -> None:
    active, waiting = await _kid(provider, "ES256"), await _kid(provider, "ES256", KeyState.NEXT)
    an = await operator_at_work(provider, "an", Role.SECURITY)
    binh = await operator_at_work(provider, "binh", Role.ADMINISTRATOR)
    await _propose(an, target="ES256")

    answer = await binh.press(KEYS, "confirm")

    assert answer.status_code == 303
    assert provider.services.configuration.signer("ES256").kid == waiting
    assert {active, waiting} <= await _listed(provider)
    [decided] = await _events(provider, "key_change.decided")
    assert (decided["operator"], decided["proposer"], decided["outcome"]) == (
        binh.operator_id,
        an.operator_id,
        "carried_out",
    )
    [rotated] = await _events(provider, "keys.rotated")
    assert (rotated["alg"], rotated["active_kid"]) == ("ES256", waiting)
    assert "rotate" in (await an.page(KEYS)).hooks


async def test_a_rotation_of_all_rotates_all(provider: Provider) -> None:
    before = {key.kid for key in (await _ring(provider)).keys if key.state is KeyState.ACTIVE}
    an = await operator_at_work(provider, "an", Role.SECURITY)
    binh = await operator_at_work(provider, "binh", Role.SECURITY)
    await _propose(an)

    await binh.press(KEYS, "confirm")

    assert {key.kid for key in (await _ring(provider)).keys if key.state is KeyState.RETIRED} == before


async def test_a_withdrawn_key_is_gone_at_once(provider: Provider) -> None:
    suspected = await _kid(provider, "RS256")
    an = await operator_at_work(provider, "an", Role.SECURITY)
    binh = await operator_at_work(provider, "binh", Role.SECURITY)
    await _propose(an, "retire", action="withdraw", target=suspected, reason="suspected")
    assert "không còn được chấp nhận" in (await binh.get(KEYS)).text

    await binh.press(KEYS, "confirm")

    assert suspected not in await _listed(provider)
    assert provider.services.configuration.signer("RS256").kid != suspected


async def test_who_proposed_cannot_carry_it_out_in_any_browser_and_may_take_it_back(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SECURITY)
    before = (await _ring(provider)).keys
    await _propose(an)
    form = (await an.page(KEYS)).buttons["refuse"].form
    elsewhere = await browser_of(provider, an.person_id)

    forced = await elsewhere.post(f"{KEYS}/second", {**form.fields, "decision": "confirm"})

    assert forced.status_code in (403, 409)
    assert (await _ring(provider)).keys == before
    forced = await an.browser.post(f"{KEYS}/second", {**form.fields, "decision": "confirm"})
    assert forced.status_code == 409
    assert "Cần một cán bộ khác" in forced.text
    assert (await an.press(KEYS, "refuse")).status_code == 303
    assert "rotate" in (await an.page(KEYS)).hooks
    assert (await _ring(provider)).keys == before


async def test_a_proposer_who_lost_the_right_counts_no_more(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SECURITY)
    binh = await operator_at_work(provider, "binh", Role.SECURITY)
    await _propose(an)
    form = (await binh.page(KEYS)).buttons["confirm"].form
    await give_roles(provider.services.database, "an", roles={Role.VIEWER}, by="cli", now=int(provider.clock()))

    answer = await binh.browser.post(f"{KEYS}/second", {**form.fields, "decision": "confirm"})

    assert answer.status_code == 409
    assert await _events(provider, "keys.rotated") == []


async def test_what_was_read_is_carried_out_and_nothing_that_took_its_place(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SECURITY)
    binh = await operator_at_work(provider, "binh", Role.SECURITY)
    await _propose(an, target="ES256")
    form = (await binh.page(KEYS)).buttons["confirm"].form
    await an.press(KEYS, "refuse")
    await _propose(an, "retire", action="withdraw", target=await _kid(provider, "ES256"))

    answer = await binh.browser.post(f"{KEYS}/second", {**form.fields, "decision": "confirm"})

    assert answer.status_code == 409
    assert await _events(provider, "configuration.changed") == []


async def test_of_two_seconds_at_once_one_carries_it_out(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SECURITY)
    others = [await operator_at_work(provider, label, Role.SECURITY) for label in ("binh", "chi")]
    await _propose(an, target="ES256")
    forms = [(one, (await one.page(KEYS)).buttons["confirm"].form) for one in others]

    answers = await asyncio.gather(
        *(one.browser.post(form.action, {**form.fields, "decision": "confirm"}) for one, form in forms)
    )

    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len(await _events(provider, "keys.rotated")) == 1
    assert sum(key.alg == "ES256" for key in (await _ring(provider)).keys) == 3


async def test_one_proposal_waits_at_a_time_and_not_for_ever(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SECURITY)
    binh = await operator_at_work(provider, "binh", Role.SECURITY)
    form = (await binh.page(KEYS)).buttons["rotate"].form
    await _propose(an)

    second = await binh.browser.post(form.action, {**form.fields, "reason": "other", "words": WORDS})
    provider.clock.now += LIFETIME_SECONDS
    later = await operator_at_work(provider, "chi", Role.SECURITY)

    assert second.status_code == 409
    assert "rotate" in (await later.page(KEYS)).hooks
    assert (await _propose(later)).status_code == 303


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"words": " "}, id="no words"),
        pytest.param({"reason": "because"}, id="a reason nobody knows"),
        pytest.param({"action": "publish"}, id="an action nobody knows"),
        pytest.param({"target": "HS256"}, id="an algorithm nobody has"),
        pytest.param({"action": "withdraw", "target": "nothing"}, id="a key nobody has"),
    ],
)
async def test_a_form_that_is_not_whole_proposes_nothing(provider: Provider, fields: dict[str, str]) -> None:
    an = await operator_at_work(provider, "an", Role.SECURITY)
    form = (await an.page(KEYS)).buttons["rotate"].form

    answer = await an.browser.post(form.action, {**form.fields, "reason": "other", "words": WORDS, **fields})

    assert answer.status_code == 409
    assert await _events(provider, "key_change.proposed") == []


async def test_what_was_signed_before_a_rotation_verifies_all_through_it(provider: Provider) -> None:
    """Logins and hints while keys rotate four times: not one is refused."""
    an = await operator_at_work(provider, "an", Role.SECURITY)
    binh = await operator_at_work(provider, "binh", Role.SECURITY)
    town_hall = await provider.register()
    hints: list[str] = []
    refused: list[str] = []
    going = True

    async def keep_logging_in() -> None:
        browser = await provider.logged_in_browser(consenting_to=town_hall)
        while going:
            hints.append((await town_hall.log_in(browser))["id_token"])
            for hint in (hints[0], hints[-1]):
                answer = await town_hall.authorize(browser, id_token_hint=hint)
                if "code=" not in answer.headers["location"]:
                    refused.append(answer.headers["location"])

    citizen = asyncio.create_task(keep_logging_in())
    for _ in range(4):
        await _propose(an, target="ES256")
        assert (await binh.press(KEYS, "confirm")).status_code == 303
    going = False
    await citizen

    assert hints
    assert refused == []
