"""Linked sources: frozen at once, thawed and unlinked after a fresh login, and nobody else's."""

import re

import pytest

from idp.identity.authenticators import begin_enrolment, confirm
from idp.identity.links import LinkStatus
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Statement
from mobile_otp.totp import code_at
from tests.support.account import Account
from tests.support.page import page_of
from tests.support.portal import form_of, send, visit
from tests.support.provider import Browser, answer_of

PLACE = "/me/sources"


def session_through(link_id: str) -> Statement:
    return Statement("UPDATE sso_session SET link_id = $1 WHERE ended_at IS NULL", (link_id,))


async def block_form(browser: Browser, source_id: str) -> dict[str, str]:
    """As the page's buttons send it; every one of them has the same token."""
    page = await browser.get(PLACE)
    token = re.search(
        r'action="/me/sources/blocks" novalidate>\s*<input type="hidden" name="csrf" value="([^"]+)"', page.text
    )
    assert token is not None
    return {"csrf": token[1], "source": source_id, "change": "block"}


async def test_the_sources_are_shown_with_their_state_in_words(hoa: Account) -> None:
    await hoa.link("hoa-insurance", source_id="insurance", status=LinkStatus.FROZEN)
    await hoa.link("hoa-gone", source_id="gone", status=LinkStatus.REMOVED)

    page = await visit(await hoa.browser(), PLACE)

    assert page.text.count('<section class="mc-item">') == 3
    assert "<strong>Đã tạm khóa</strong>" in page.text
    assert "<h2>gone</h2>" not in page.text


async def test_a_source_is_frozen_at_once_and_its_owner_told(hoa: Account) -> None:
    browser = await hoa.browser()
    hoa.provider.clock.now += 1000
    question = await visit(browser, f"{PLACE}/hoa-mobile/freeze")

    answer = await send(browser, question)

    assert "Đã tạm khóa nguồn định danh." in answer.text
    assert await hoa.status_of("hoa-mobile") == "frozen"
    assert await hoa.provider.services.database.fetch_all("SELECT id FROM outbox WHERE kind = 'sms'")


async def test_what_was_done_is_said_once(hoa: Account) -> None:
    browser = await hoa.browser()
    answer = await send(browser, await visit(browser, f"{PLACE}/hoa-mobile/freeze"))

    assert "Đã tạm khóa nguồn định danh." in answer.text
    assert "Đã tạm khóa nguồn định danh." not in (await browser.get(PLACE)).text


async def test_a_double_click_freezes_once(hoa: Account) -> None:
    browser = await hoa.browser()
    question = await visit(browser, f"{PLACE}/hoa-mobile/freeze")
    form = page_of("", 200, question.text).buttons["continue"].form

    answers = await hoa.provider.at_once([browser.post(form.action, form.fields) for _ in range(2)])

    assert [answer.status_code for answer in answers] == [303, 303]
    changes = [row for row in await hoa.provider.events() if row["event"] == "link.changed"]
    assert len(changes) == 1


async def test_a_frozen_source_is_thawed_after_a_fresh_login_only(hoa: Account) -> None:
    await hoa.link("hoa-insurance", source_id="insurance", status=LinkStatus.FROZEN)
    browser = await hoa.browser()
    question = await visit(browser, f"{PLACE}/hoa-insurance/unfreeze")
    form = page_of("", 200, question.text).buttons["continue"].form

    hoa.provider.clock.now += 301
    asked_anew = await browser.post(form.action, form.fields)
    assert answer_of(asked_anew)["max_age"] == "150"
    assert await hoa.status_of("hoa-insurance") == "frozen"
    hoa.provider.clock.now -= 301
    await browser.post(form.action, form.fields)

    assert await hoa.status_of("hoa-insurance") == "proven"


async def test_a_telephone_alone_does_not_thaw_a_stronger_source(hoa: Account) -> None:
    await hoa.link("hoa-insurance", source_id="insurance", status=LinkStatus.FROZEN)
    browser = await hoa.browser(level=LevelOfAssurance.LOW)
    question = await visit(browser, f"{PLACE}/hoa-insurance/unfreeze")

    answer = await browser.post(*form_of(question.text))

    assert '"eidas2"' in answer_of(answer)["claims"]
    assert await hoa.status_of("hoa-insurance") == "frozen"


