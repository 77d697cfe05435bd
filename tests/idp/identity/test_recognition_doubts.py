"""What is likely or doubtful: a person apart, a link proposed, a case for whoever settles it, a number withheld."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from idp.identity.channels import Channel, ChannelKind
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.recognising import (
    IdentityChanged,
    LinkNotUsable,
    PersonNotActive,
    RecognitionContended,
    SourceBlocked,
    Told,
    recognise,
)
from idp.identity.succession.supersessions import recorded_pair
from idp.storage.database import Database, Insert, Row, Statement, Write
from idp.storage.vault import Vault
from tests.idp.identity.test_recognition import HOA, count, recognised, seen
from tests.support.sources import MASTER_KEY, NOW, vault

UNNUMBERED = replace(HOA, personal_id=None)
_DAY = 86_400


def insurance(identity: PivotIdentity = HOA, subject: str = "i-9", **overrides: Any) -> Any:
    return seen(identity, source="social-insurance", subject=subject, **overrides)


async def cases(database: Database) -> list[Row]:
    return list(await database.fetch_all("SELECT * FROM linking_case ORDER BY created_at, id"))


async def events(database: Database, name: str) -> list[dict[str, Any]]:
    rows = await database.fetch_all("SELECT detail FROM audit_entry WHERE event = $1", name)
    return [json.loads(str(row["detail"])) for row in rows]


async def status_of(database: Database, link_id: str) -> str:
    row = await database.fetch_row("SELECT status FROM identity_link WHERE id = $1", link_id)
    assert row is not None
    return str(row["status"])


async def test_a_likely_person_is_a_case_to_prove_and_nothing_is_joined(database: Database) -> None:
    hoa = await recognised(database, seen())

    likely = await recognised(database, insurance(UNNUMBERED))

    assert (likely.decision, likely.is_new_link, likely.differing) == ("PROVE", True, ("personal_id",))
    assert likely.person_id != hoa.person_id
    (case,) = await cases(database)
    assert (case["id"], case["kind"], case["person_id"], case["link_id"]) == (
        likely.case_id,
        "prove",
        likely.person_id,
        likely.link_id,
    )
    assert json.loads(str(case["candidate_ids"])) == [hoa.person_id]
    assert await status_of(database, likely.link_id) == "proposed"
    assert not likely.withholds_personal_id


async def test_two_upstream_people_with_one_number_are_two_and_only_the_first_may_show_it(database: Database) -> None:
    hoa = await recognised(database, seen())

    other = await recognised(database, seen(replace(HOA, name="Trần Văn Bình", gender="male"), subject="t-2"))
    again = await recognised(database, seen(replace(HOA, name="Trần Văn Bình", gender="male"), subject="t-2"))

    assert (other.decision, other.withholds_personal_id) == ("REVIEW", True)
    assert set(other.differing) == {"name", "sex", "personal_id"}
    assert (again.decision, again.case_id, again.withholds_personal_id) == ("KNOWN", other.case_id, True)
    assert again.person_id == other.person_id != hoa.person_id
    assert not (await recognised(database, seen())).withholds_personal_id
    assert await count(database, "identity_anchor") == 1


async def test_a_tolerated_difference_joins_and_is_named(database: Database) -> None:
    hoa = await recognised(database, seen())

    joined = await recognised(database, insurance(replace(HOA, name="NGUYEN THI HOA", birthdate="1984")))

    assert (joined.decision, joined.person_id) == ("LINK_TOL", hoa.person_id)
    assert joined.tolerated == ("name", "birthdate")
    assert sorted(event["decision"] for event in await events(database, "source.linked")) == ["LINK_TOL", "NEW"]
    assert not await cases(database)


async def test_a_new_link_is_told_on_the_channels_known_before_in_the_same_commit(database: Database) -> None:
    known = replace(HOA, phone_number="+84530000001", email="hoa@example.vn")
    hoa = await recognised(database, seen(known))
    told: list[Told] = []

    def tell(what: Told) -> list[Write]:
        told.append(what)
        return [Insert("counter", {"key_hash": b"told", "value": 1, "expires_at": NOW})]

    joined = await recognise(
        database, vault(), insurance(replace(HOA, phone_number="+84530000002")), now=NOW, tell=tell
    )

    (notice,) = told
    assert (notice.person_id, notice.link_id, notice.source_id) == (
        hoa.person_id,
        joined.link_id,
        "social-insurance",
    )
    assert notice.channels == (
        Channel(ChannelKind.SMS, "+84530000001"),
        Channel(ChannelKind.EMAIL, "hoa@example.vn"),
    )
    assert await count(database, "counter") == 1


async def test_a_notice_that_cannot_be_written_makes_no_link(database: Database) -> None:
    await recognised(database, seen())
    clash = Insert("person", {"id": "taken", "status": "active", "created_at": NOW})
    await database.commit(clash)

    with pytest.raises(RecognitionContended):
        await recognise(database, vault(), insurance(), now=NOW, tell=lambda _: [clash])

    assert await count(database, "identity_link") == 1


async def test_homonyms_are_for_people_to_review_and_never_joined(database: Database) -> None:
    first = await recognised(database, seen())
    second = await recognised(database, seen(replace(HOA, personal_id="099184000999"), subject="t-2"))

    third = await recognised(database, insurance(UNNUMBERED))

    assert second.decision == "NEW"
    assert third.decision == "REVIEW"
    (case,) = await cases(database)
    assert set(json.loads(str(case["candidate_ids"]))) == {first.person_id, second.person_id}


async def test_a_crowd_of_homonyms_hides_nobody_who_holds_the_number(database: Database) -> None:
    hoa = await recognised(database, seen())
    year = replace(HOA, birthdate="1984", personal_id=None, birthplace=None)
    for number in range(30):
        await recognised(database, insurance(year, subject=f"crowd-{number}"))

    joined = await recognised(database, seen(source="register", subject="r-1"))
    one_of_many = await recognised(database, seen(year, source="register", subject="r-2"))

    assert (joined.decision, joined.person_id) == ("LINK", hoa.person_id)
    assert one_of_many.decision == "REVIEW"


async def test_a_person_one_of_whose_records_disagrees_is_joined_by_nobody(database: Database) -> None:
    hoa = await recognised(database, seen())
    by_phone = await recognised(database, seen(replace(UNNUMBERED, name="Trần Văn Bình"), source="mobile"))
    await database.commit(
        Statement("UPDATE identity_link SET person_id = $1 WHERE id = $2", (hoa.person_id, by_phone.link_id))
    )

    doubtful = await recognised(database, insurance())

    assert doubtful.decision == "REVIEW"
    assert doubtful.withholds_personal_id


async def test_a_record_that_says_nothing_keeps_nobody_from_being_joined(database: Database) -> None:
    hoa = await recognised(database, seen())
    phone = await recognised(database, seen(PivotIdentity(name="", birthdate=""), source="mobile"))
    await database.commit(
        Statement("UPDATE identity_link SET person_id = $1 WHERE id = $2", (hoa.person_id, phone.link_id))
    )

    assert (await recognised(database, insurance())).person_id == hoa.person_id


@pytest.mark.parametrize("status", ["frozen", "disputed", "mismatch", "removed", "superseded"])
async def test_a_stopped_link_lets_nobody_in(database: Database, status: str) -> None:
    hoa = await recognised(database, seen())
    await database.commit(Statement("UPDATE identity_link SET status = $1 WHERE id = $2", (status, hoa.link_id)))

    with pytest.raises(LinkNotUsable) as refused:
        await recognised(database, seen())

    assert (refused.value.person_id, refused.value.link_id, refused.value.status) == (
        hoa.person_id,
        hoa.link_id,
        status,
    )


async def test_a_person_all_of_whose_links_are_stopped_is_joined_by_nobody(database: Database) -> None:
    hoa = await recognised(database, seen())
    await database.commit(Statement("UPDATE identity_link SET status = 'disputed' WHERE id = $1", (hoa.link_id,)))

    assert (await recognised(database, insurance())).decision == "REVIEW"


async def test_a_number_whose_holder_closed_their_account_is_free(database: Database) -> None:
    hoa = await recognised(database, seen())
    await database.commit(Statement("UPDATE person SET status = 'closed' WHERE id = $1", (hoa.person_id,)))

    back = await recognised(database, insurance())
    third = await recognised(database, seen(source="register", subject="r-1"))

    assert (back.decision, back.withholds_personal_id) == ("NEW", False)
    assert back.person_id != hoa.person_id
    assert third.person_id == back.person_id


async def block(database: Database, person_id: str, source_id: str) -> None:
    await database.commit(Insert("source_block", {"person_id": person_id, "source_id": source_id, "blocked_at": NOW}))


async def test_a_blocked_source_lets_its_owner_in_neither_by_the_link_nor_by_a_new_one(database: Database) -> None:
    hoa = await recognised(database, seen())
    await block(database, hoa.person_id, "tax")

    for subject in ("t-1", "t-2"):
        with pytest.raises(SourceBlocked) as refused:
            await recognised(database, seen(subject=subject))
        assert refused.value.person_id == hoa.person_id
    assert (await recognised(database, insurance())).person_id == hoa.person_id


async def test_a_block_of_every_source_stops_those_without_a_usable_link(database: Database) -> None:
    hoa = await recognised(database, seen())
    await block(database, hoa.person_id, "*")

    assert (await recognised(database, seen())).person_id == hoa.person_id
    assert (await recognised(database, seen(subject="t-2"))).person_id == hoa.person_id
    with pytest.raises(SourceBlocked):
        await recognised(database, insurance())
    assert await count(database, "identity_link") == 2


async def test_somebody_who_resembles_a_locked_person_does_not_learn_it(database: Database) -> None:
    hoa = await recognised(database, seen())
    await database.commit(Statement("UPDATE person SET status = 'locked' WHERE id = $1", (hoa.person_id,)))

    assert (await recognised(database, insurance(UNNUMBERED))).decision == "PROVE"
    with pytest.raises(PersonNotActive) as refused:
        await recognised(database, insurance(subject="i-10"))
    assert (refused.value.person_id, refused.value.status) == (hoa.person_id, "locked")


async def test_a_number_that_comes_later_makes_the_person_its_holder(database: Database) -> None:
    hoa = await recognised(database, seen(UNNUMBERED))

    later = await recognised(database, seen())
    joined = await recognised(database, insurance())

    assert (later.person_id, later.decision, later.withholds_personal_id) == (hoa.person_id, "KNOWN", False)
    assert joined.person_id == hoa.person_id
    assert await status_of(database, hoa.link_id) == "register-confirmed"
    (change,) = await events(database, "link.changed")
    assert (change["from_status"], change["to_status"], change["by"]) == ("proven", "register-confirmed", "source")


@pytest.mark.parametrize(
    ("told", "decision"),
    [
        pytest.param({}, "PROVE", id="of somebody just like them"),
        pytest.param({"name": "Trần Thị Mai"}, "REVIEW", id="of somebody else"),
    ],
)
async def test_a_late_number_of_another_person_joins_nobody(
    database: Database, told: dict[str, Any], decision: str
) -> None:
    other = replace(UNNUMBERED, **told)
    somebody = await recognised(database, insurance(other))
    hoa = await recognised(database, seen(subject="t-9"))
    before = await count(database, "linking_case")

    late = await recognised(database, insurance(replace(other, personal_id=HOA.personal_id)))
    again = await recognised(database, insurance(replace(other, personal_id=HOA.personal_id)))

    assert late.person_id == again.person_id == somebody.person_id != hoa.person_id
    assert (late.decision, late.withholds_personal_id) == (decision, True)
    assert (again.decision, again.withholds_personal_id) == ("KNOWN", True)
    assert late.case_id is not None
    assert again.case_id == late.case_id
    assert await count(database, "linking_case") == before + 1
    assert await status_of(database, somebody.link_id) == "proposed"


async def test_a_late_number_of_somebody_kept_apart_is_withheld_without_a_case(database: Database) -> None:
    somebody = await recognised(database, insurance(replace(UNNUMBERED, name="Trần Thị Mai")))
    hoa = await recognised(database, seen())
    one, other = sorted((somebody.person_id, hoa.person_id))
    await database.commit(
        Insert("kept_apart", {"person_a": one, "person_b": other, "case_id": "c-1", "decided_at": NOW})
    )

    late = await recognised(database, insurance(replace(HOA, name="Trần Thị Mai")))

    assert (late.decision, late.case_id, late.withholds_personal_id) == ("KNOWN", None, True)


async def test_a_late_number_that_is_not_the_persons_other_one_stops_the_link(database: Database) -> None:
    hoa = await recognised(database, seen())
    phone = await recognised(database, seen(replace(UNNUMBERED, name="Nguyễn Thị Hòa"), source="mobile"))
    await database.commit(
        Statement("UPDATE identity_link SET person_id = $1 WHERE id = $2", (hoa.person_id, phone.link_id))
    )

    for _ in range(2):
        with pytest.raises(LinkNotUsable) as refused:
            await recognised(database, seen(replace(HOA, personal_id="099184000999"), source="mobile"))

    assert refused.value.status == "mismatch"
    assert await status_of(database, phone.link_id) == "mismatch"


REISSUED = replace(HOA, gender="male", personal_id="099084000777")


async def supersede(database: Database, keys: Vault | None = None) -> None:
    assert HOA.personal_id
    assert REISSUED.personal_id
    await database.commit(*recorded_pair(keys or vault(), HOA.personal_id, REISSUED.personal_id, now=NOW))


async def test_a_number_that_was_reissued_leads_to_the_same_person(database: Database) -> None:
    hoa = await recognised(database, seen())
    await supersede(database)

    joined = await recognised(database, insurance(REISSUED))
    known = await recognised(database, seen(replace(HOA, personal_id=REISSUED.personal_id)))

    assert (joined.decision, joined.person_id) == ("LINK", hoa.person_id)
    assert (known.decision, known.person_id, known.withholds_personal_id) == ("KNOWN", hoa.person_id, False)
    assert await events(database, "identity.corrected") == [{"link_id": hoa.link_id, "corrected": ["personal_id"]}]


async def test_without_the_succession_on_file_the_reissued_number_is_somebody_elses(database: Database) -> None:
    hoa = await recognised(database, seen())

    assert (await recognised(database, insurance(REISSUED))).person_id != hoa.person_id
    with pytest.raises(IdentityChanged):
        await recognised(database, seen(replace(HOA, personal_id=REISSUED.personal_id)))


async def test_a_succession_holds_across_a_change_of_master_keys(database: Database) -> None:
    hoa = await recognised(database, seen())
    await supersede(database)
    rotated = Vault([("k2", bytes(32)), ("k1", MASTER_KEY)])

    assert (await recognised(database, insurance(REISSUED), keys=rotated)).person_id == hoa.person_id


async def test_two_corrections_in_two_logins_are_no_less_than_two_at_once(database: Database) -> None:
    await recognised(database, seen())
    renamed = replace(HOA, name="Trần Thị Mai")
    await recognised(database, seen(renamed), now=NOW + _DAY)

    with pytest.raises(IdentityChanged):
        await recognised(database, seen(replace(renamed, birthdate="1951-05-20")), now=NOW + 2 * _DAY)
    with pytest.raises(IdentityChanged):
        await recognised(database, seen(replace(renamed, gender="male")), now=NOW + 30 * _DAY)

    assert (await recognised(database, seen(renamed), now=NOW + 3 * _DAY)).decision == "KNOWN"
    assert await events(database, "identity.corrected") == [
        {"link_id": (await recognised(database, seen(renamed))).link_id, "corrected": ["name"]}
    ]


async def test_a_correction_long_after_another_is_one_correction(database: Database) -> None:
    hoa = await recognised(database, seen())
    renamed = replace(HOA, name="Nguyễn Thị Hòa Bình")
    await recognised(database, seen(renamed), now=NOW + _DAY)

    later = await recognised(database, seen(replace(renamed, birthdate="1984-12-03")), now=NOW + 32 * _DAY)

    assert later.person_id == hoa.person_id


async def test_a_corrected_record_is_found_under_its_new_keys_only(database: Database) -> None:
    await recognised(database, seen(UNNUMBERED))
    renamed = replace(UNNUMBERED, name="Nguyễn Thị Hòa Bình")
    await recognised(database, seen(renamed))

    assert (await recognised(database, insurance(renamed))).decision == "PROVE"
    assert (await recognised(database, seen(UNNUMBERED, source="register", subject="r"))).decision != "PROVE"


async def test_an_account_that_waits_for_its_victim_gets_nothing(database: Database) -> None:
    """Somebody registered first with a victim's name and birth date, at a source that verifies no number."""
    attacker = await recognised(database, seen(UNNUMBERED, source="loose", subject="attacker"))

    victim = await recognised(database, seen())
    by_insurance = await recognised(database, insurance())
    back = await recognised(database, seen(UNNUMBERED, source="loose", subject="attacker"))

    assert victim.decision == "PROVE"
    assert not victim.withholds_personal_id
    assert by_insurance.person_id == victim.person_id != attacker.person_id
    assert back.person_id == attacker.person_id


