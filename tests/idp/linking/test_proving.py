"""Records that are likely one person's: joined by a proof at both ends in one browser, and by nothing less."""

import asyncio
import json
from typing import Any

import pytest

from idp.audit.login_events import LinkingAnswered, LinkingRefused
from idp.interactions.linking import BOTH_ENDS_SECONDS
from idp.storage.database import Statement
from tests.support.entrance import Entrance, csrf_of
from tests.support.person import HOA, INSURANCE_NUMBER, OTHER_NUMBER, Person
from tests.support.registers import record


async def reasons(door: Entrance) -> list[str]:
    events = await door.provider.events()
    return [str(row["detail"]["reason"]) for row in events if row["event"] == LinkingRefused.name]


async def people(door: Entrance) -> dict[str, str]:
    rows = await door.database.fetch_all("SELECT id, status FROM person")
    return {str(row["id"]): str(row["status"]) for row in rows}


async def persons_of_links(door: Entrance) -> dict[str, str]:
    rows = await door.database.fetch_all("SELECT source_id, person_id FROM identity_link ORDER BY id")
    return {str(row["source_id"]): str(row["person_id"]) for row in rows}


async def live_person(door: Entrance, person: Person) -> str:
    session = await door.database.fetch_row(
        "SELECT person_id FROM sso_session WHERE ended_at IS NULL ORDER BY last_seen_at DESC, created_at DESC"
    )
    assert session is not None
    return str(session["person_id"])