async def test_who_has_nothing_strong_enough_left_is_sent_to_a_counter(hoa: Account) -> None:
    lan = Account(hoa.provider, "lan")
    await lan.link("lan-tax", source_id="tax", status=LinkStatus.FROZEN)
    await lan.link("lan-mobile", source_id="mobile", level=LevelOfAssurance.LOW)

    page = await visit(await lan.browser(level=LevelOfAssurance.LOW), f"{PLACE}/lan-tax/unfreeze")

    assert "bộ phận một cửa gần nhất" in page.text
    assert "continue" not in page_of("", 200, page.text).buttons


async def test_the_last_way_in_is_not_unlinked_and_leaving_is_closing_the_account(an: Account) -> None:
    page = await visit(await an.browser(), f"{PLACE}/an-tax/unlink")

    assert "Đây là nguồn định danh duy nhất còn dùng được." in page.text
    assert 'href="/me/close"' in page.text
    assert "continue" not in page_of("", 200, page.text).buttons
    assert await an.status_of("an-tax") == "proven"


async def test_two_tabs_unlink_two_sources_and_the_later_one_says_what_that_would_be(hoa: Account) -> None:
    browser = await hoa.browser()
    first, second = [await visit(browser, f"{PLACE}/hoa-{name}/unlink") for name in ("tax", "mobile")]

    await send(browser, second)
    answer = await browser.post(*form_of(first.text))

    assert 'href="/me/close"' in answer.text
    assert (await hoa.status_of("hoa-tax"), await hoa.status_of("hoa-mobile")) == ("proven", "removed")


async def told(hoa: Account) -> list[str]:
    """The kinds of the notices, sorted, as the log has them; each of them went out."""
    events = [row for row in await hoa.provider.events() if row["event"] == "notice.written"]
    messages = await hoa.provider.services.database.fetch_all("SELECT id FROM outbox WHERE kind = 'sms'")
    assert len(messages) == len(events)
    return sorted(event["detail"]["kind"] for event in events)


async def test_who_thaws_unlinks_or_unblocks_is_told_on_the_channels_known_before(hoa: Account) -> None:
    await hoa.link("hoa-insurance", source_id="insurance", status=LinkStatus.FROZEN)
    browser = await hoa.browser()

    await send(browser, await visit(browser, f"{PLACE}/hoa-insurance/unfreeze"))
    await send(browser, await visit(browser, f"{PLACE}/hoa-mobile/unlink"))
    form = await block_form(browser, "*")
    await browser.post(f"{PLACE}/blocks", form)
    await browser.post(f"{PLACE}/blocks", {**form, "change": "unblock"})

    assert await told(hoa) == ["link_removed", "link_unfrozen", "source_unblocked"]


async def test_one_of_two_sources_is_unlinked_without_a_warning(hoa: Account) -> None:
    browser = await hoa.browser()

    answer = await send(browser, await visit(browser, f"{PLACE}/hoa-mobile/unlink"))

    assert "Đã hủy liên kết nguồn định danh." in answer.text
    assert await hoa.status_of("hoa-mobile") == "removed"


async def test_a_session_that_began_with_an_unlinked_source_ends(hoa: Account) -> None:
    elsewhere = await hoa.browser()
    await hoa.provider.services.database.commit(session_through("hoa-mobile"))
    assert (await visit(elsewhere, PLACE)).status_code == 200
    here = await hoa.browser()

    await send(here, await visit(here, f"{PLACE}/hoa-mobile/unlink"))

    assert (await here.get(PLACE)).status_code == 200
    assert (await elsewhere.get(PLACE)).status_code == 303


@pytest.mark.parametrize("action", ["freeze", "unfreeze", "unlink"])
async def test_the_link_of_somebody_else_is_not_found(hoa: Account, an: Account, action: str) -> None:
    browser = await an.browser()

    theirs = await visit(browser, f"{PLACE}/hoa-tax/{action}")
    nobodys = await visit(browser, f"{PLACE}/no-such-link/{action}")

    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert await hoa.status_of("hoa-tax") == "proven"


async def test_a_form_made_for_one_link_changes_no_other(hoa: Account) -> None:
    browser = await hoa.browser()
    _, fields = form_of((await visit(browser, f"{PLACE}/hoa-mobile/freeze")).text)

    answer = await browser.post(f"{PLACE}/hoa-tax/freeze", fields)

    assert answer.status_code == 403
    assert await hoa.status_of("hoa-tax") == "proven"


