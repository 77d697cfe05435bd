"""Master keys rotate while people log in: nobody is refused, nobody doubled, and then the old key may go."""

import asyncio
import json
from dataclasses import replace

import pytest

from idp.identity.link_records import LinkRecord, seal_record, sealed_for
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.recognising import Recognised
from idp.identity.reindexing import Reindexed, reindex
from idp.identity.succession.supersessions import recorded_pair
from idp.storage.database import Database, Statement
from idp.storage.open import open_database
from idp.storage.vault import Vault
from tests.idp.identity.test_recognition import HOA, count, recognised, seen
from tests.support.sources import MASTER_KEY, NOW

OLD = Vault([("k1", MASTER_KEY)])
BOTH = Vault([("k2", bytes(32)), ("k1", MASTER_KEY)])
NEW = Vault([("k2", bytes(32))])
REISSUED = "099084000777"
UNNUMBERED = PivotIdentity(name="Trần Văn Đức", birthdate="1979-11-02", gender="male", birthplace="Thái Bình")


async def reindexed(database: Database) -> Reindexed:
    return await reindex(database, BOTH, tell=lambda table, rows: None)


async def settled(database: Database) -> Reindexed:
    while (done := await reindexed(database)).links.changed or done.successions.changed:
        pass
    return done


async def old_people(database: Database) -> tuple[Recognised, Recognised]:
    """Two of before the rotation: one with a number that was re-issued, one without any."""
    assert HOA.personal_id
    await database.commit(*recorded_pair(OLD, HOA.personal_id, REISSUED, now=NOW))
    hoa = await recognised(database, seen(), keys=OLD)
    duc = await recognised(database, seen(UNNUMBERED, subject="t-2"), keys=OLD)
    return hoa, duc


async def test_whatever_led_to_a_person_leads_to_them_without_the_old_key(database: Database) -> None:
    hoa, duc = await old_people(database)

    done = await settled(database)

    assert (await recognised(database, seen(), keys=NEW)).decision == "KNOWN"
    assert (
        await recognised(database, seen(source="social-insurance", subject="i-1"), keys=NEW)
    ).person_id == hoa.person_id
    reissued = replace(HOA, personal_id=REISSUED, gender="male")
    assert (await recognised(database, seen(reissued, source="r", subject="r"), keys=NEW)).person_id == hoa.person_id
    likely = await recognised(database, seen(UNNUMBERED, source="social-insurance", subject="i-2"), keys=NEW)
    assert (likely.decision, likely.person_id != duc.person_id) == ("PROVE", True)
    assert not (await recognised(database, seen(), keys=NEW)).withholds_personal_id
    assert (done.unknown_identifiers, done.links.unreadable) == (0, 0)


async def test_nothing_of_the_old_key_is_left_and_a_second_turn_finds_nothing_to_do(database: Database) -> None:
    await old_people(database)
    await settled(database)

    links = await database.fetch_all("SELECT identity_sealed FROM identity_link")
    assert all(NEW.is_active(bytes(row["identity_sealed"] or b"")) for row in links)  # type: ignore[arg-type]  # bytes
    assert await count(database, "identity_anchor") == 1
    assert await count(database, "superseded_personal_id") == 1
    again = await reindexed(database)
    assert (again.links.changed, again.successions.changed) == (0, 0)


async def test_an_identifier_that_was_given_up_is_not_given_back(database: Database) -> None:
    phone = seen(PivotIdentity(name="", birthdate=""), source="mobile", subject="+84530000001")
    former = await recognised(database, phone, keys=OLD)
    await recognised(
        database,
        seen(HOA, source="mobile", subject="+84530000001 S-7", supersedes=("+84530000001",)),
        keys=OLD,
    )

    await settled(database)

    assert (await recognised(database, phone, keys=NEW)).person_id != former.person_id


async def test_a_link_of_before_identifiers_were_kept_is_waited_for(database: Database) -> None:
    hoa = await recognised(database, seen(), keys=OLD)
    sealed = seal_record(OLD, LinkRecord(identity=HOA), link_id=hoa.link_id)
    await database.commit(Statement("UPDATE identity_link SET identity_sealed = $1", (sealed,)))

    before = await settled(database)
    await recognised(database, seen(), keys=BOTH)
    after = await settled(database)

    assert (before.unknown_identifiers, after.unknown_identifiers) == (1, 0)
    assert (await recognised(database, seen(), keys=NEW)).person_id == hoa.person_id


