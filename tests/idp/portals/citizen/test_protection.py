"""Locking, the second factor, the copy of one's data, and the end of the account."""

import json

import pytest

from idp.identity.authenticators import CodeRefused, Enrolment, begin_enrolment, begun_enrolment, confirm, enrolled
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Insert, Value
from mobile_otp.totp import code_at
from tests.support.account import Account
from tests.support.portal import form_of, send, visit
from tests.support.provider import HOA, answer_of


async def test_locking_is_one_button_and_ends_everything_at_once(hoa: Account) -> None:
    elsewhere = await hoa.browser()
    await visit(elsewhere, "/me")
    browser = await hoa.browser(level=LevelOfAssurance.LOW)
    question = await visit(browser, "/me/lock")
    assert "Muốn mở lại, cần xác minh tại bộ phận một cửa gần nhất" in question.text
    hoa.provider.clock.now += 1000

    answer = await send(browser, question)

    assert "Tài khoản đã bị khóa" in answer.text
    person = await hoa.provider.services.database.fetch_row("SELECT status FROM person WHERE id = 'hoa'")
    assert person == {"status": "locked"}
    assert (await elsewhere.get("/me")).status_code == 303
    assert (await browser.get("/me")).status_code == 303


async def test_who_has_no_login_to_point_at_can_still_say_not_me(hoa: Account) -> None:
    browser = await hoa.browser()

    answer = await send(browser, await visit(browser, "/me/not-me"))

    assert "Đã tiếp nhận báo cáo" in answer.text
    assert (await browser.get("/me")).status_code == 303


