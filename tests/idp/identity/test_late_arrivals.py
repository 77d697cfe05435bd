"""What a login adds to somebody known, and a merge in the same moment: neither overlooks the other."""

from dataclasses import replace

import pytest

from idp.identity.merging.merge import MergeBasis, MergeRefused, merge_people
from idp.identity.recognition.recognised import Recognised
from idp.identity.recognition.recognising import recognise
from idp.identity.succession.supersessions import recorded_pair
from idp.storage.database import Database, Statement
from tests.idp.identity.test_recognition import HOA, recognised, seen
from tests.support.interposed import Interposed
from tests.support.population import Population
from tests.support.sources import NOW, vault

UNNUMBERED = replace(HOA, personal_id=None)
REISSUED = replace(HOA, personal_id="099184000999")


async def two_people(database: Database) -> tuple[Recognised, Recognised]:
    """The first one's source knew no number until now."""
    first = await recognise(database, vault(), seen(UNNUMBERED, source="mobile", subject="m-1"), now=NOW - 100)
    second = await recognise(database, vault(), seen(HOA), now=NOW)
    return first, second


async def merged(database: Database, first: Recognised, second: Recognised) -> None:
    population = Population(database)
    await merge_people(
        database,
        population.vault,
        population.find_client,
        first_id=first.person_id,
        second_id=second.person_id,
        basis=MergeBasis.PROOF_AT_BOTH_ENDS,
        case_id=second.case_id,
        by="citizen",
        now=NOW,
    )


async def test_a_number_that_comes_between_the_reading_and_the_merge_is_weighed(database: Database) -> None:
    first, second = await two_people(database)
    another = seen(REISSUED, source="mobile", subject="m-1")
    meanwhile = Interposed(database, before={1: lambda: recognise(database, vault(), another, now=NOW)})

    with pytest.raises(MergeRefused):
        await merged(meanwhile, first, second)
    assert await Population(database).rows("person_merge") == []


async def test_a_login_that_adds_something_to_a_link_that_moved_looks_again(database: Database) -> None:
    first, second = await two_people(database)
    corrected = seen(replace(HOA, birthplace="Tỉnh Nam Định"))
    meanwhile = Interposed(database, before={1: lambda: merged(database, first, second)})

    again = await recognise(meanwhile, vault(), corrected, now=NOW)

    assert (again.person_id, again.decision) == (first.person_id, "KNOWN")


async def test_a_plain_login_whose_link_moved_meanwhile_is_the_survivors(database: Database) -> None:
    first, second = await two_people(database)
    meanwhile = Interposed(database, before={1: lambda: merged(database, first, second)})

    again = await recognise(meanwhile, vault(), seen(HOA), now=NOW)

    assert (again.person_id, again.decision) == (first.person_id, "KNOWN")


async def test_a_link_left_on_somebody_merged_follows_at_the_next_login(database: Database) -> None:
    """The merge was committed, and nobody came to look what a login had added in its moment."""
    first, second = await two_people(database)
    await merged(database, first, second)
    await database.commit(
        Statement("UPDATE identity_link SET person_id = $1 WHERE id = $2", (second.person_id, second.link_id)),
    )
    await database.commit(Statement("UPDATE identity_anchor SET person_id = $1 WHERE 1 = 1", (second.person_id,)))

    by_number = await recognised(database, seen(source="register", subject="r-1"))
    again = await recognised(database, seen(HOA))

    assert (by_number.person_id, by_number.decision) == (first.person_id, "LINK")
    assert (again.person_id, again.decision, again.withholds_personal_id) == (first.person_id, "KNOWN", False)


async def test_a_number_that_took_the_place_of_another_is_its_persons_at_every_login(database: Database) -> None:
    hoa = await recognised(database, seen())
    await database.commit(*recorded_pair(vault(), HOA.personal_id or "", REISSUED.personal_id or "", now=NOW))

    by_insurance = seen(REISSUED, source="social-insurance", subject="i-9")
    logins = [await recognised(database, by_insurance) for _ in range(3)]
    elsewhere = await recognised(database, seen(REISSUED, source="register", subject="r-1"))

    assert [login.person_id for login in (*logins, elsewhere)] == [hoa.person_id] * 4
    assert [login.withholds_personal_id for login in (*logins, elsewhere)] == [False] * 4
    assert len(await Population(database).rows("identity_anchor", person_id=hoa.person_id)) == 2
