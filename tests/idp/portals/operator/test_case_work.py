"""What is done in a case: notes, documents, decisions and reports; each once, with its reason, and on the record."""

import json
from dataclasses import replace

from idp.identity.cases.case import CaseKind
from idp.identity.protection.misuse import not_me
from idp.operators.looks import LOOK_SECONDS
from idp.operators.permissions import Role
from idp.storage.database import Statement
from tests.idp.portals.operator.conftest import LAN
from tests.support.operators import add_person, operator_at_work, raise_case
from tests.support.page import page_of
from tests.support.portal import follow
from tests.support.provider import Provider


async def _row(provider: Provider, reference: str) -> dict[str, object]:
    row = await provider.services.database.fetch_row("SELECT * FROM linking_case WHERE reference = $1", reference)
    assert row is not None
    return dict(row)


async def test_a_note_is_sealed_and_says_who_wrote_it(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    case = f"/operator/cases/{reference}"

    await an.look(case)
    await an.press(case, "note", words="Đã gọi, hẹn ra quầy <b>thứ hai</b>")
    await an.press(case, "note", words="Người dân đã đến")

    page = (await an.get(case)).text
    assert "hẹn ra quầy &lt;b&gt;thứ hai&lt;/b&gt;" in page
    assert "Người dân đã đến" in page
    row = await _row(provider, reference)
    sealed = row["note_sealed"]
    assert isinstance(sealed, bytes)
    assert "quầy".encode() not in sealed
    assert "quầy" not in json.dumps([dict(event) for event in await provider.events()], ensure_ascii=False, default=str)


async def test_what_was_written_is_read_within_a_look_only(provider: Provider, reference: str) -> None:
    """Words are free: a name may be among them, whatever the hint beside the field says."""
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    binh = await operator_at_work(provider, "binh", Role.SECURITY)
    case = f"/operator/cases/{reference}"

    await an.press(case, "note", words="Bà Lan đã đến quầy")

    assert "Bà Lan" not in (await binh.get(case)).text
    await binh.look(case)
    assert "Bà Lan" in (await binh.get(case)).text
    provider.clock.now += LOOK_SECONDS
    assert "Bà Lan" not in (await binh.get(case)).text


async def test_a_look_may_leave_a_note_beside_its_reason(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    case = f"/operator/cases/{reference}"

    await an.press(case, "look", reason="request", words="Người dân gọi lúc chín giờ")

    page = (await an.get(case)).text
    assert "Người dân gọi lúc chín giờ" in page
    assert "Trần Thị Lan" in page
    log = json.dumps([dict(event) for event in await provider.events()], ensure_ascii=False, default=str)
    assert "chín giờ" not in log


async def test_a_document_is_asked_for_without_a_link(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    answer = await an.press(f"/operator/cases/{reference}", "ask", document="identity_card")

    assert answer.status_code == 303
    assert (await _row(provider, reference))["status"] == "document_asked"
    assert "Thẻ căn cước" in (await an.get(f"/operator/cases/{reference}")).text


async def test_a_decision_wants_a_look_and_a_reason(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    case = f"/operator/cases/{reference}"

    unseen = await an.press(case, "apart", words="hai người")
    assert unseen.status_code == 409
    assert "trước khi quyết định" in unseen.text
    await an.look(case)
    silent = await an.press(case, "apart", words="   ")
    assert silent.status_code == 409
    assert "Cần nêu lý do" in silent.text

    assert (await _row(provider, reference))["status"] == "open"


async def test_two_people_are_kept_apart_for_good(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    case = f"/operator/cases/{reference}"
    await an.look(case)

    await an.press(case, "apart", words="Hai giấy khai sinh khác nhau")

    row = await _row(provider, reference)
    assert (row["status"], row["outcome"], row["decided_by"]) == ("decided", "kept_apart", an.operator_id)
    apart = await provider.services.database.fetch_row("SELECT person_a, person_b FROM kept_apart")
    assert apart is not None
    assert dict(apart) == {"person_a": "lan", "person_b": "lan-elsewhere"}


async def test_of_two_operators_at_once_one_wins_and_the_other_sees_what_happened(
    provider: Provider, reference: str
) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)
    case = f"/operator/cases/{reference}"
    await an.look(case)
    await binh.look(case)
    page = await binh.page(case)
    await an.press(case, "apart", words="Hai người")

    form = page.buttons["merge"].form
    late = await binh.browser.post(form.action, {**form.fields, "candidate": "1", "words": "Một người"})

    assert late.status_code == 409
    assert "đã được quyết định" in late.text
    assert "là hai người khác nhau" in late.text
    row = await _row(provider, reference)
    assert (row["outcome"], row["proposed_by"]) == ("kept_apart", None)


async def test_a_form_of_an_older_page_changes_nothing(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)
    case = f"/operator/cases/{reference}"
    await binh.look(case)
    page = await binh.page(case)
    await an.press(case, "note", words="Đang kiểm tra")

    form = page.buttons["ask"].form
    late = await binh.browser.post(form.action, {**form.fields, "document": "identity_card"})

    assert late.status_code == 409
    assert "vừa thay đổi hồ sơ" in late.text
    assert "Đang kiểm tra" in late.text
    assert (await _row(provider, reference))["status"] == "open"


async def test_the_notice_of_a_document_goes_to_every_channel_and_holds_no_link(provider: Provider) -> None:
    services = provider.services
    await add_person(services, "lan", replace(LAN, phone_number="+84530000001"))
    reference = await raise_case(services, "lan", kind=CaseKind.SUPPORT)
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    await an.press(f"/operator/cases/{reference}", "ask", document="birth_certificate")

    (row,) = await services.database.fetch_all("SELECT id, kind, payload_sealed FROM outbox")
    sealed = row["payload_sealed"]
    assert isinstance(sealed, bytes)
    message = services.vault.unseal(sealed, row=f"outbox|payload_sealed|{row['id']!s}").decode()
    assert row["kind"] == "sms"
    assert "+84530000001" in message
    assert not any(word in message for word in ("http", "Lan", reference, "127.0.0.1"))


async def test_a_request_to_unlock_is_decided_by_the_unlocking(provider: Provider) -> None:
    services = provider.services
    await add_person(services, "lan", replace(LAN, phone_number="+84530000001"))
    await services.database.commit(Statement("UPDATE person SET status = 'locked' WHERE id = 'lan'"))
    reference = await raise_case(services, "lan", kind=CaseKind.UNLOCK)
    an = await operator_at_work(provider, "an", Role.SECURITY)
    await an.look(f"/operator/cases/{reference}", "request")

    await an.press(f"/operator/cases/{reference}", "unlock", words="Đã kiểm tra thẻ căn cước")

    person = await services.database.fetch_row("SELECT status FROM person WHERE id = 'lan'")
    assert person is not None
    assert person["status"] == "active"
    assert (await _row(provider, reference))["outcome"] == "unlocked"
    assert len(await services.database.fetch_all("SELECT id FROM outbox WHERE kind = 'sms'")) == 1


async def test_a_report_taken_back_at_the_counter_opens_the_source_again(provider: Provider) -> None:
    services = provider.services
    link = await add_person(services, "lan", LAN)
    told = await not_me(
        services.database,
        services.vault,
        services.configuration.client,
        person_id="lan",
        link_id=link,
        now=provider.clock(),
    )
    an = await operator_at_work(provider, "an", Role.SECURITY)
    await an.look(f"/operator/cases/{told}", "report")

    await an.press(f"/operator/cases/{told}", "undo", words="Chính là người dân, đã xem thẻ căn cước")

    row = await services.database.fetch_row("SELECT status FROM identity_link WHERE id = $1", link)
    assert row is not None
    assert row["status"] == "proven"
    assert (await _row(provider, told))["outcome"] == "undone"


async def test_a_request_that_led_to_nothing_is_closed_with_its_reason(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    reference = await raise_case(provider.services, "lan", kind=CaseKind.SUPPORT)
    an = await operator_at_work(provider, "an", Role.SECURITY)

    await an.press(f"/operator/cases/{reference}", "close", words="Người dân không đến")

    assert (await _row(provider, reference))["outcome"] == "refused"
    await an.look(f"/operator/cases/{reference}")
    assert "Người dân không đến" in (await an.get(f"/operator/cases/{reference}")).text


async def test_a_form_over_a_fresh_login_is_sent_with_what_was_typed(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    case = f"/operator/cases/{reference}"
    provider.clock.now += 800
    await an.get(case)
    provider.clock.now += 200
    interrupted = await an.press(case, "note", words="Đã gọi cho người dân")
    assert (await _row(provider, reference))["note_sealed"] is None

    # Both factors again, as the login leaves the session.
    await provider.services.database.commit(
        Statement("UPDATE sso_session SET auth_time = $1 WHERE person_id = $2", (int(provider.clock()), an.person_id))
    )
    page = await follow(an.browser, interrupted)
    form = page_of(str(page.url), page.status_code, page.text).buttons["continue"].form
    await an.browser.post(form.action, form.fields)

    await an.look(case)
    assert "Đã gọi cho người dân" in (await an.get(case)).text


async def test_a_report_can_be_confirmed_by_who_may_unlock_and_by_nobody_else(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    reference = await raise_case(provider.services, "lan", kind=CaseKind.NOT_ME)
    support = await operator_at_work(provider, "an", Role.SUPPORT)
    assert "confirm" not in (await support.page(f"/operator/cases/{reference}")).hooks
    security = await operator_at_work(provider, "binh", Role.SECURITY)
    await security.look(f"/operator/cases/{reference}", "report")

    await security.press(f"/operator/cases/{reference}", "confirm", words="Máy bị mất")

    row = await _row(provider, reference)
    assert (row["status"], row["outcome"]) == ("decided", "confirmed")
