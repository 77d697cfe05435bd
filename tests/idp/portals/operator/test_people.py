"""People looked for and looked at: for a reason, on the record, and the same whether anybody is found or not."""

import asyncio
import json
from dataclasses import replace

import pytest

from idp.audit.operator_events import PersonSearched
from idp.identity.authenticators import begin_enrolment, confirm, enrolled
from idp.operators.looks import LOOK_SECONDS
from idp.operators.permissions import Role
from idp.portals.operator.search import SEARCHES_PER_HOUR
from idp.storage.database import Insert, Statement
from mobile_otp.totp import code_at
from tests.idp.portals.operator.conftest import LAN
from tests.support.operators import OperatorAtWork, add_person, operator_at_work
from tests.support.provider import Provider

NUMBER = "099182000097"
NOBODYS = "099182000011"
SEARCH = "/operator/search"


async def _searched(operator: OperatorAtWork, number: str, **changes: str) -> tuple[int, str]:
    typed = {"kind": "personal_id", "number": number, "reason": "request", **changes}
    answer = await operator.press(SEARCH, "search", **typed)
    return answer.status_code, answer.text


async def _events(provider: Provider, name: str) -> list[dict[str, object]]:
    return [dict(row) for row in await provider.events() if row["event"] == name]


async def test_a_person_is_found_by_a_verified_number_and_hears_of_it(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    status, page = await _searched(an, "099 182 000 097")

    assert status == 200
    assert "/operator/people/lan" in page
    assert "Trần Thị Lan" not in page
    (event,) = await _events(provider, "person.searched")
    assert event["person_id"] == "lan"
    assert event["detail"] == {"operator": an.operator_id, "reason": "request", "kind": "personal_id", "found": 1}


async def test_a_search_that_finds_nobody_is_answered_and_recorded_the_same_way(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    await an.page(SEARCH)
    counters = provider.services.database.counters
    costs = []

    for number in (NUMBER, NOBODYS):
        form = (await an.page(SEARCH)).buttons["search"].form
        before = (counters.round_trips, counters.commits)
        typed = {**form.fields, "kind": "personal_id", "number": number, "reason": "request"}
        answer = await an.browser.post(form.action, typed)
        costs.append((counters.round_trips - before[0], counters.commits - before[1]))
        assert answer.status_code == 200
        assert "Lượt tra cứu đã được ghi nhật ký" in answer.text

    assert costs[0] == costs[1]
    assert {event["person_id"] for event in await _events(provider, PersonSearched.name)} == {"lan", None}


async def test_no_number_is_kept_in_the_log_or_shown_again(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    _, page = await _searched(an, NOBODYS)

    assert NOBODYS not in page
    assert NOBODYS not in json.dumps([dict(row) for row in await provider.events()], default=str)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"number": "12"}, "chưa đúng định dạng"),
        ({"number": ""}, "chưa đúng định dạng"),
        ({"kind": "passport"}, "chưa đúng định dạng"),
        ({"reason": ""}, "Cần chọn lý do"),
        ({"reason": "curiosity"}, "Cần chọn lý do"),
    ],
)
async def test_a_search_without_a_reason_or_a_number_asks_nothing_of_the_database(
    provider: Provider, changes: dict[str, str], says: str
) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    status, page = await _searched(an, **{"number": NUMBER, **changes})

    assert status == 400
    assert says in page
    assert await _events(provider, PersonSearched.name) == []


