"""What a login meets when its record is like somebody's: told, held back, or refused at the door; never merged."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from idp.audit.events import PersonRefused
from idp.storage.database import Statement
from tests.support.entrance import Entrance
from tests.support.person import HOA, Person
from tests.support.provider import answer_of, claims_of


def saying(**changes: Any) -> Any:
    """The authority's record of Hoa, with her number."""

    def bend(claims: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    return bend


async def people(door: Entrance) -> int:
    return len(await door.database.fetch_all("SELECT id FROM person WHERE status = 'active'"))


async def test_what_was_written_differently_is_told_once(door: Entrance, hoa: Person, known_at_insurance: str) -> None:
    door.neighbours.tax.bend_userinfo = saying(name="NGUYEN THI HOA", birthdate="1984")
    at = await hoa.arrive()

    await hoa.log_in_at_tax(at)

    assert await hoa.step(at) == "/linking"
    page = (await hoa.page(at)).text
    assert "Đã nhận ra cùng một người" in page
    assert "Họ, chữ đệm và tên" in page
    assert "Ngày, tháng, năm sinh" in page
    assert "1984" not in page
    assert "NGUYEN" not in page
    await hoa.answer(at, answer="continue")
    assert await hoa.step(at) == "/consent"
    assert await people(door) == 1
    again = await hoa.arrive(prompt="login")
    await hoa.log_in_at_tax(again, code="code-2")
    assert await hoa.step(again) == "/consent"


async def test_a_doubt_for_people_has_its_reference_and_no_proof_settles_it(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    door.neighbours.tax.bend_userinfo = saying(
        birthdate="1984", birthplace=None, vn_personal_id=None, vn_personal_id_verified=None
    )
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)

    page = (await hoa.page(at)).text

    case = await door.database.fetch_row("SELECT id, reference, kind FROM linking_case")
    assert case is not None
    assert case["kind"] == "review"
    assert str(case["reference"]) in page
    assert 'name="source"' not in page
    assert "Ngày, tháng, năm sinh: một nguồn ghi chưa đầy đủ" in page
    await hoa.answer(at, source="social-insurance")
    assert await hoa.step(at) == "/linking"
    await hoa.answer(at, answer="continue")
    assert await hoa.step(at) == "/consent"
    assert await people(door) == 2


async def test_a_proof_is_evidence_for_those_who_look_at_the_doubt(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    door.neighbours.tax.bend_userinfo = saying(
        birthdate="1984", birthplace=None, vn_personal_id=None, vn_personal_id_verified=None
    )
    await hoa.log_in_at_tax(await hoa.arrive())
    client: Any = await door.provider.services.configuration.client("motcua-citizen")
    at = await door.arrive(
        hoa.browser,
        client_id=client.client_id,
        redirect_uri=client.redirect_uris[0],
        scope="openid",
        motcua_linking="add",
    )
    await hoa.log_in_at_tax(at, code="code-2")

    await hoa.prove_at_insurance(at)

    cases = await door.database.fetch_all("SELECT reference, status, note_sealed FROM linking_case")
    assert len(cases) == 1
    assert cases[0]["status"] == "open"
    assert cases[0]["note_sealed"] is not None
    assert str(cases[0]["reference"]) in (await hoa.page(at)).text
    assert await people(door) == 2


async def test_two_people_never_release_one_number(door: Entrance, hoa: Person, known_at_insurance: str) -> None:
    door.neighbours.tax.bend_userinfo = saying(name="Nguyễn Thị Hóa")
    at = await hoa.arrive(scope="openid profile vn_personal_id")
    await hoa.log_in_at_tax(at)
    await hoa.answer(at, answer="continue")
    consent = (await hoa.browser.get(f"{at}/consent")).text
    assert str(HOA["personal_id"]) not in consent
    session = await door.database.fetch_row("SELECT person_id FROM sso_session ORDER BY created_at DESC")
    assert session is not None
    assert session["person_id"] != known_at_insurance
    await door.provider.consent(str(session["person_id"]), door.party)

    tokens = (await door.party.redeem(answer_of(await hoa.browser.get(at))["code"])).json()

    told = (await door.party.userinfo(tokens["access_token"])).json()
    assert "name" in told
    assert "vn_personal_id" not in told
    assert "vn_personal_id" not in claims_of(tokens["id_token"])


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        pytest.param("UPDATE identity_link SET status = 'frozen'", "MC-1406", "link_frozen", id="frozen"),
        pytest.param("UPDATE identity_link SET status = 'disputed'", "MC-1407", "link_disputed", id="disputed"),
        pytest.param("UPDATE identity_link SET status = 'mismatch'", "MC-1407", "link_disputed", id="mismatch"),
        pytest.param(
            "INSERT INTO source_block (person_id, source_id, blocked_at) "
            "SELECT person_id, source_id, 1 FROM identity_link",
            "MC-1408",
            "source_blocked",
            id="blocked",
        ),
        pytest.param(
            "UPDATE person SET status = 'locked', status_changed_at = 1800000000",
            "MC-1409",
            "account_locked",
            id="locked",
        ),
    ],
)
async def test_a_way_in_that_was_stopped_stays_shut_and_its_owner_can_read_of_the_attempt(
    door: Entrance, hoa: Person, known_at_insurance: str, change: str, code: str, reason: str
) -> None:
    await door.database.commit(Statement(change))
    at = await hoa.arrive()

    refused = await hoa.log_in_at_insurance(at)

    assert refused.status_code == 403
    assert code in refused.text
    assert (await live_sessions(door)) == 1
    events = [row for row in await door.provider.events() if row["event"] == PersonRefused.name]
    assert (events[-1]["detail"]["reason"], events[-1]["person_id"]) == (reason, known_at_insurance)
    line = await door.database.fetch_row("SELECT person_id, source_id FROM login_record WHERE outcome = 'refused'")
    assert line == {"person_id": known_at_insurance, "source_id": "social-insurance"}


