"""One's own cases: read, proved, withdrawn; nobody else's."""

import pytest

from idp.identity.cases.case import CaseKind, open_case_writes
from idp.storage.database import Statement
from tests.support.account import Account
from tests.support.portal import follow, form_of, send, visit
from tests.support.provider import Browser, answer_of


@pytest.fixture
async def case_id(hoa: Account, an: Account) -> str:
    """A doubt about Hòa that names An."""
    services = hoa.provider.services
    await services.database.commit(
        *open_case_writes(
            services.vault,
            case_id="case-1",
            kind=CaseKind.PROVE,
            person_id="hoa",
            link_id="hoa-mobile",
            candidate_ids=("an",),
            decision="PROVE",
            evidence={"an": ("P?", "N4")},
            now=services.clock(),
        )
    )
    return "case-1"


async def at_home(account: Account) -> Browser:
    """In their own space already: no login is begun by looking at a case."""
    browser = await account.browser()
    await visit(browser, "/me")
    return browser


async def test_a_case_says_what_is_open_until_when_and_what_to_do(hoa: Account, case_id: str) -> None:
    page = await visit(await at_home(hoa), f"/me/cases/{case_id}")

    assert "Cần xác minh thêm" in page.text
    assert "Dự kiến trước ngày" in page.text
    assert "xác thực ngay bằng một nguồn định danh khác" in page.text
    assert "MC-" in page.text
    assert page.text.count("<li>") == 2
    assert "còn thiếu ở một nguồn" in page.text


async def test_the_list_and_the_overview_tell_of_an_open_case(hoa: Account, case_id: str) -> None:
    browser = await hoa.browser()

    assert "1 yêu cầu đang chờ" in (await visit(browser, "/me")).text
    assert f"/me/cases/{case_id}" in (await visit(browser, "/me/cases")).text


@pytest.mark.parametrize("what", ["", "/prove", "/withdraw", "/undo"])
async def test_whoever_is_named_in_a_case_but_is_not_its_person_does_not_find_it(
    an: Account, case_id: str, what: str
) -> None:
    answer = await visit(await at_home(an), f"/me/cases/{case_id}{what}")

    assert answer.status_code == 404
    assert "case-1" not in (await visit(await an.browser(), "/me/cases")).text


async def test_whoever_comes_by_the_link_to_a_case_proves_it_in_that_very_login(hoa: Account, case_id: str) -> None:
    browser = hoa.provider.browser()

    begun = await browser.get(f"/me/cases/{case_id}")

    assert answer_of(begun)["motcua_linking"] == case_id
    assert (await follow(browser, begun)).url.path.startswith("/interactions/")


async def test_a_case_that_no_login_can_settle_asks_for_an_ordinary_one(hoa: Account, case_id: str) -> None:
    await hoa.provider.services.database.commit(Statement("UPDATE linking_case SET kind = 'not_me'"))

    for path in (f"/me/cases/{case_id}", "/me/cases/no-such-case"):
        assert "motcua_linking" not in answer_of(await hoa.provider.browser().get(path))


async def test_proving_it_now_is_a_login_at_both_ends(hoa: Account, case_id: str) -> None:
    browser = await at_home(hoa)
    page = await visit(browser, f"/me/cases/{case_id}")

    answer = await browser.post(*form_of(page.text, "prove"))

    assert answer_of(answer)["motcua_linking"] == case_id


async def test_a_case_is_withdrawn_once(hoa: Account, case_id: str) -> None:
    browser = await hoa.browser()
    question = await visit(browser, f"/me/cases/{case_id}/withdraw")

    answer = await send(browser, question)
    again = await browser.post(*form_of(question.text))

    assert "Đã rút yêu cầu." in answer.text
    assert again.headers["location"] == f"/me/cases/{case_id}"
    row = await hoa.provider.services.database.fetch_row("SELECT status FROM linking_case")
    assert row == {"status": "withdrawn"}