async def test_the_back_button_after_unlinking_leads_to_the_list(hoa: Account) -> None:
    browser = await hoa.browser()
    question = await visit(browser, f"{PLACE}/hoa-mobile/freeze")
    await send(browser, question)

    assert (await browser.get(f"{PLACE}/hoa-mobile/freeze")).headers["location"] == PLACE
    assert (await browser.post(*form_of(question.text))).headers["location"] == PLACE


async def test_a_form_sent_after_the_session_ended_does_nothing_and_leads_back_through_the_login(hoa: Account) -> None:
    browser = await hoa.browser()
    question = await visit(browser, f"{PLACE}/hoa-mobile/freeze")
    hoa.provider.clock.now += 1801

    answer = await browser.post(*form_of(question.text))

    assert answer_of(answer)["client_id"] == "motcua-citizen"
    assert await hoa.status_of("hoa-mobile") == "proven"


async def test_adding_a_source_is_a_login_that_proves_both_ends(hoa: Account) -> None:
    browser = await hoa.browser()
    page = await visit(browser, PLACE)
    form = page_of("", 200, page.text).buttons["add-source"].form

    answer = await browser.post(form.action, form.fields)

    assert answer_of(answer)["motcua_linking"] == "add"
    assert answer_of(answer)["client_id"] == "motcua-citizen"


async def test_a_source_that_is_not_linked_can_be_blocked_and_unblocked(an: Account) -> None:
    browser = await an.browser()
    assert "Đang chặn" not in (await visit(browser, PLACE)).text
    blocks = an.provider.services.database

    await browser.post("/me/sources/blocks", await block_form(browser, "insurance"))
    await browser.post("/me/sources/blocks", await block_form(browser, "*"))
    rows = await blocks.fetch_all("SELECT source_id FROM source_block WHERE person_id = 'an' ORDER BY source_id")
    assert [row["source_id"] for row in rows] == ["*", "insurance"]

    await browser.post("/me/sources/blocks", {**await block_form(browser, "insurance"), "change": "unblock"})

    rows = await blocks.fetch_all("SELECT source_id FROM source_block WHERE person_id = 'an'")
    assert [row["source_id"] for row in rows] == ["*"]
    changes = [row["detail"]["change"] for row in await an.provider.events() if row["event"] == "source_block.changed"]
    assert sorted(changes) == ["blocked", "blocked", "unblocked"]


async def test_a_block_is_lifted_after_a_fresh_login_only(an: Account) -> None:
    browser = await an.browser()
    await visit(browser, PLACE)
    await browser.post("/me/sources/blocks", await block_form(browser, "*"))
    form = {**await block_form(browser, "*"), "change": "unblock"}
    an.provider.clock.now += 301

    answer = await browser.post("/me/sources/blocks", form)

    assert "max_age" in answer_of(answer)
    assert await an.provider.services.database.fetch_all("SELECT source_id FROM source_block")


async def test_a_source_nobody_knows_cannot_be_blocked(an: Account) -> None:
    browser = await an.browser()
    await visit(browser, PLACE)

    await browser.post("/me/sources/blocks", await block_form(browser, "no-such-source"))

    assert not await an.provider.services.database.fetch_all("SELECT source_id FROM source_block")


async def test_a_code_app_beside_a_telephone_is_strong_enough_to_thaw(hoa: Account) -> None:
    lan = Account(hoa.provider, "lan")
    await lan.link("lan-tax", source_id="tax", status=LinkStatus.FROZEN)
    await lan.link("lan-mobile", source_id="mobile", level=LevelOfAssurance.LOW)
    services = hoa.provider.services
    begun = await begin_enrolment(services.database, services.vault, person_id="lan", now=services.clock())
    await confirm(
        services.database,
        services.vault,
        enrolment_id=begun.id,
        person_id="lan",
        code=code_at(begun.totp, int(services.clock()) // 30),
        now=services.clock(),
    )
    browser = await lan.browser(level=LevelOfAssurance.LOW)

    question = await visit(browser, f"{PLACE}/lan-tax/unfreeze")
    asked_more = await browser.post(*form_of(question.text))

    assert '"eidas2"' in answer_of(asked_more)["claims"]
    assert await lan.status_of("lan-tax") == "frozen"