async def test_a_row_no_key_opens_stops_nobody_elses(database: Database) -> None:
    stranger = Vault([("k9", bytes([9]) * 32)])
    await recognised(database, seen(), keys=stranger)
    hoa = await recognised(database, seen(subject="t-2"), keys=OLD)

    done = await settled(database)

    assert done.links.unreadable == 1
    assert (await recognised(database, seen(subject="t-2"), keys=NEW)).person_id == hoa.person_id


async def test_logins_go_on_while_everything_is_sealed_anew(database: Database, database_url: str) -> None:
    known = [replace(HOA, personal_id=f"0991840{number:05d}") for number in range(40)]
    people = [
        (await recognised(database, seen(one, subject=f"t-{position}"), keys=OLD)).person_id
        for position, one in enumerate(known)
    ]
    other = open_database(database_url)

    async def logins(position: int, worker: Database) -> list[str]:
        """The same person at the source they came by, and for the first time at another one, and again."""
        one = known[position]
        found = []
        for source, subject in (("tax", f"t-{position}"), ("insurance", f"i-{position}")) * 2:
            login = await recognised(worker, seen(one, source=source, subject=subject), keys=BOTH)
            found.append(login.person_id)
            # A correction is what changes match keys and the sealed record.
            corrected = replace(one, birthplace="Hà Nam")
            found.append(
                (await recognised(worker, seen(corrected, source=source, subject=subject), keys=BOTH)).person_id
            )
        return found

    rotating = asyncio.create_task(settled(database))
    found = await asyncio.gather(*(logins(position, other if position % 2 else database) for position in range(40)))
    await rotating
    await settled(database)
    await other.close()

    assert [set(logged_in) for logged_in in found] == [{person} for person in people]
    assert await count(database, "person") == 40
    for position, person in enumerate(people):
        one = known[position]
        assert (await recognised(database, seen(one, subject=f"t-{position}"), keys=NEW)).person_id == person
        assert (
            await recognised(database, seen(one, source="r", subject=f"r-{position}"), keys=NEW)
        ).person_id == person


@pytest.mark.parametrize("round_", range(3))
async def test_first_logins_during_the_rotation_make_one_person_each(
    database: Database, database_url: str, round_: int
) -> None:
    other = open_database(database_url)
    await old_people(database)
    newcomer = replace(HOA, name="Lê Thị Mới", personal_id=f"09918400{round_}123")

    logins = [
        recognised(
            other if number % 2 else database,
            seen(newcomer, source=f"source-{number % 4}", subject=f"s-{number % 4}"),
            keys=BOTH,
        )
        for number in range(16)
    ]
    found, _ = await asyncio.gather(asyncio.gather(*logins), settled(database))
    await settled(database)
    await other.close()

    assert len({one.person_id for one in found}) == 1
    assert await count(database, "person") == 3
    assert (await recognised(database, seen(newcomer, source="n", subject="n"), keys=NEW)).person_id == found[
        0
    ].person_id


async def as_release_0_1_left_it(database: Database, link_id: str) -> None:
    """A bare identity under the seal, no match keys, the number held by one row."""
    sealed = OLD.seal(json.dumps(HOA.to_json()).encode(), row=sealed_for(link_id))
    await database.commit(
        Statement("UPDATE identity_link SET identity_sealed = $1", (sealed,)),
        Statement("DELETE FROM match_key WHERE link_id = $1", (link_id,)),
    )


async def test_a_link_of_before_match_keys_gets_its_own_from_one_turn(database: Database) -> None:
    hoa = await recognised(database, seen(), keys=OLD)
    await as_release_0_1_left_it(database, hoa.link_id)

    done = await reindex(database, OLD, tell=lambda table, rows: None)

    likely = await recognised(database, seen(replace(HOA, personal_id=None), source="r", subject="r"), keys=OLD)
    assert (done.links.changed, likely.decision) == (1, "PROVE")


async def test_a_link_of_before_match_keys_gets_its_own_from_its_next_login(database: Database) -> None:
    hoa = await recognised(database, seen(), keys=OLD)
    await as_release_0_1_left_it(database, hoa.link_id)

    assert (await recognised(database, seen(), keys=OLD)).person_id == hoa.person_id

    likely = await recognised(database, seen(replace(HOA, personal_id=None), source="r", subject="r"), keys=OLD)
    assert likely.decision == "PROVE"
