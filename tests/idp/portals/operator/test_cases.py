"""Cases: masked until a reason is given, every look told, decided once, and what one operator may not do alone."""

from dataclasses import replace

from idp.operators.looks import LOOK_SECONDS
from idp.operators.permissions import Role
from tests.idp.portals.operator.conftest import LAN
from tests.support.operators import OperatorAtWork, add_person, browser_of, operator_at_work, raise_case
from tests.support.provider import Provider

VALUES = ("Trần Thị Lan", "01/12/1982", "099 182 000 097", "099182000097", "1982", "Huế")


async def _row(provider: Provider, reference: str) -> dict[str, object]:
    row = await provider.services.database.fetch_row("SELECT * FROM linking_case WHERE reference = $1", reference)
    assert row is not None
    return dict(row)


async def _events(provider: Provider, name: str) -> list[dict[str, object]]:
    return [dict(row) for row in await provider.events() if row["event"] == name]


async def test_the_queue_shows_who_waits_since_when_and_what_is_overdue(provider: Provider, reference: str) -> None:
    at_work = await operator_at_work(provider, "an", Role.VIEWER)
    page = (await at_work.get("/operator")).text
    assert reference in page
    assert "Cần cán bộ xem xét" in page
    assert "Quá hạn" not in page.split("<table")[1]

    provider.clock.now += 20 * 86_400
    late = await operator_at_work(provider, "binh", Role.VIEWER)
    page = (await late.get("/operator?overdue=yes")).text

    assert "Quá hạn" in page.split("<table")[1]
    assert "20 ngày" in page
    assert not any(value in page for value in VALUES)


async def test_filters_are_in_the_address_and_nonsense_asks_for_nothing(provider: Provider, reference: str) -> None:
    at_work = await operator_at_work(provider, "an", Role.VIEWER)

    assert reference in (await at_work.get("/operator?kind=review&status=open")).text
    for query in ("kind=not_me", "status=awaiting_second", "overdue=yes"):
        page = (await at_work.get(f"/operator?{query}")).text
        assert reference not in page
        assert "Không có hồ sơ nào phù hợp" in page
    assert reference in (await at_work.get("/operator?kind=%27--&status=decided&after=x.y")).text


async def test_the_queue_goes_on_page_by_page(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN)
    references = []
    for _ in range(30):
        references.append(await raise_case(provider.services, "lan"))
        provider.clock.now += 1
    at_work = await operator_at_work(provider, "an", Role.VIEWER)

    first = await at_work.get("/operator?kind=review")
    following = first.text.rsplit("/operator?", 1)[1].split('"')[0].replace("&amp;", "&")
    second = await at_work.get(f"/operator?{following}")

    assert [one for one in references if one in first.text] == references[:25]
    assert [one for one in references if one in second.text] == references[25:]


async def test_a_case_shows_no_value_before_a_reason_is_given(provider: Provider, reference: str) -> None:
    at_work = await operator_at_work(provider, "an", Role.SUPPORT)

    page = (await at_work.get(f"/operator/cases/{reference}")).text

    assert not any(value in page for value in VALUES)
    assert "đã che" in page
    assert "≈ gần giống" in page
    assert "Cùng năm sinh, một bên chỉ ghi năm" in page
    assert "Thiếu số định danh, ngày sinh chỉ phù hợp một phần" in page
    await at_work.get(f"/operator/cases/{reference}")
    opened = await _events(provider, "case.opened")
    assert {event["detail"]["operator"] for event in opened} == {at_work.operator_id}  # type: ignore[index]  # JSON
    # Each of the two finds it in their own history, once: a page that is loaded again is no further look.
    assert sorted(str(event["person_id"]) for event in opened) == ["lan", "lan-elsewhere"]


