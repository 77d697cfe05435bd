"""People looked for and looked at: for a reason, on the record, and the same whether anybody is found or not."""

import json

import pytest

from idp.audit.operator_events import PersonSearched
from idp.operators.looks import LOOK_SECONDS
from idp.operators.permissions import Role
from idp.portals.operator.search import SEARCHES_PER_HOUR
from idp.storage.database import Statement
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
    link = await add_person(provider.services, "lan", LAN, status="frozen")
    await add_person(provider.services, "hoa", LAN)
    an = await operator_at_work(provider, "an", Role.SECURITY)
    await an.look("/operator/people/hoa")
    path = "/operator/people/hoa/unfreeze"
    assert (await an.browser.post(path, {"csrf": await an.form_token(path), "link": link})).status_code == 404
    await an.look("/operator/people/lan")

    answer = await an.press("/operator/people/lan", "unfreeze-1")

    assert answer.status_code == 303


async def test_a_split_of_somebody_else_s_merge_is_not_found(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    an = await operator_at_work(provider, "an", Role.SECURITY)
    await an.look("/operator/people/lan")
    path = "/operator/people/lan/split"

    answer = await an.browser.post(path, {"csrf": await an.form_token(path), "merge": "of-somebody-else", "words": "x"})

    assert answer.status_code == 404
    assert await _events(provider, "case.raised") == []