async def test_a_closed_account_is_followed_by_a_new_one(door: Entrance, hoa: Person, known_at_insurance: str) -> None:
    for change in (
        "UPDATE person SET status = 'closed'",
        "UPDATE identity_link SET status = 'removed', source_subject_index = CAST('x' AS {bytes})",
    ):
        bytes_type = "BLOB" if door.database.dialect == "sqlite" else "BYTEA"
        await door.database.commit(Statement(change.format(bytes=bytes_type)))

    at = await hoa.arrive()
    done = await hoa.log_in_at_insurance(at)

    assert done.headers["location"] == at
    assert await hoa.step(at) == "/consent"
    assert await people(door) == 1


async def test_a_doubt_is_raised_once_however_many_browsers_come_with_it(
    door: Entrance, known_at_insurance: str
) -> None:
    visitors = [Person(door, door.provider.browser()) for _ in range(3)]
    arrived = [(person, await person.arrive()) for person in visitors]
    sent = [await person.door.open(person.browser, at, "tax") for person, at in arrived]

    await asyncio.gather(
        *(
            person.return_from_tax(answer, code=f"code-{number}")
            for number, ((person, _), answer) in enumerate(zip(arrived, sent, strict=True))
        )
    )

    cases = await door.database.fetch_all("SELECT id FROM linking_case")
    assert len(cases) == 1
    assert await people(door) == 2


async def test_a_second_tab_and_a_reload_land_where_the_login_stands(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    assert (await hoa.page(at)).headers["location"] == at
    await hoa.log_in_at_tax(at)
    first, second = await hoa.page(at), await hoa.page(at)
    assert first.status_code == second.status_code == 200
    await hoa.answer(at, answer="continue")

    stale = await hoa.browser.post(f"{at}/linking", _form_of(second.text, "review"))

    assert stale.headers["location"] == at
    assert (await hoa.page(at)).headers["location"] == at
    assert await hoa.step(at) == "/consent"


async def test_choosing_a_source_again_while_proving_leads_to_where_it_is_explained(
    door: Entrance, hoa: Person, known_at_insurance: str
) -> None:
    at = await hoa.arrive()
    await hoa.log_in_at_tax(at)
    await hoa.answer(at, source="social-insurance")

    assert (await hoa.browser.get(f"{at}/sources")).headers["location"] == f"{at}/linking"
    assert await hoa.step(at) == "/linking"
    assert (await hoa.page(at)).status_code == 200


async def live_sessions(door: Entrance) -> int:
    return len(await door.database.fetch_all("SELECT id FROM sso_session WHERE ended_at IS NULL"))


def _form_of(page: str, answer: str) -> Mapping[str, str]:
    csrf = page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    return {"csrf": csrf, "answer": answer}
