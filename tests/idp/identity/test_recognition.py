"""From what a source verified to one Person: LINK joins, anything less stays apart, and nothing merges wrongly."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from idp.authentication.contract import AuthenticationResult
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.recognising import (
    IdentityChanged,
    PersonNotActive,
    Recognised,
    recognise,
)
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database, Statement
from idp.storage.open import open_database
from idp.storage.vault import Vault
from tests.support.sources import MASTER_KEY, NOW, vault

_HALF_A_YEAR = 180 * 86_400

HOA = PivotIdentity(
    name="Nguyễn Thị Hòa",
    birthdate="1984-03-12",
    gender="female",
    birthplace="Nam Định",
    personal_id="099184000011",
)


def seen(
    identity: PivotIdentity = HOA, *, source: str = "tax", subject: str = "t-1", **overrides: Any
) -> AuthenticationResult:
    values: dict[str, Any] = {
        "source_id": source,
        "source_subject": subject,
        "identity": identity,
        "amr": ("pwd",),
        "level": LevelOfAssurance.SUBSTANTIAL,
        "identity_level": "substantial",
        "authenticated_at": NOW,
        **overrides,
    }
    return AuthenticationResult(**values)


async def recognised(
    database: Database, result: AuthenticationResult, *, now: float = NOW, keys: Vault | None = None
) -> Recognised:
    return await recognise(database, keys or vault(), result, now=now)


async def count(database: Database, table: str) -> int:
    return len(await database.fetch_all(f"SELECT * FROM {table}"))


async def test_a_first_login_makes_a_person_and_the_second_one_finds_them(database: Database) -> None:
    first = await recognised(database, seen())
    second = await recognised(database, seen())

    assert (first.decision, second.decision) == ("NEW", "KNOWN")
    assert (first.person_id, first.link_id) == (second.person_id, second.link_id)


async def test_two_sources_with_the_same_verified_id_and_agreeing_records_are_one_person(database: Database) -> None:
    by_tax = await recognised(database, seen())
    by_insurance = await recognised(database, seen(source="social-insurance", subject="i-9"))

    assert by_insurance.decision == "LINK"
    assert by_tax.person_id == by_insurance.person_id
    assert await count(database, "identity_link") == 2


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(HOA, name="Trần Văn Bình"), id="another name"),
        pytest.param(replace(HOA, birthdate="1984-12-03"), id="day and month swapped"),
        pytest.param(replace(HOA, birthdate="1990-03-12"), id="another year"),
        pytest.param(replace(HOA, gender="male"), id="another sex"),
        pytest.param(replace(HOA, name=""), id="no name"),
        pytest.param(replace(HOA, birthdate=""), id="no birth date"),
        pytest.param(replace(HOA, personal_id=None), id="no verified ID"),
        pytest.param(replace(HOA, personal_id="099184000012"), id="another verified ID"),
    ],
)
async def test_anything_less_stays_a_person_of_its_own(database: Database, other: PivotIdentity) -> None:
    hoa = await recognised(database, seen())

    somebody = await recognised(database, seen(other, source="social-insurance", subject="i-9"))
    again = await recognised(database, seen(other, source="social-insurance", subject="i-9"))

    assert somebody.person_id != hoa.person_id
    assert again.person_id == somebody.person_id
    assert (await recognised(database, seen())).person_id == hoa.person_id


async def test_somebody_kept_apart_never_becomes_the_one_others_are_linked_to(database: Database) -> None:
    hoa = await recognised(database, seen())
    await recognised(database, seen(replace(HOA, name="Trần Văn Bình"), source="social-insurance", subject="i-9"))

    third = await recognised(database, seen(source="mobile", subject="m-3"))

    assert third.person_id == hoa.person_id


async def test_the_subject_of_one_source_is_nobody_at_another(database: Database) -> None:
    nameless = PivotIdentity(name="", birthdate="")

    here = await recognised(database, seen(nameless, source="mobile", subject="+84530000001"))
    there = await recognised(database, seen(nameless, source="other-mobile", subject="+84530000001"))

    assert here.person_id != there.person_id


async def test_a_source_that_changes_a_persons_verified_id_is_not_believed(database: Database) -> None:
    await recognised(database, seen())

    with pytest.raises(IdentityChanged):
        await recognised(database, seen(replace(HOA, personal_id="099184000012")))


async def test_a_new_name_or_a_missing_id_does_not_make_a_known_link_a_stranger(database: Database) -> None:
    hoa = await recognised(database, seen())

    married = await recognised(database, seen(replace(HOA, name="Nguyễn Thị Hòa Bình")))
    silent = await recognised(database, seen(replace(HOA, personal_id=None)))

    assert hoa.person_id == married.person_id == silent.person_id


@pytest.mark.parametrize("personal_id", [None, HOA.personal_id], ids=["without an ID", "with hers"])
async def test_another_human_behind_a_known_identifier_is_not_let_in(
    database: Database, personal_id: str | None
) -> None:
    hoa = await recognised(database, seen())
    binh = PivotIdentity(name="Trần Văn Bình", birthdate="1951", personal_id=personal_id)

    for _ in range(2):
        with pytest.raises(IdentityChanged):
            await recognised(database, seen(binh))

    assert (await recognised(database, seen())).person_id == hoa.person_id
    by_insurance = await recognised(database, seen(source="social-insurance", subject="i-9"))
    assert (by_insurance.person_id, by_insurance.decision) == (hoa.person_id, "LINK")


async def test_a_changed_id_is_noticed_after_logins_that_left_it_out(database: Database) -> None:
    await recognised(database, seen())
    await recognised(database, seen(replace(HOA, personal_id=None)))

    with pytest.raises(IdentityChanged):
        await recognised(database, seen(replace(HOA, personal_id="099184000012")))


async def test_an_id_that_came_later_is_held_to_as_well(database: Database) -> None:
    hoa = await recognised(database, seen(replace(HOA, personal_id=None)))
    assert (await recognised(database, seen())).person_id == hoa.person_id

    with pytest.raises(IdentityChanged):
        await recognised(database, seen(replace(HOA, personal_id="099184000012")))


@pytest.mark.parametrize(
    "silent",
    [
        pytest.param(replace(HOA, personal_id=None), id="no ID"),
        pytest.param(replace(HOA, name=""), id="no name"),
        pytest.param(replace(HOA, birthdate=""), id="no birth date"),
        pytest.param(replace(HOA, birthdate="1984"), id="the year alone"),
        pytest.param(replace(HOA, name="NGUYEN THI HOA"), id="a name without marks"),
        pytest.param(PivotIdentity(name="", birthdate=""), id="nothing"),
    ],
)
async def test_a_login_that_says_less_takes_no_evidence_away(database: Database, silent: PivotIdentity) -> None:
    by_tax = await recognised(database, seen())
    await recognised(database, seen(silent))

    by_insurance = await recognised(database, seen(source="social-insurance", subject="i-9"))

    assert (by_insurance.decision, by_insurance.person_id) == ("LINK", by_tax.person_id)


async def test_a_corrected_name_is_what_the_next_source_is_compared_with(database: Database) -> None:
    by_tax = await recognised(database, seen())
    corrected = replace(HOA, name="Nguyễn Thị Hòa Bình")
    await recognised(database, seen(corrected))

    by_insurance = await recognised(database, seen(corrected, source="social-insurance", subject="i-9"))

    assert (by_insurance.decision, by_insurance.person_id) == ("LINK", by_tax.person_id)


async def test_twenty_logins_with_a_correction_at_once_all_come_in(database: Database) -> None:
    hoa = await recognised(database, seen())
    corrected = seen(replace(HOA, name="Nguyễn Thị Hòa Bình"))

    found = await asyncio.gather(*(recognised(database, corrected) for _ in range(20)))

    assert {one.person_id for one in found} == {hoa.person_id}


async def test_the_record_is_sealed_anew_under_the_active_master_key(database: Database) -> None:
    await recognised(database, seen())
    rotated = Vault([("k2", bytes(32)), ("k1", MASTER_KEY)])

    await recognised(database, seen(), keys=rotated)

    (row,) = await database.fetch_all("SELECT identity_sealed FROM identity_link")
    assert isinstance(row["identity_sealed"], bytes)
    assert rotated.is_active(row["identity_sealed"])


@pytest.mark.parametrize("source", ["tax", "social-insurance"])
async def test_a_locked_person_is_locked_through_every_source(database: Database, source: str) -> None:
    hoa = await recognised(database, seen())
    await database.commit(Statement("UPDATE person SET status = 'locked' WHERE id = $1", (hoa.person_id,)))

    with pytest.raises(PersonNotActive):
        await recognised(database, seen(source=source, subject="t-1" if source == "tax" else "i-9"))


async def test_a_number_unused_for_half_a_year_inherits_nothing(database: Database) -> None:
    holder = PivotIdentity(name="", birthdate="", phone_number="+84530000001")
    number = seen(holder, source="mobile", subject="+84530000001", forgotten_after=_HALF_A_YEAR)
    first = await recognised(database, number)

    in_time = await recognised(database, number, now=NOW + _HALF_A_YEAR)
    too_late = await recognised(database, number, now=NOW + 2 * _HALF_A_YEAR + 1)
    later = await recognised(database, number, now=NOW + 2 * _HALF_A_YEAR + 2)

    assert in_time.person_id == first.person_id
    assert too_late.person_id == later.person_id != first.person_id
    statuses = [str(row["status"]) for row in await database.fetch_all("SELECT status FROM identity_link")]
    assert sorted(statuses) == ["proven", "superseded"]


async def test_a_locked_holder_of_a_stale_number_does_not_lock_its_new_holder(database: Database) -> None:
    number = seen(PivotIdentity(name="", birthdate=""), source="mobile", subject="+84530000001", forgotten_after=10)
    first = await recognised(database, number)
    await database.commit(Statement("UPDATE person SET status = 'locked' WHERE id = $1", (first.person_id,)))

    assert (await recognised(database, number, now=NOW + 11)).person_id != first.person_id


NUMBER = "+84530000001"
_DAY = 86_400


async def test_a_number_that_was_vouched_for_meanwhile_leads_to_nobody_before(database: Database) -> None:
    bare = seen(PivotIdentity(name="", birthdate=""), source="mobile", subject=NUMBER, forgotten_after=_HALF_A_YEAR)
    vouched = seen(source="mobile", subject=f"{NUMBER} S-7", supersedes=(NUMBER,))
    first = await recognised(database, bare)

    subscriber = await recognised(database, vouched, now=NOW + 50 * _DAY)
    third = await recognised(database, bare, now=NOW + 120 * _DAY)
    again = await recognised(database, bare, now=NOW + 121 * _DAY)

    assert len({first.person_id, subscriber.person_id, third.person_id}) == 3
    assert again.person_id == third.person_id
    assert (await recognised(database, vouched, now=NOW + 122 * _DAY)).person_id == subscriber.person_id


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"source": "other-mobile", "subject": NUMBER}, id="at another source"),
        pytest.param({"source": "mobile", "subject": "+84530000002"}, id="of another number"),
        pytest.param({"source": "mobile", "subject": f"{NUMBER} S-6"}, id="of another subscriber"),
    ],
)
async def test_a_vouched_number_supersedes_no_other_link(database: Database, other: dict[str, Any]) -> None:
    bare = seen(PivotIdentity(name="", birthdate=""), **other)
    first = await recognised(database, bare)

    await recognised(database, seen(source="mobile", subject=f"{NUMBER} S-7", supersedes=(NUMBER,)))

    assert (await recognised(database, bare)).person_id == first.person_id


async def test_a_link_made_under_an_older_master_key_is_superseded_too(database: Database) -> None:
    bare = seen(PivotIdentity(name="", birthdate=""), source="mobile", subject=NUMBER)
    first = await recognised(database, bare)
    rotated = Vault([("k2", bytes(32)), ("k1", MASTER_KEY)])

    await recognised(database, seen(source="mobile", subject=f"{NUMBER} S-7", supersedes=(NUMBER,)), keys=rotated)

    assert (await recognised(database, bare, keys=rotated)).person_id != first.person_id


async def test_a_person_whose_only_link_was_superseded_can_still_come_in(database: Database) -> None:
    number = seen(source="mobile", subject="+84530000001", forgotten_after=10)
    first = await recognised(database, number)

    back = await recognised(database, number, now=NOW + 11)
    by_tax = await recognised(database, seen(), now=NOW + 12)

    assert back.person_id == by_tax.person_id == first.person_id


async def test_twenty_first_logins_at_once_through_two_sources_are_one_person(
    database: Database, database_url: str
) -> None:
    other = open_database(database_url)
    results = [
        recognised(
            database if number % 2 else other,
            seen() if number % 4 < 2 else seen(source="social-insurance", subject="i-9"),
        )
        for number in range(20)
    ]

    found = await asyncio.gather(*results)
    await other.close()

    assert len({one.person_id for one in found}) == 1
    assert await count(database, "person") == 1
    assert await count(database, "identity_link") == 2
    assert await count(database, "identity_anchor") == 1


async def test_the_links_are_found_again_after_the_master_key_was_rotated(database: Database) -> None:
    rotated = Vault([("k2", bytes(32)), ("k1", MASTER_KEY)])
    hoa = await recognised(database, seen())

    same = await recognised(database, seen(), keys=rotated)
    linked = await recognised(database, seen(source="social-insurance", subject="i-9"), keys=rotated)

    assert hoa.person_id == same.person_id == linked.person_id


async def test_nothing_of_the_person_is_readable_in_the_rows_or_the_events(database: Database) -> None:
    await recognised(database, seen())
    await recognised(database, seen(source="social-insurance", subject="subject-canary"))

    rows = [
        row
        for table in ("person", "identity_link", "identity_anchor", "audit_entry")
        for row in await database.fetch_all(f"SELECT * FROM {table}")
    ]
    stored = b"".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row.values()
    )

    for canary in ("Nguyễn", "099184000011", "1984-03-12", "subject-canary", "Nam Định"):
        assert canary.encode() not in stored, canary