async def test_a_claim_to_a_victims_number_does_not_keep_the_victim_from_being_joined(database: Database) -> None:
    victim = await recognised(database, seen())
    await recognised(database, seen(replace(HOA, birthdate="1984-12-03"), source="loose", subject="attacker"))

    by_insurance = await recognised(database, insurance())

    assert (by_insurance.decision, by_insurance.person_id) == ("LINK", victim.person_id)


async def test_a_recycled_phone_inherits_neither_person_nor_record(database: Database) -> None:
    holder = replace(HOA, phone_number="+84530000001")
    former = await recognised(database, seen(holder, source="mobile", subject="+84530000001 S-1"))
    stranger = replace(HOA, name="Lê Văn Tám", gender="male", birthdate="1990-01-02", personal_id="099090000123")

    new_holder = await recognised(
        database,
        seen(replace(stranger, phone_number="+84530000001"), source="mobile", subject="+84530000001 S-2"),
    )

    assert (new_holder.decision, new_holder.case_id) == ("NEW", None)
    assert new_holder.person_id != former.person_id


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Hoa", id="one token"),
        pytest.param("Tôn Nữ Công Tằng Thị Ninh Giang", id="seven tokens"),
        pytest.param(("Nguyễn " * 40)[:200].strip(), id="200 characters"),
        pytest.param("H' Hen Niê", id="apostrophe"),
        pytest.param("Nguye\u0302\u0303n Thi\u0323 Ho\u0300a", id="combining marks"),
        pytest.param("\u202eNguyễn Thị Hòa\u202c", id="right-to-left marks"),
    ],
)
async def test_names_of_every_shape_are_known_again_and_joined(database: Database, name: str) -> None:
    identity = replace(HOA, name=name)
    first = await recognised(database, seen(identity))

    assert (await recognised(database, seen(identity))).decision == "KNOWN"
    assert (await recognised(database, insurance(identity))).person_id == first.person_id


