"""A source added from the citizen's space: a fresh login at both ends, and only where the records agree."""

from typing import Any

import pytest

from idp.audit.login_events import LinkingAnswered, LinkingRefused
from idp.interactions.linking import FRESH_FIRST_END_SECONDS
from idp.storage.database import Insert
from tests.support.entrance import Entrance
from tests.support.person import HOA, INSURANCE_NUMBER, OTHER_NUMBER, Person
from tests.support.provider import answer_of
from tests.support.registers import record


async def begin(door: Entrance, person: Person) -> str:
    client: Any = await door.provider.services.configuration.client("motcua-citizen")
    parameters = door.party.authorization_parameters(
        client_id=client.client_id, redirect_uri=client.redirect_uris[0], scope="openid", motcua_linking="add"
    )
    answer = await person.browser.get("/authorize", **parameters)
    return str(answer.headers["location"])


async def links(door: Entrance) -> set[tuple[str, str]]:
    rows = await door.database.fetch_all("SELECT source_id, person_id FROM identity_link WHERE status <> 'superseded'")
    return {(str(row["source_id"]), str(row["person_id"])) for row in rows}


async def person_at(door: Entrance, source: str) -> str:
    (found,) = {person for where, person in await links(door) if where == source}
    return found


async def last_reason(door: Entrance) -> str:
    rows = [row for row in await door.provider.events() if row["event"] == LinkingRefused.name]
    return str(rows[-1]["detail"]["reason"])


async def test_a_source_nobody_used_yet_is_added_and_the_space_gets_its_code(door: Entrance, hoa: Person) -> None:
    at = await begin(door, hoa)
    await hoa.log_in_at_tax(at)
    assert await hoa.step(at) == "/linking"
    assert "Liên kết thêm nguồn định danh" in (await hoa.page(at)).text

    await hoa.prove_at_insurance(at)

    (person_id,) = {person for _, person in await links(door)}
    assert {source for source, _ in await links(door)} == {"tax", "social-insurance"}
    assert "Đã liên kết" in (await hoa.page(at)).text
    await hoa.answer(at, answer="continue")
    answer = answer_of(await hoa.browser.get(at))
    assert "code" in answer
    answered = [row for row in await door.provider.events() if row["event"] == LinkingAnswered.name]
    assert (answered[-1]["detail"]["answer"], answered[-1]["person_id"]) == ("added", person_id)


async def test_the_parameter_counts_from_no_other_service(door: Entrance, hoa: Person) -> None:
    at = await door.arrive(hoa.browser, motcua_linking="add")

    await hoa.log_in_at_tax(at)

    assert await hoa.step(at) == "/consent"


async def test_an_open_session_is_no_first_end(door: Entrance, hoa: Person) -> None:
    await hoa.log_in_at_tax(await hoa.arrive())

    at = await begin(door, hoa)

    assert await hoa.step(at) == "/sources"
    assert (await hoa.page(at)).headers["location"] == at


async def test_a_first_end_that_went_stale_is_asked_for_again(door: Entrance, hoa: Person) -> None:
    at = await begin(door, hoa)
    await hoa.log_in_at_tax(at)
    door.provider.clock.now += FRESH_FIRST_END_SECONDS + 1

    assert await hoa.step(at) == "/sources"


async def test_a_record_that_contradicts_ones_own_is_refused_by_the_names_of_its_fields(
    door: Entrance, hoa: Person
) -> None:
    door.neighbours.insurance.records[INSURANCE_NUMBER] = record(**{**HOA, "name": "Lê Văn Ba", "gender": "male"})
    at = await begin(door, hoa)
    await hoa.log_in_at_tax(at)
    before = await links(door)

    await hoa.prove_at_insurance(at)

    assert await links(door) == before
    assert await last_reason(door) == "records_differ"
    page = (await hoa.page(at)).text
    assert "Họ, chữ đệm và tên" in page
    assert "Giới tính" in page
    assert "Ngày, tháng, năm sinh" not in page
    assert "Lê Văn Ba" not in page


async def test_a_source_that_leads_to_oneself_elsewhere_joins_both_accounts(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await begin(door, hoa)
    await hoa.log_in_at_tax(at)

    await hoa.prove_at_insurance(at)

    assert await links(door) == {("tax", known_at_insurance), ("social-insurance", known_at_insurance)}
    case = await door.database.fetch_row("SELECT status, outcome FROM linking_case")
    assert case == {"status": "decided", "outcome": "proven"}


async def test_a_source_that_leads_to_another_human_is_not_taken_over(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    """An account that waits at a register for its victim gets nothing by the victim's own proof."""
    door.neighbours.insurance.records[OTHER_NUMBER] = record(
        **{**HOA, "subject": "R-2", "personal_id": "099184000028", "phone": "+84530000003"}
    )
    namesake = Person(door, door.provider.browser(), OTHER_NUMBER)
    await namesake.log_in_at_insurance(await namesake.arrive())
    door.neighbours.tax.bend_userinfo = lambda claims: claims
    at = await begin(door, hoa)
    await hoa.log_in_at_tax(at)
    before = await links(door)
    hoa.number = OTHER_NUMBER

    await hoa.prove_at_insurance(at)

    assert await links(door) == before
    assert await last_reason(door) == "different_personal_ids"
    page = (await hoa.page(at)).text
    case = await door.database.fetch_row(
        "SELECT reference FROM linking_case WHERE link_id IS NULL AND decided_at IS NULL"
    )
    assert case is not None
    assert str(case["reference"]) in page
    await hoa.answer(at, answer="continue")
    assert "code" in answer_of(await hoa.browser.get(at))


async def test_ones_own_source_is_not_added_twice(door: Entrance, hoa: Person) -> None:
    at = await begin(door, hoa)
    await hoa.log_in_at_tax(at)
    chosen = await hoa.answer(at, source="tax")
    sent = await hoa.browser.get(chosen.headers["location"])

    await hoa.return_from_tax(sent, code="code-2")

    assert await last_reason(door) == "same_person"
    assert len(await links(door)) == 1


@pytest.mark.parametrize("blocked", ["social-insurance", "*"])
async def test_a_source_blocked_by_its_owner_is_not_added(door: Entrance, hoa: Person, blocked: str) -> None:
    door.neighbours.tax.bend_userinfo = lambda claims: claims
    at = await begin(door, hoa)
    await hoa.log_in_at_tax(at)
    person_id = await person_at(door, "tax")
    await door.database.commit(Insert("source_block", {"person_id": person_id, "source_id": blocked, "blocked_at": 1}))

    await hoa.prove_at_insurance(at)

    assert await last_reason(door) == "source_blocked"
    assert len(await links(door)) == 1


async def test_stopping_leads_back_to_the_space(door: Entrance, hoa: Person) -> None:
    at = await begin(door, hoa)
    await hoa.log_in_at_tax(at)

    await hoa.answer(at, answer="continue")

    assert "code" in answer_of(await hoa.browser.get(at))
