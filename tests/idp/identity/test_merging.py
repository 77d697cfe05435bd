"""Two people become one and two again: every identifier survives, everything moved is written down, all or nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from idp.identity.authenticators import enrolled
from idp.identity.cases.case import CaseKind, CaseOutcome, open_case_writes
from idp.identity.links import LinkStatus
from idp.identity.merging.merge import MergeBasis, MergeRefusal, MergeRefused, MergeResult, merge_people
from idp.identity.merging.retired_subjects import successor_of
from idp.identity.person_state import people_behind, standing_person
from idp.identity.pivot import PivotIdentity
from idp.identity.protection.happenings import Happening
from idp.storage.database import Database, Insert, Statement, Write
from tests.support.population import HOA, Population
from tests.support.sources import NOW

UNNUMBERED = replace(HOA, personal_id=None)


@pytest.fixture
def population(database: Database) -> Population:
    return Population(database)


async def hoa_twice(population: Population, late: PivotIdentity = UNNUMBERED) -> None:
    """`old` by the tax source; `new`, by the phone source, raised a question about `old`."""
    town_hall, school, clinic = [await population.service(name) for name in ("town-hall", "school", "clinic")]
    await population.person("old", created_at=NOW - 9000)
    await population.link("old", "by-tax", anchored=True)
    await population.session("old", "s-old", link_id="by-tax")
    await population.grant("old", "s-old", town_hall)
    await population.grant("old", "s-old", clinic)
    await population.consent("old", town_hall)
    await population.person("new", created_at=NOW - 500)
    await population.link("new", "by-phone", late, source_id="phone", status=LinkStatus.PROPOSED)
    await population.session("new", "s-new", link_id="by-phone", source_id="phone")
    await population.session("new", "s-elsewhere", link_id="by-phone", source_id="phone")
    await population.grant("new", "s-elsewhere", town_hall, offline=True)
    await population.grant("new", "s-elsewhere", school)
    await population.consent("new", town_hall)
    await population.consent("new", school)
    await population.login_record("new", "by-phone", school)
    await population.device("old", b"shared")
    await population.device("new", b"shared")
    await population.device("new", b"own")
    await ask(population, "prove-it")


async def ask(
    population: Population, case_id: str, kind: CaseKind = CaseKind.PROVE, person: str = "new", about: str = "old"
) -> None:
    link_id = "by-phone" if kind is CaseKind.PROVE else None
    await population.database.commit(
        *open_case_writes(
            population.vault,
            case_id=case_id,
            kind=kind,
            person_id=person,
            link_id=link_id,
            candidate_ids=[about],
            decision="PROVE",
            evidence={about: ("P?", "N0")},
            now=NOW - 500,
        )
    )


async def merged(population: Population, **changes: Any) -> MergeResult:
    arguments: Mapping[str, Any] = {
        "first_id": "new",
        "second_id": "old",
        "basis": MergeBasis.PROOF_AT_BOTH_ENDS,
        "case_id": "prove-it",
        "by": "citizen",
        "now": NOW,
        **changes,
    }
    return await merge_people(population.database, population.vault, population.find_client, **arguments)


async def refusal(population: Population, **changes: Any) -> MergeRefusal:
    with pytest.raises(MergeRefused) as refused:
        await merged(population, **changes)
    assert await population.rows("person_merge") == []
    return refused.value.reason


async def test_the_person_created_first_survives_whoever_is_named_first(population: Population) -> None:
    await hoa_twice(population)
    result = await merged(population, first_id="new", second_id="old")
    assert (result.survivor_id, result.absorbed_id) == ("old", "new")
    assert await population.value("person", "status", id="new") == "merged"
    assert await population.value("person", "merged_into", id="new") == "old"
    standing = await standing_person(population.database, "new")
    assert standing is not None
    assert standing.id == "old"
    assert await people_behind(population.database, "old") == ("new", "old")


async def test_links_and_what_hangs_on_them_move_and_the_question_is_answered(population: Population) -> None:
    await hoa_twice(population)
    result = await merged(population)

    link = await population.one("identity_link", id="by-phone")
    assert (link["person_id"], link["status"]) == ("old", "proven")
    assert await population.value("login_record", "person_id", link_id="by-phone") == "old"
    devices = await population.rows("known_device", person_id="old")
    assert {row["browser_hash"] for row in devices} == {b"shared", b"own"}
    case = await population.one("linking_case", id="prove-it")
    assert (case["status"], case["outcome"], case["decided_by"]) == ("decided", CaseOutcome.PROVEN, "citizen")
    moved = json.loads(str(await population.value("person_merge", "moved", id=result.merge_id)))
    assert [link["id"] for link in moved["links"]] == ["by-phone"]
    assert moved["subjects"] == ["school.example"]
    assert moved["retired"] == ["town-hall.example"]
    (changed,) = await population.events("link.changed")
    assert (changed["from_status"], changed["to_status"], changed["reason"]) == ("proposed", "proven", "people_merged")
    assert sorted(str(event["person_id"]) for event in await population.events("people.merged")) == ["new", "old"]


async def test_every_sub_goes_on_and_the_one_of_a_shared_sector_is_answered_for_a_year(population: Population) -> None:
    await hoa_twice(population)
    database, clients = population.database, population.clients
    old_sub, new_sub = population.sub("new", clients["town-hall"]), population.sub("old", clients["town-hall"])
    await merged(population)

    subjects = {
        str(row["sector"]): str(row["sub"]) for row in await population.rows("subject_identifier", person_id="old")
    }
    assert subjects == {
        "town-hall.example": new_sub,
        "clinic.example": population.sub("old", clients["clinic"]),
        "school.example": population.sub("new", clients["school"]),
    }
    successor = await successor_of(database, sector="town-hall.example", sub=old_sub, now=NOW + 1)
    assert successor is not None
    assert (successor.sub, successor.changed_at) == (new_sub, NOW)
    assert await successor_of(database, sector="school.example", sub=old_sub, now=NOW + 1) is None
    assert await successor_of(database, sector="town-hall.example", sub=old_sub, now=NOW + 366 * 86_400) is None
    told = await population.messages("security_event")
    assert [(event["kind"], event["client_id"], event["sub"], event["other_sub"]) for event in told] == [
        ("sub_changed", "town-hall", old_sub, new_sub)
    ]
    # Kept by the absorbed person, so that nobody else is ever given it.
    assert await population.value("subject_identifier", "person_id", sub=old_sub) == "new"


async def test_the_survivors_consent_stays_and_the_other_one_is_set_aside(population: Population) -> None:
    await hoa_twice(population)
    await merged(population)
    consents = {str(row["id"]): row for row in await population.rows("consent")}
    assert {row["person_id"] for row in consents.values()} == {"old"}
    assert consents["old-town-hall"]["withdrawn_at"] is None
    assert consents["new-town-hall"]["withdrawn_at"] == NOW
    assert consents["new-school"]["withdrawn_at"] is None


async def test_sessions_and_grants_of_the_absorbed_end_but_the_session_that_proved_it_goes_on(
    population: Population,
) -> None:
    await hoa_twice(population)
    await merged(population, keep_session="s-new")

    kept = await population.one("sso_session", id="s-new")
    assert (kept["person_id"], kept["ended_at"]) == ("old", None)
    assert await population.value("sso_session", "ended_at", id="s-elsewhere") == NOW
    assert await population.value("sso_session", "ended_at", id="s-old") is None
    assert all(row["revoked_at"] == NOW for row in await population.rows("authorization_grant", person_id="new"))
    assert all(row["revoked_at"] is None for row in await population.rows("authorization_grant", person_id="old"))
    told = await population.messages("backchannel_logout")
    assert [(message["client_id"], message["sid"]) for message in told] == [
        ("school", "s-elsewhere"),
        ("town-hall", "s-elsewhere"),
    ]


async def test_a_session_of_somebody_else_is_never_kept(population: Population) -> None:
    await hoa_twice(population)
    await population.person("thief")
    await population.session("thief", "s-thief")
    await merged(population, keep_session="s-thief")
    assert await population.value("sso_session", "person_id", id="s-thief") == "thief"


async def test_asked_again_it_answers_as_the_first_time_and_tells_nobody_twice(population: Population) -> None:
    await hoa_twice(population)
    told: list[Happening] = []

    def tell(happening: Happening) -> list[Write]:
        told.append(happening)
        return []

    first = await merged(population, tell=tell)
    assert await merged(population, tell=tell) == first
    assert len(await population.rows("person_merge")) == 1
    assert [happening.kind for happening in told] == ["people_merged"]
    assert [(channel.kind, channel.address) for channel in told[0].channels] == [("sms", "+84530000001")]


@pytest.mark.parametrize("status", ["locked", "closed"])
@pytest.mark.parametrize("whose", ["old", "new"])
async def test_nobody_who_is_not_active_is_merged(population: Population, whose: str, status: str) -> None:
    await hoa_twice(population)
    await population.set_status(whose, status)
    assert await refusal(population) is MergeRefusal.NOT_ACTIVE


async def test_nobody_is_merged_with_themselves_or_with_nobody(population: Population) -> None:
    await hoa_twice(population)
    assert await refusal(population, first_id="old") is MergeRefusal.SAME_PERSON
    assert await refusal(population, first_id="nobody") is MergeRefusal.NOT_ACTIVE


async def test_proof_at_both_ends_does_not_join_two_verified_numbers(population: Population) -> None:
    await hoa_twice(population, replace(HOA, personal_id="099184000028"))
    assert await refusal(population) is MergeRefusal.DIFFERENT_PERSONAL_IDS
    assert await refusal(population, case_id=None) is MergeRefusal.DIFFERENT_PERSONAL_IDS


async def test_proof_at_both_ends_does_not_join_the_accounts_of_a_couple(population: Population) -> None:
    await hoa_twice(population, replace(UNNUMBERED, name="Trần Văn Bình", gender="male"))
    assert await refusal(population, case_id=None) is MergeRefusal.NEEDS_REVIEW


async def test_a_question_for_operators_is_not_answered_by_a_proof(population: Population) -> None:
    await hoa_twice(population)
    await ask(population, "review-it", CaseKind.REVIEW)
    assert await refusal(population, case_id="review-it") is MergeRefusal.NEEDS_REVIEW


async def test_a_case_about_others_decides_nothing_here(population: Population) -> None:
    await hoa_twice(population)
    await population.person("other")
    await ask(population, "other-case", CaseKind.REVIEW, person="other")
    assert await refusal(population, case_id="other-case") is MergeRefusal.OTHER_CASE
    assert await refusal(population, case_id="unknown") is MergeRefusal.OTHER_CASE


async def test_a_question_of_the_survivors_own_link_is_answered_too(population: Population) -> None:
    await hoa_twice(population)
    await population.link("old", "late", UNNUMBERED, source_id="insurance", status=LinkStatus.PROPOSED)
    raised = "UPDATE linking_case SET person_id = 'old', link_id = 'late', candidate_ids = '[\"new\"]' WHERE id = $1"
    await population.database.commit(Statement(raised, ("prove-it",)))
    await merged(population)
    assert await population.value("identity_link", "status", id="late") == "proven"
    # Another question may still be open about the absorbed person's.
    assert await population.value("identity_link", "status", id="by-phone") == "proposed"


@pytest.mark.parametrize("operator", ["old", "new"])
async def test_a_merge_brings_no_app_of_somebody_else_to_an_operator(population: Population, operator: str) -> None:
    """Whoever has an operator's first factor alone could enrol an app as another person, and prove both ends."""
    await hoa_twice(population)
    other = "new" if operator == "old" else "old"
    row: dict[str, str | int] = {
        "id": "o",
        "label": "hoa",
        "roles": "support",
        "person_id": operator,
        "created_at": 1,
        "created_by": "test",
    }
    await population.database.commit(
        Insert("operator", row),
        *(
            Insert(
                "authenticator",
                {
                    "id": f"app-of-{person}",
                    "person_id": person,
                    "kind": "totp",
                    "secret_sealed": b"",
                    "created_at": 1,
                    "confirmed_at": 1,
                    "last_step": 0,
                },
            )
            for person in (operator, other)
        ),
    )

    result = await merged(population)

    (left,) = await enrolled(population.database, person_id=result.survivor_id)
    assert left.id == f"app-of-{operator}"
