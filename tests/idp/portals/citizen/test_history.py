"""One's own logins, page by page; "not me"; and who looked."""

import re

from idp.audit.log import audit_entry
from idp.audit.operator_events import CaseOpened, PersonSearched, PersonViewed
from idp.identity.cases.search import cases_of_person
from idp.storage.database import Insert
from tests.support.account import Account
from tests.support.page import page_of
from tests.support.portal import form_of, send, visit

PLACE = "/me/history"


async def test_a_login_is_shown_with_service_source_level_device_and_network(hoa: Account) -> None:
    await hoa.provider.register()
    await hoa.login()

    page = await visit(await hoa.browser(), PLACE)

    for said in ("Ủy ban nhân dân", "Mã số thuế", "đáng kể", "Chrome, Android", "203.0.113.0/24", "Đã đăng nhập"):
        assert f"<dd>{said}</dd>" in page.text


async def test_an_empty_history_says_so(an: Account) -> None:
    page = await visit(await an.browser(), PLACE)

    assert "Chưa có lần đăng nhập nào trong 24 tháng gần đây." in page.text
    assert "Chưa có ai xem." in page.text


async def test_older_logins_are_on_the_next_pages_each_once(hoa: Account) -> None:
    for number in range(45):
        await hoa.login(device=f"Chrome, number {number}", ago=number // 2)
    browser = await hoa.browser()

    seen: list[str] = []
    path = PLACE
    while path:
        text = (await visit(browser, path)).text
        seen += [part.split("<")[0] for part in text.split("Chrome, number ")[1:]]
        older = re.search(r'<a class="mc-way" href="([^"]+)">Xem các lần trước đó', text)
        path = older[1] if older else ""

    assert sorted(int(number) for number in seen) == list(range(45))


async def test_nobody_sees_the_logins_of_somebody_else(hoa: Account, an: Account) -> None:
    await hoa.login(device="Hòa's own telephone")

    page = await visit(await an.browser(), PLACE)

    assert "telephone" not in page.text


async def test_a_place_that_is_none_shows_the_newest(hoa: Account) -> None:
    await hoa.login()

    for before in ("x", "9" * 40 + ".a", "-1.a", "%F0%9F%98%80"):
        assert "Chrome, Android" in (await visit(await hoa.browser(), f"{PLACE}?before={before}")).text


async def test_not_me_ends_every_session_freezes_the_way_in_and_opens_a_case(hoa: Account) -> None:
    town_hall = await hoa.provider.register()
    elsewhere = await hoa.browser(consenting_to=town_hall)
    tokens = await town_hall.log_in(elsewhere)
    line = await hoa.login(link_id="hoa-mobile")
    browser = await hoa.browser()
    question = await visit(browser, f"{PLACE}/{line}/not-me")
    assert "Nguồn Mã số thuế bị tạm khóa." in question.text

    answer = await send(browser, question)

    cases = await cases_of_person(hoa.provider.services.database, hoa.provider.services.vault, "hoa")
    assert f"Đã tiếp nhận báo cáo <strong>{cases[0].reference}</strong>" in answer.text
    assert await hoa.status_of("hoa-mobile") == "frozen"
    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401
    assert (await browser.get("/me")).status_code == 303
    assert (await elsewhere.get("/me")).status_code == 303


async def test_not_me_needs_no_fresh_login(hoa: Account) -> None:
    line = await hoa.login(link_id="hoa-mobile")
    browser = await hoa.browser()
    question = await visit(browser, f"{PLACE}/{line}/not-me")
    hoa.provider.clock.now += 1700

    await browser.post(*form_of(question.text))

    assert await hoa.status_of("hoa-mobile") == "frozen"


async def test_a_report_is_taken_back_after_a_login_with_another_source(hoa: Account) -> None:
    line = await hoa.login(link_id="hoa-mobile")
    browser = await hoa.browser()
    await send(browser, await visit(browser, f"{PLACE}/{line}/not-me"))
    case = (await cases_of_person(hoa.provider.services.database, hoa.provider.services.vault, "hoa"))[0]
    browser = await hoa.browser()
    page = await visit(browser, "/me/sources/hoa-mobile/unfreeze")
    assert page.url.path == f"/me/cases/{case.id}"
    assert "undo" in page_of("", 200, page.text).links

    answer = await send(browser, await visit(browser, f"/me/cases/{case.id}/undo"))

    assert "đã hủy báo cáo" in answer.text
    assert await hoa.status_of("hoa-mobile") == "proven"


async def test_a_line_of_somebody_elses_history_cannot_be_reported(hoa: Account, an: Account) -> None:
    line = await hoa.login(link_id="hoa-mobile")

    assert (await visit(await an.browser(), f"{PLACE}/{line}/not-me")).status_code == 404


async def test_whoever_was_looked_at_reads_when_and_why(hoa: Account, an: Account) -> None:
    at = int(hoa.provider.clock() * 1000)
    await hoa.provider.services.database.commit(
        audit_entry(PersonViewed(person_id="hoa", operator="op-1", reason="report"), now_ms=at),
        audit_entry(
            PersonSearched(person_id="hoa", operator="op-1", reason="request", kind="tax_code", found=1), now_ms=at + 1
        ),
    )

    page = await visit(await hoa.browser(), PLACE)

    assert "Cán bộ đã xem dữ liệu. Lý do: ông/bà đã báo cáo lạm dụng." in page.text
    assert "Cán bộ đã tra cứu theo số. Lý do: theo đề nghị của ông/bà." in page.text
    assert "op-1" not in page.text
    assert "Cán bộ đã" not in (await visit(await an.browser(), PLACE)).text


async def test_a_case_that_was_only_opened_is_seen_too(hoa: Account) -> None:
    """With the values masked, and no reason asked for."""
    at = int(hoa.provider.clock())
    opened = CaseOpened(person_id="hoa", operator="op-1", case_id="case-1")
    await hoa.provider.services.database.commit(audit_entry(opened, now_ms=at * 1000))

    page = (await visit(await hoa.browser(), PLACE)).text

    assert "Cán bộ đã mở một hồ sơ xác minh" in page
    assert "op-1" not in page
    assert "case-1" not in page


async def test_looks_at_a_record_that_was_joined_since_are_seen_too(hoa: Account, an: Account) -> None:
    at = int(hoa.provider.clock())
    merge = {
        "id": "merge-1",
        "survivor_id": "hoa",
        "absorbed_id": "an",
        "case_id": None,
        "basis": "operators",
        "moved": "{}",
        "merged_at": at,
        "merged_by": "op-2",
        "undone_at": None,
        "undone_by": None,
    }
    await hoa.provider.services.database.commit(
        Insert("person_merge", merge),
        audit_entry(PersonViewed(person_id="an", operator="op-1", reason="case"), now_ms=at * 1000),
    )

    assert "Lý do: giải quyết một yêu cầu." in (await visit(await hoa.browser(), PLACE)).text