async def test_a_reason_opens_the_values_for_ten_minutes_to_this_operator_alone(
    provider: Provider, reference: str
) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)
    case = f"/operator/cases/{reference}"

    await an.look(case, "request")

    shown = (await an.get(case)).text
    assert all(value in shown for value in ("Trần Thị Lan", "01/12/1982", "099 182 000 097", "Huế"))
    assert "Trần Thị Lan" not in (await binh.get(case)).text
    provider.clock.now += LOOK_SECONDS - 1
    assert "Trần Thị Lan" in (await an.get(case)).text
    provider.clock.now += 1
    assert "Trần Thị Lan" not in (await an.get(case)).text


async def test_another_session_of_the_same_operator_gives_its_own_reason(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    case = f"/operator/cases/{reference}"
    await an.look(case)

    from_home = await _second_browser(provider, an)

    assert "Trần Thị Lan" not in (await from_home.get(case)).text


async def test_every_look_is_told_to_each_person_it_was_at(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    case = f"/operator/cases/{reference}"

    await an.look(case, "report")
    await an.get(case)

    viewed = await _events(provider, "person.viewed")
    assert {event["person_id"] for event in viewed} == {"lan", "lan-elsewhere"}
    row = await _row(provider, reference)
    assert all(
        event["detail"] == {"operator": an.operator_id, "reason": "report", "case_id": row["id"]} for event in viewed
    )
    assert len(viewed) == 2


async def test_a_reason_nobody_knows_opens_nothing(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    case = f"/operator/cases/{reference}"

    await an.press(case, "look", reason="curiosity")

    assert "Trần Thị Lan" not in (await an.get(case)).text
    assert await _events(provider, "person.viewed") == []


async def test_a_viewer_sees_the_case_and_can_open_nothing(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    await an.look(f"/operator/cases/{reference}")
    await an.press(f"/operator/cases/{reference}", "note", words="chỉ cán bộ hỗ trợ đọc")
    viewer = await operator_at_work(provider, "vinh", Role.VIEWER)

    page = await viewer.page(f"/operator/cases/{reference}")

    assert not {"look", "merge", "apart", "ask", "note"} & page.hooks
    assert "chỉ cán bộ hỗ trợ đọc" not in page.text
    assert "/operator/people/" not in page.text


async def test_nobody_works_on_a_case_about_themselves(provider: Provider, reference: str) -> None:
    lan = await operator_at_work(provider, "lan", *Role, person_id="lan")
    case = f"/operator/cases/{reference}"

    answer = await lan.get(case)

    assert answer.status_code == 403
    assert "chính cán bộ" in answer.text
    assert "person.viewed" not in {row["event"] for row in await provider.events()}


async def test_a_case_that_is_not_there_is_a_page_that_is_not_there(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    for typed in ("MC-2222-2222", "nonsense", "MC-7K4P-2Q9F"):
        assert (await an.get(f"/operator/cases/{typed}")).status_code == 404


async def test_a_reference_typed_otherwise_leads_to_the_case(provider: Provider, reference: str) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    answer = await an.get(f"/operator/cases/{reference.lower().replace('-', '')}")

    assert answer.headers["location"] == f"/operator/cases/{reference}"


async def _second_browser(provider: Provider, operator: OperatorAtWork) -> OperatorAtWork:
    return replace(operator, browser=await browser_of(provider, operator.person_id))


async def test_a_look_at_one_case_opens_no_other(provider: Provider, reference: str) -> None:
    await add_person(provider.services, "hoa", LAN)
    other = await raise_case(provider.services, "hoa", "lan")
    an = await operator_at_work(provider, "an", Role.SUPPORT)

    await an.look(f"/operator/cases/{reference}")

    assert "Trần Thị Lan" not in (await an.get(f"/operator/cases/{other}")).text


async def test_a_form_of_one_case_does_nothing_at_another(provider: Provider, reference: str) -> None:
    await add_person(provider.services, "hoa", LAN)
    other = await raise_case(provider.services, "hoa", "lan")
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    form = (await an.page(f"/operator/cases/{reference}")).buttons["note"].form

    answer = await an.browser.post(f"/operator/cases/{other}/note", {**form.fields, "words": "x"})

    assert answer.status_code == 403
    assert (await _row(provider, other))["note_sealed"] is None