async def test_the_page_names_what_is_missing_and_nothing_of_the_other_record(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    assert await hoa.step(at) == "/linking"

    page = await hoa.page(at)

    assert page.status_code == 200
    assert "Số định danh cá nhân: còn thiếu ở một nguồn" in page.text
    for value in (HOA["name"], "06/05/1984", HOA["birthdate"], HOA["personal_id"], "0530000002", known_at_insurance):
        assert str(value) not in page.text
    offered = [part.split('"', 1)[0] for part in page.text.split('name="source" value="')[1:]]
    assert offered == ["social-insurance", "mobile", "tax"]


async def test_a_proof_at_both_ends_makes_one_person_and_the_login_goes_on(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)

    proved = await hoa.prove_at_insurance(at)

    assert (proved.status_code, proved.headers["location"]) == (303, at)
    assert await persons_of_links(door) == {"tax": known_at_insurance, "social-insurance": known_at_insurance}
    assert sorted((await people(door)).values()) == ["active", "merged"]
    assert await hoa.step(at) == "/linking"
    page = await hoa.page(at)
    assert "Đã liên kết" in page.text
    await hoa.answer(at, answer="continue")
    assert await hoa.step(at) == "/consent"
    assert await live_person(door, hoa) == known_at_insurance
    session = await door.database.fetch_row(
        "SELECT source_id, amr FROM sso_session WHERE ended_at IS NULL ORDER BY last_seen_at DESC"
    )
    assert session is not None
    assert session["source_id"] == "tax"
    assert json.loads(str(session["amr"]))[-1] == "mfa"
    case = await door.database.fetch_row("SELECT status, outcome FROM linking_case")
    assert case == {"status": "decided", "outcome": "proven"}
    again = await hoa.arrive()
    assert await hoa.step(again) == "/consent"


async def test_a_second_source_of_somebody_else_joins_nothing_and_tells_nothing(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    door.neighbours.insurance.records[OTHER_NUMBER] = record(
        subject="R-2", phone="+84530000003", personal_id="099079000028"
    )
    stranger = Person(door, door.provider.browser(), OTHER_NUMBER)
    await stranger.log_in_at_insurance(await stranger.arrive())
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    before = (await people(door), await persons_of_links(door))
    hoa.number = OTHER_NUMBER

    proved = await hoa.prove_at_insurance(at)

    assert proved.headers["location"] == at
    assert (await people(door), await persons_of_links(door)) == before
    assert await reasons(door) == ["another_person"]
    line = await door.database.fetch_row("SELECT person_id FROM login_record WHERE outcome = 'refused'")
    theirs = await door.database.fetch_row("SELECT person_id FROM identity_link ORDER BY last_used_at DESC")
    assert line == theirs
    page = await hoa.page(at)
    assert 'role="alert"' in page.text
    assert "không đủ để liên kết" in page.text
    assert 'value="social-insurance"' in page.text


async def test_a_record_nobody_knows_makes_nobody_new_when_it_proves_nothing(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    door.neighbours.insurance.records[OTHER_NUMBER] = record(
        subject="R-2", phone="+84530000003", personal_id="099079000028"
    )
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    before = await people(door)
    hoa.number = OTHER_NUMBER

    await hoa.prove_at_insurance(at)

    assert await people(door) == before
    assert await reasons(door) == ["unknown_record"]
    unknown = (await hoa.page(at)).text
    assert "không đủ để liên kết" in unknown


async def test_a_source_of_the_same_person_proves_nothing_and_says_so(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    chosen = await hoa.answer(at, source="tax")
    sent = await hoa.browser.get(chosen.headers["location"])

    await hoa.return_from_tax(sent, code="code-2")

    assert await reasons(door) == ["same_person"]
    assert "đã thuộc về chính tài khoản này" in (await hoa.page(at)).text


async def test_ends_too_far_apart_join_nothing_and_the_first_can_be_made_anew(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    await hoa.answer(at, source="social-insurance")
    door.provider.clock.now += BOTH_ENDS_SECONDS

    await hoa.finish_at_insurance(at)

    assert await reasons(door) == ["first_end_too_old"]
    assert "10 phút" in (await hoa.page(at)).text
    again = await hoa.answer(at, answer="again")
    assert again.headers["location"] == f"{at}/sources"
    await hoa.log_in_at_tax(at, code="code-2")
    assert await hoa.step(at) == "/linking"
    await hoa.prove_at_insurance(at)
    assert set((await persons_of_links(door)).values()) == {known_at_insurance}


async def test_a_proof_opened_in_a_victims_browser_joins_nothing(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    """The attacker's own record waits for a victim to authenticate in its place."""
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    chosen = await hoa.answer(at, source="tax")
    sent = await hoa.browser.get(chosen.headers["location"])
    answer = door.neighbours.tax.authorize(sent.headers["location"], code="code-9")
    victim = door.provider.browser()
    await door.arrive(victim)
    before = (await people(door), await persons_of_links(door))

    lured = await victim.get("/sources/tax/callback", **answer)
    page = await victim.get(f"{at}/linking")

    assert "MC-1203" in lured.text
    assert "MC-1203" in page.text
    assert (await people(door), await persons_of_links(door)) == before


async def test_an_answer_of_one_proof_is_of_no_use_to_another(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    first, second = await hoa.arrive(), await hoa.arrive()
    await hoa.log_in_at_tax(first)
    chosen = await hoa.answer(first, source="tax")
    sent = await hoa.browser.get(chosen.headers["location"])
    answer = door.neighbours.tax.authorize(sent.headers["location"], code="code-5")
    await hoa.browser.get("/sources/tax/callback", **answer)

    replayed = await hoa.browser.get("/sources/tax/callback", **answer)

    assert replayed.headers["location"] == first
    assert (await door.events())[-1] == "source.refused state_replayed"
    assert len(await reasons(door)) == 1
    assert (await hoa.browser.get(f"{second}/linking")).headers["location"] == second


async def test_a_case_decided_meanwhile_is_not_proved_any_more(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    await hoa.answer(at, source="social-insurance")
    await decide(door, "kept_apart")

    await hoa.finish_at_insurance(at)

    assert await reasons(door) == ["case_decided"]
    assert len(set((await persons_of_links(door)).values())) == 2
    page = await hoa.page(at)
    assert "Đã có kết quả" in page.text
    await hoa.answer(at, answer="continue")
    assert await hoa.step(at) == "/consent"


async def test_going_on_without_linking_keeps_a_person_of_their_own(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)

    gone_on = await hoa.answer(at, answer="continue")

    assert gone_on.headers["location"] == at
    assert await hoa.step(at) == "/consent"
    assert await live_person(door, hoa) != known_at_insurance
    assert await door.provider.count_of(LinkingAnswered) == 1
    # Who has said so is not asked at every login.
    later = await hoa.arrive(prompt="login")
    await hoa.log_in_at_tax(later, code="code-2")
    assert await hoa.step(later) == "/consent"


async def test_asking_for_a_review_shows_a_reference_and_a_date(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)

    await hoa.answer(at, answer="review")

    page = await hoa.page(at)
    case = await door.database.fetch_row("SELECT reference, status FROM linking_case")
    assert case is not None
    assert str(case["reference"]) in page.text
    assert case["status"] == "open"
    assert await hoa.step(at) == "/linking"
    await hoa.answer(at, answer="continue")
    assert await hoa.step(at) == "/consent"


async def test_what_was_settled_on_another_device_lets_the_waiting_login_go_on(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    waiting = await hoa.arrive()
    await hoa.log_in_at_tax(waiting)
    await hoa.answer(waiting, answer="elsewhere")
    page = (await hoa.page(waiting)).text
    assert "/me/cases/" in page
    assert "<svg" in page
    other_device = Person(door, door.provider.browser())
    case_id = page.split("/me/cases/", 1)[1].split('"', 1)[0]
    there = await begin_from_citizens_space(door, other_device, case_id)
    await other_device.log_in_at_tax(there, code="code-2")
    await other_device.prove_at_insurance(there)

    first_look = await hoa.page(waiting)

    assert first_look.headers["location"] == waiting
    assert await hoa.step(waiting) == "/linking"
    assert "Đã xác minh xong" in (await hoa.page(waiting)).text
    await hoa.answer(waiting, answer="continue")
    assert await hoa.step(waiting) == "/consent"
    sessions = await door.database.fetch_all("SELECT person_id FROM sso_session WHERE ended_at IS NULL")
    assert {row["person_id"] for row in sessions} == {known_at_insurance}


async def test_nobody_is_sent_away_for_waiting_an_hour(door: Entrance, hoa: Person, known_at_insurance: str) -> None:
    waiting = await hoa.arrive()
    await hoa.log_in_at_tax(waiting)
    await hoa.answer(waiting, answer="elsewhere")
    for _ in range(6):
        door.provider.clock.now += 10 * 60
        assert (await hoa.page(waiting)).status_code == 200

    case_id = (await hoa.page(waiting)).text.split("/me/cases/", 1)[1].split('"', 1)[0]
    other_device = Person(door, door.provider.browser())
    there = await begin_from_citizens_space(door, other_device, case_id)
    await other_device.log_in_at_tax(there, code="code-2")
    await other_device.prove_at_insurance(there)

    await hoa.page(waiting)
    assert "Đã xác minh xong" in (await hoa.page(waiting)).text
    door.provider.clock.now += 2 * 3600
    assert "MC-1201" in (await hoa.page(waiting)).text


async def test_a_logout_while_waiting_is_not_undone_by_the_proof(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    waiting = await hoa.arrive()
    await hoa.log_in_at_tax(waiting)
    page = await hoa.answer(waiting, answer="elsewhere")
    page = await hoa.page(waiting)
    case_id = page.text.split("/me/cases/", 1)[1].split('"', 1)[0]
    await door.provider.log_out(hoa.browser)
    door.provider.clock.now += 5
    other_device = Person(door, door.provider.browser())
    there = await begin_from_citizens_space(door, other_device, case_id)
    await other_device.log_in_at_tax(there, code="code-2")
    await other_device.prove_at_insurance(there)

    await hoa.page(waiting)

    assert await hoa.step(waiting) == "/sources"


async def test_a_case_of_somebody_else_is_neither_shown_nor_proved(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    await hoa.log_in_at_tax(await hoa.arrive())
    case = await door.database.fetch_row("SELECT id, reference FROM linking_case")
    assert case is not None
    door.neighbours.insurance.records[OTHER_NUMBER] = record(
        subject="R-2", phone="+84530000003", personal_id="099079000028"
    )
    stranger = Person(door, door.provider.browser(), OTHER_NUMBER)
    at = await begin_from_citizens_space(door, stranger, str(case["id"]))

    await stranger.log_in_at_insurance(at)

    page = (await stranger.page(at)).text
    assert str(case["reference"]) not in page
    assert str(case["id"]) not in page
    stranger.number = INSURANCE_NUMBER
    await stranger.prove_at_insurance(at)
    still = await door.database.fetch_row("SELECT status FROM linking_case WHERE id = $1", case["id"])
    assert still == {"status": "open"}
    assert len(set((await people(door)).values())) == 1


async def test_two_tabs_that_finish_one_proof_make_one_merge(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    await hoa.answer(at, source="social-insurance")
    door.provider.clock.now += 31
    await door.fill(hoa.browser, at, "social-insurance", identifier=INSURANCE_NUMBER)
    code = await door.code()
    csrf = csrf_of(await hoa.browser.get(f"{at}/sources/social-insurance"))

    answers = await asyncio.gather(
        *(hoa.browser.post(f"{at}/sources/social-insurance", {"csrf": csrf, "code": code}) for _ in range(3))
    )

    assert {answer.status_code for answer in answers} <= {303, 400}
    merges = await door.database.fetch_all("SELECT id FROM person_merge")
    assert len(merges) == 1
    assert await hoa.step(at) == "/linking"


async def test_a_logout_in_the_middle_of_a_proof_leads_back_to_the_first_end(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    await hoa.answer(at, source="social-insurance")
    await door.provider.log_out(hoa.browser)

    await hoa.page(at)

    assert await hoa.step(at) == "/sources"
    assert (await hoa.browser.get(f"{at}/sources")).status_code == 200
    await hoa.log_in_at_tax(at, code="code-2")
    assert await hoa.step(at) == "/linking"
    await hoa.prove_at_insurance(at)
    assert set((await persons_of_links(door)).values()) == {known_at_insurance}


async def test_a_browser_that_is_somebodys_by_now_stays_theirs(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    waiting = await hoa.arrive()
    await hoa.log_in_at_tax(waiting)
    await hoa.answer(waiting, answer="elsewhere")
    case_id = (await hoa.page(waiting)).text.split("/me/cases/", 1)[1].split('"', 1)[0]
    other_device = Person(door, door.provider.browser())
    there = await begin_from_citizens_space(door, other_device, case_id)
    await other_device.log_in_at_tax(there, code="code-2")
    await other_device.prove_at_insurance(there)
    door.neighbours.insurance.records[OTHER_NUMBER] = record(
        subject="R-2", phone="+84530000003", personal_id="099079000028"
    )
    sibling = Person(door, hoa.browser, OTHER_NUMBER)
    await sibling.log_in_at_insurance(await sibling.arrive())
    cookie = hoa.browser.http.cookies[door.provider.services.cookies.session]

    await hoa.page(waiting)

    assert hoa.browser.http.cookies[door.provider.services.cookies.session] == cookie


@pytest.mark.parametrize("form", [{"answer": "review"}, {"source": "mobile"}, {"answer": "continue"}])
async def test_a_form_of_another_site_or_of_nobody_changes_nothing(
    door: Entrance, hoa: Person, known_at_insurance: str, form: dict[str, str]
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    csrf = csrf_of(await hoa.page(at))

    without = await hoa.browser.post(f"{at}/linking", form)
    foreign = await hoa.browser.http.post(
        f"{at}/linking", data={"csrf": csrf, **form}, headers={"sec-fetch-site": "cross-site"}
    )

    assert (without.status_code, foreign.status_code) == (403, 403)
    assert await hoa.step(at) == "/linking"
    assert await door.provider.count_of(LinkingAnswered) == 0


async def decide(door: Entrance, outcome: str) -> None:
    await door.database.commit(
        Statement(
            "UPDATE linking_case SET status = 'decided', outcome = $1, decided_at = 1, version = version + 1 "
            "WHERE decided_at IS NULL",
            (outcome,),
        )
    )


async def begin_from_citizens_space(door: Entrance, person: Person, case_id: str) -> str:
    """As the citizen's space asks for a proof: its own client, and the case that is to be proved."""
    client: Any = await door.provider.services.configuration.client("motcua-citizen")
    parameters = door.party.authorization_parameters(
        client_id=client.client_id, redirect_uri=client.redirect_uris[0], scope="openid", motcua_linking=case_id
    )
    answer = await person.browser.get("/authorize", **parameters)
    return str(answer.headers["location"])