async def test_nobody_searches_without_end(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    form = (await an.page(SEARCH)).buttons["search"].form
    typed = {**form.fields, "kind": "personal_id", "number": NOBODYS, "reason": "request"}

    answers = [(await an.browser.post(form.action, typed)).status_code for _ in range(SEARCHES_PER_HOUR + 1)]

    assert answers == [200] * SEARCHES_PER_HOUR + [429]
    assert len(await _events(provider, PersonSearched.name)) == SEARCHES_PER_HOUR


async def test_a_reference_read_out_leads_to_its_case(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    found = await an.press(SEARCH, "open-case", reference=reference.lower())
    nothing = await an.press(SEARCH, "open-case", reference="MC-7K4P-2Q9F")

    assert found.headers["location"] == f"/operator/cases/{reference}"
    assert nothing.status_code == 404
    assert "Không có hồ sơ nào với mã này" in nothing.text


async def test_a_person_is_a_question_until_a_reason_is_given(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    closed = await an.page("/operator/people/lan")
    assert "records" not in closed.hooks
    assert "Trần Thị Lan" not in closed.text

    await an.look("/operator/people/lan", "request")

    assert "Trần Thị Lan" in (await an.page("/operator/people/lan")).text
    (viewed,) = await _events(provider, "person.viewed")
    assert (viewed["person_id"], viewed["detail"]) == ("lan", {"operator": an.operator_id, "reason": "request"})
    provider.clock.now += LOOK_SECONDS
    assert "Trần Thị Lan" not in (await an.page("/operator/people/lan")).text


async def test_a_look_at_one_person_opens_no_other(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    await add_person(provider.services, "hoa", LAN)
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    await an.look("/operator/people/lan")

    assert "Trần Thị Lan" not in (await an.page("/operator/people/hoa")).text


async def test_nobody_looks_at_themselves(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    an = await operator_at_work(provider, "an", *Role, person_id="lan")

    assert (await an.get("/operator/people/lan")).status_code == 403
    answer = await an.browser.post(
        "/operator/people/lan/look",
        {"csrf": await an.form_token("/operator/people/lan/look"), "reason": "request"},
    )

    assert answer.status_code == 403
    assert await _events(provider, "person.viewed") == []


async def test_whoever_is_not_there_is_a_page_that_is_not_there(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    assert (await an.get("/operator/people/nobody")).status_code == 404


async def test_a_locked_person_is_let_in_again_after_a_look_and_a_reason(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    await provider.services.database.commit(Statement("UPDATE person SET status = 'locked' WHERE id = 'lan'"))
    an = await operator_at_work(provider, "an", Role.SECURITY)
    support = await operator_at_work(provider, "binh", Role.SUPPORT)
    await support.look("/operator/people/lan", "request")
    assert "unlock" not in (await support.page("/operator/people/lan")).hooks
    await an.look("/operator/people/lan", "request")

    await an.press("/operator/people/lan", "unlock", words="Đã kiểm tra thẻ căn cước")

    path = "/operator/people/lan/unlock"
    await an.browser.post(path, {"csrf": await an.form_token(path), "words": "once more"})

    row = await provider.services.database.fetch_row("SELECT status FROM person WHERE id = 'lan'")
    cases = await provider.services.database.fetch_all("SELECT id FROM linking_case")
    case = await provider.services.database.fetch_row("SELECT status, outcome, decided_by FROM linking_case")
    assert row is not None
    assert case is not None
    assert row["status"] == "active"
    assert len(cases) == 1
    assert dict(case) == {"status": "decided", "outcome": "unlocked", "decided_by": an.operator_id}


async def test_a_frozen_link_is_opened_again_by_its_own_person_s_page_alone(provider: Provider) -> None:
    link = await add_person(provider.services, "lan", replace(LAN, phone_number="+84530000001"), status="frozen")
    await add_person(provider.services, "hoa", LAN)
    an = await operator_at_work(provider, "an", Role.SECURITY)
    await an.look("/operator/people/hoa")
    path = "/operator/people/hoa/unfreeze"
    assert (await an.browser.post(path, {"csrf": await an.form_token(path), "link": link})).status_code == 404
    await an.look("/operator/people/lan")

    answer = await an.press("/operator/people/lan", "unfreeze-1")

    assert answer.status_code == 303
    row = await provider.services.database.fetch_row("SELECT status FROM identity_link WHERE id = $1", link)
    assert row is not None
    assert row["status"] == "proven"
    # Whoever did not ask for it hears of it.
    assert [event["detail"]["kind"] for event in await _events(provider, "notice.written")] == ["link_unfrozen"]  # type: ignore[index]  # JSON


async def test_a_split_of_somebody_else_s_merge_is_not_found(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    an = await operator_at_work(provider, "an", Role.SECURITY)
    await an.look("/operator/people/lan")
    path = "/operator/people/lan/split"

    answer = await an.browser.post(path, {"csrf": await an.form_token(path), "merge": "of-somebody-else", "words": "x"})

    assert answer.status_code == 404
    assert await _events(provider, "case.raised") == []


async def test_two_who_unlock_at_once_leave_one_case_and_none_open(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    await provider.services.database.commit(Statement("UPDATE person SET status = 'locked' WHERE id = 'lan'"))
    path = "/operator/people/lan/unlock"
    operators = [await operator_at_work(provider, label, Role.SECURITY) for label in ("an", "binh")]
    for one in operators:
        await one.look("/operator/people/lan", "request")

    forms = [{"csrf": await one.form_token(path), "words": "x"} for one in operators]

    await asyncio.gather(*(one.browser.post(path, form) for one, form in zip(operators, forms, strict=True)))

    assert [row["status"] for row in await _cases(provider)] == ["decided"]


async def test_a_split_proposed_twice_is_one_proposal(provider: Provider) -> None:
    await _merged(provider)
    an = await operator_at_work(provider, "an", Role.SECURITY)
    await an.look("/operator/people/lan", "request")
    path = "/operator/people/lan/split"
    form = {"csrf": await an.form_token(path), "merge": "merge-1", "words": "Hai chị em"}

    answers = await asyncio.gather(*(an.browser.post(path, form) for _ in range(2)))
    provider.clock.now += 100
    later = await an.browser.post(path, form)

    (case,) = await _cases(provider)
    assert (case["status"], case["proposed_action"], case["proposed_by"]) == (
        "awaiting_second",
        "split",
        an.operator_id,
    )
    assert {answer.status_code for answer in answers} == {303}
    assert later.headers["location"] == f"/operator/cases/{case['reference']}"


async def test_a_lost_app_is_taken_off_at_the_counter_and_its_person_is_told(provider: Provider) -> None:
    await add_person(provider.services, "lan", replace(LAN, phone_number="+84530000001"))
    await _enrol(provider, "lan")
    an = await operator_at_work(provider, "an", Role.SECURITY)
    support = await operator_at_work(provider, "binh", Role.SUPPORT)
    await support.look("/operator/people/lan", "request")
    assert "reset-app" not in (await support.page("/operator/people/lan")).hooks
    await an.look("/operator/people/lan", "request")
    await an.press("/operator/people/lan", "reset-app", words="  ")
    assert await enrolled(provider.services.database, person_id="lan")

    await an.press("/operator/people/lan", "reset-app", words="Mất điện thoại, đã xem thẻ căn cước")

    assert await enrolled(provider.services.database, person_id="lan") == ()
    (case,) = await _cases(provider)
    assert (case["status"], case["outcome"], case["decided_by"]) == ("decided", "confirmed", an.operator_id)
    (removed,) = await _events(provider, "authenticator.removed")
    assert removed["detail"] == {"kind": "totp", "by": an.operator_id}
    assert len(await provider.services.database.fetch_all("SELECT id FROM outbox WHERE kind = 'sms'")) == 1


async def test_the_app_of_an_operator_is_not_taken_off_at_the_desk(provider: Provider) -> None:
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)
    await _enrol(provider, binh.person_id)
    an = await operator_at_work(provider, "an", Role.SECURITY)
    person = f"/operator/people/{binh.person_id}"
    await an.look(person, "request")
    path = f"{person}/second-factor"

    answer = await an.browser.post(path, {"csrf": await an.form_token(path), "words": "x"})

    assert answer.status_code == 403
    assert await enrolled(provider.services.database, person_id=binh.person_id)


async def _cases(provider: Provider) -> list[dict[str, object]]:
    return [dict(row) for row in await provider.services.database.fetch_all("SELECT * FROM linking_case")]


async def _enrol(provider: Provider, person_id: str) -> None:
    database, vault, now = provider.services.database, provider.services.vault, int(provider.clock())
    begun = await begin_enrolment(database, vault, person_id=person_id, now=now)
    code = code_at(begun.totp, now // 30)
    await confirm(database, vault, enrolment_id=begun.id, person_id=person_id, code=code, now=now)


async def _merged(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    merge: dict[str, str | int] = {
        "id": "merge-1",
        "survivor_id": "lan",
        "absorbed_id": "lan-before",
        "basis": "operators",
        "moved": "{}",
        "merged_at": 1,
        "merged_by": "test",
    }
    await provider.services.database.commit(Insert("person_merge", merge))