async def test_first_logins_of_workers_with_different_active_keys_meet_at_one_person(database: Database) -> None:
    mine = Vault([("k1", MASTER_KEY), ("k2", bytes(32))])
    theirs = Vault([("k2", bytes(32)), ("k1", MASTER_KEY)])
    nameless = seen(PivotIdentity(name="", birthdate=""), source="mobile", subject="+84530000001")

    found = await asyncio.gather(
        *(recognised(database, nameless, keys=mine if number % 2 else theirs) for number in range(20))
    )

    assert len({one.person_id for one in found}) == 1
    assert await count(database, "person") == 1


async def test_an_identifier_that_was_given_up_a_moment_ago_begins_anew(database: Database) -> None:
    nameless = seen(PivotIdentity(name="", birthdate=""), source="mobile", subject="+84530000001")
    first = await recognised(database, nameless)
    await database.commit(
        Statement(
            "UPDATE identity_link SET status = 'removed', source_subject_index = $1 WHERE id = $2",
            (bytes(32), first.link_id),
        )
    )

    assert (await recognised(database, nameless)).person_id != first.person_id


async def test_a_link_that_was_removed_is_found_by_nobody(database: Database) -> None:
    hoa = await recognised(database, seen(UNNUMBERED))
    await database.commit(Statement("UPDATE identity_link SET status = 'removed' WHERE id = $1", (hoa.link_id,)))

    assert (await recognised(database, insurance(UNNUMBERED))).decision == "NEW"