async def test_a_code_app_is_enrolled_by_its_first_code(hoa: Account) -> None:
    browser, services = await hoa.browser(), hoa.provider.services
    page = await visit(browser, "/me/second-factor")
    _, fields = form_of(page.text)
    begun = await begun_enrolment(
        services.database, services.vault, enrolment_id=fields["enrolment"], person_id="hoa", now=services.clock()
    )
    assert begun is not None
    wrong = await send(browser, page, code="12345")
    assert wrong.status_code == 400
    assert "Mã chưa đúng." in wrong.text
    assert form_of(wrong.text)[1]["enrolment"] == begun.id

    answer = await send(browser, wrong, code=code_at(begun.totp, int(services.clock()) // 30))

    assert "Ứng dụng tạo mã đã sẵn sàng." in answer.text
    assert len(await enrolled(services.database, person_id="hoa")) == 1
    assert (await browser.get("/me/second-factor")).headers["location"] == "/me/protection"


async def test_a_reload_and_a_second_tab_show_the_same_code(hoa: Account) -> None:
    browser = await hoa.browser()

    first, second = [await visit(browser, "/me/second-factor") for _ in range(2)]

    assert form_of(first.text)[1]["enrolment"] == form_of(second.text)[1]["enrolment"]


async def test_the_enrolment_of_somebody_else_is_of_no_use(hoa: Account, an: Account) -> None:
    services = hoa.provider.services
    page = await visit(await hoa.browser(), "/me/second-factor")
    theirs = form_of(page.text)[1]["enrolment"]
    begun = await begun_enrolment(
        services.database, services.vault, enrolment_id=theirs, person_id="hoa", now=services.clock()
    )
    assert begun is not None
    browser = await an.browser()
    own = await visit(browser, "/me/second-factor")

    await send(browser, own, enrolment=theirs, code=code_at(begun.totp, int(services.clock()) // 30))

    assert await enrolled(services.database, person_id="an") == ()
    assert await enrolled(services.database, person_id="hoa") == ()


async def test_a_code_app_is_removed_after_a_fresh_login_with_a_code_of_its_own(hoa: Account) -> None:
    browser, services = await hoa.browser(), hoa.provider.services
    page = await visit(browser, "/me/second-factor")
    begun = await begun_enrolment(
        services.database,
        services.vault,
        enrolment_id=form_of(page.text)[1]["enrolment"],
        person_id="hoa",
        now=services.clock(),
    )
    assert begun is not None
    await send(browser, page, code=code_at(begun.totp, int(services.clock()) // 30))
    question = await visit(browser, "/me/second-factor/remove")

    hoa.provider.clock.now += 301
    assert "max_age" in answer_of(await browser.post(*form_of(question.text)))
    assert await enrolled(services.database, person_id="hoa")
    hoa.provider.clock.now -= 301
    for code in ("", "000000", code_at(begun.totp, int(services.clock()) // 30)):
        # The last one was used up when the app was enrolled.
        wrong = await send(browser, question, code=code)
        assert wrong.status_code == 400
    assert await enrolled(services.database, person_id="hoa")
    hoa.provider.clock.now += 30
    answer = await send(browser, question, code=code_at(begun.totp, int(services.clock()) // 30))

    assert "Đã gỡ ứng dụng tạo mã." in answer.text
    assert await enrolled(services.database, person_id="hoa") == ()
    notices = [row for row in await hoa.provider.events() if row["event"] == "notice.written"]
    assert {row["detail"]["kind"] for row in notices} == {"factor_added", "factor_removed"}


async def test_guessing_codes_does_not_remove_the_app(hoa: Account) -> None:
    browser, services = await hoa.browser(), hoa.provider.services
    await _enrol(hoa)
    question = await visit(browser, "/me/second-factor/remove")

    answers = [(await send(browser, question, code="000000")).status_code for _ in range(11)]

    assert answers[-1] == 429
    assert await enrolled(services.database, person_id="hoa")


async def test_an_enrolment_that_was_begun_before_another_app_counted_comes_too_late(hoa: Account) -> None:
    """Its page may have been open in a thief's browser since before."""
    services, now = hoa.provider.services, hoa.provider.services.clock()
    old = await begin_enrolment(services.database, services.vault, person_id="hoa", now=now)
    row = await services.database.fetch_row("SELECT * FROM authenticator WHERE id = $1", old.id)
    assert row is not None
    await _enrol(hoa)
    # As two begun in the same moment leave it: neither saw the other.
    await services.database.commit(Insert("authenticator", dict(row)))

    with pytest.raises(CodeRefused):
        await confirm(
            services.database,
            services.vault,
            enrolment_id=old.id,
            person_id="hoa",
            code=code_at(old.totp, int(now) // 30),
            now=now,
        )


@pytest.mark.parametrize("path", ["/me/second-factor", "/me/second-factor/remove"])
async def test_the_app_of_an_operator_is_neither_added_nor_removed_here(hoa: Account, path: str) -> None:
    services = hoa.provider.services
    operator: dict[str, Value] = {
        "id": "o",
        "label": "hoa",
        "roles": "support",
        "person_id": "hoa",
        "created_at": 1,
        "created_by": "test",
    }
    await services.database.commit(Insert("operator", operator))

    answer = await visit(await hoa.browser(), path)

    assert answer.status_code == 403
    assert "mã ghi danh" in answer.text
    assert await services.database.fetch_all("SELECT id FROM authenticator") == []


async def _enrol(hoa: Account) -> Enrolment:
    services, now = hoa.provider.services, hoa.provider.services.clock()
    begun = await begin_enrolment(services.database, services.vault, person_id="hoa", now=now)
    code = code_at(begun.totp, int(now) // 30)
    await confirm(services.database, services.vault, enrolment_id=begun.id, person_id="hoa", code=code, now=now)
    return begun


async def test_the_copy_holds_everything_of_the_person_and_nothing_of_anybody_else(hoa: Account, an: Account) -> None:
    town_hall = await hoa.provider.register()
    browser = await hoa.browser(consenting_to=town_hall)
    await town_hall.log_in(browser)
    await hoa.login(device="Firefox, Windows")
    await an.login(device="An's own")

    answer = await send(browser, await visit(browser, "/me/export"))

    assert answer.headers["content-disposition"] == 'attachment; filename="motcua-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    copy = json.loads(answer.text)
    assert copy["sources"][0]["data"]["name"] == HOA.name
    assert copy["sources"][0]["data"]["personal_id"] == HOA.personal_id
    assert [service["service"] for service in copy["services"]] == ["town-hall"]
    assert {row["sector"] for row in copy["identifiers_at_services"]} == {"town-hall.example", "motcua-citizen"}
    assert [login["device"] for login in copy["logins"] if login["outcome"] == "logged_in"] == ["Firefox, Windows"]
    assert any(event["event"] == "authorization_code.issued" for event in copy["events"])
    assert "An's own" not in answer.text


async def test_the_copy_lists_what_was_joined_without_whose_record_it_was(hoa: Account) -> None:
    merge: dict[str, str | int] = {
        "id": "m-1",
        "survivor_id": "hoa",
        "absorbed_id": "second-record",
        "basis": "operators",
    }
    await hoa.provider.services.database.commit(
        Insert("person_merge", {**merge, "moved": "{}", "merged_at": 86_400, "merged_by": "officer-7"})
    )
    browser = await hoa.browser()

    answer = await send(browser, await visit(browser, "/me/export"))

    assert json.loads(answer.text)["merges"] == [
        {"basis": "operators", "merged_at": "1970-01-02T00:00:00+00:00", "undone_at": None}
    ]
    assert "second-record" not in answer.text
    assert "officer-7" not in answer.text


async def test_the_copy_is_told_and_written_down(hoa: Account) -> None:
    browser = await hoa.browser()

    await send(browser, await visit(browser, "/me/export"))

    assert "data.exported" in [row["event"] for row in await hoa.provider.events()]
    assert await hoa.provider.services.database.fetch_all("SELECT id FROM outbox WHERE kind = 'sms'")


@pytest.mark.parametrize("path", ["/me/export", "/me/close"])
async def test_what_cannot_be_taken_back_wants_a_fresh_login(hoa: Account, path: str) -> None:
    browser = await hoa.browser()
    question = await visit(browser, path)
    hoa.provider.clock.now += 301
    action, fields = form_of(question.text)

    answer = await browser.post(action, {**fields, "sure": "yes"})

    assert answer_of(answer)["max_age"] == "150"


async def test_an_account_is_closed_in_two_steps(hoa: Account) -> None:
    browser = await hoa.browser()
    first = await visit(browser, "/me/close")
    unticked = await send(browser, first)
    assert unticked.status_code == 400
    last = await send(browser, first, sure="yes")
    assert "Xác nhận lần cuối" in last.text
    assert await hoa.status_of("hoa-tax") == "proven"

    answer = await send(browser, last)

    assert "Tài khoản đã được đóng" in answer.text
    person = await hoa.provider.services.database.fetch_row("SELECT status FROM person WHERE id = 'hoa'")
    assert person == {"status": "closed"}
    assert (await browser.get("/me")).status_code == 303


async def test_nothing_happens_on_a_get(hoa: Account) -> None:
    browser = await hoa.browser()
    await visit(browser, "/me")
    before = len(await hoa.provider.events())

    for path in ("/me/lock", "/me/not-me", "/me/close", "/me/export", "/me/sources/hoa-tax/freeze"):
        assert (await browser.get(path)).status_code == 200

    assert len(await hoa.provider.events()) == before
