"""A link that its person stopped: it lets nobody in, and what it proved of them is not forgotten."""

from dataclasses import replace

import pytest

from idp.identity.links import LinkStatus, change_link
from idp.identity.merging.merge import MergeBasis, MergeRefusal, MergeRefused, merge_people
from idp.identity.recognition.recognised import IdentityChanged, LinkNotUsable, Recognised, Told
from idp.identity.recognition.recognising import recognise
from idp.storage.database import Database, Write
from tests.idp.identity.test_recognition import HOA, recognised, seen
from tests.support.population import Population
from tests.support.sources import NOW, vault

UNNUMBERED = replace(HOA, personal_id=None)
OTHER_NUMBER = replace(HOA, personal_id="099184000999")
STOPPED = [LinkStatus.FROZEN, LinkStatus.REMOVED, LinkStatus.DISPUTED, LinkStatus.MISMATCH]


async def by_mobile(database: Database) -> Recognised:
    return await recognised(database, seen(UNNUMBERED, source="mobile", subject="m-1"))


async def changed(database: Database, link: Recognised, to: LinkStatus) -> None:
    person_id = str(await Population(database).value("identity_link", "person_id", id=link.link_id))
    assert await change_link(
        database, vault(), link_id=link.link_id, person_id=person_id, to=to, reason="test", by="citizen", now=NOW
    )


async def proved(database: Database, one: Recognised, other: Recognised) -> None:
    population = Population(database)
    await merge_people(
        database,
        population.vault,
        population.find_client,
        first_id=one.person_id,
        second_id=other.person_id,
        basis=MergeBasis.PROOF_AT_BOTH_ENDS,
        case_id=other.case_id,
        by="citizen",
        now=NOW,
    )


@pytest.mark.parametrize("status", STOPPED)
async def test_a_namesake_with_another_number_stays_apart_whatever_is_stopped(
    database: Database, status: LinkStatus
) -> None:
    hoa = await recognised(database, seen())
    mobile = await by_mobile(database)
    await proved(database, hoa, mobile)
    await changed(database, hoa, status)

    namesake = await recognised(database, seen(OTHER_NUMBER, subject="t-2"))

    assert (namesake.decision, namesake.case_id) == ("NEW", None)
    with pytest.raises(MergeRefused) as refused:
        await proved(database, hoa, namesake)
    assert refused.value.reason is MergeRefusal.DIFFERENT_PERSONAL_IDS


@pytest.mark.parametrize("status", [LinkStatus.FROZEN, LinkStatus.DISPUTED])
async def test_a_second_account_at_a_source_that_was_stopped_is_looked_at(
    database: Database, status: LinkStatus
) -> None:
    hoa = await recognised(database, seen())
    await recognised(database, seen(source="social-insurance", subject="i-9"))
    await changed(database, hoa, status)

    second = await recognised(database, seen(subject="t-2"))
    elsewhere = await recognised(database, seen(source="register", subject="r-1"))

    assert (second.decision, second.withholds_personal_id) == ("REVIEW", True)
    assert second.person_id != hoa.person_id
    assert (elsewhere.decision, elsewhere.person_id) == ("LINK", hoa.person_id)


async def test_two_namesakes_are_not_made_one_by_somebody_in_between(database: Database) -> None:
    """Without marks the name is either of the two with them; they are not each other's."""
    unmarked = replace(UNNUMBERED, name="LE THI HOA", birthplace=None)
    first = await recognised(database, seen(replace(unmarked, name="Lê Thị Hoa"), subject="t-1"))
    between = await recognised(database, seen(unmarked, source="mobile", subject="m-1"))
    third = await recognised(database, seen(replace(unmarked, name="Lê Thị Hòa"), source="post", subject="p-1"))
    assert between.decision == "PROVE"
    assert third.case_id is not None
    await proved(database, between, third)

    with pytest.raises(MergeRefused) as refused:
        await proved(database, first, between)
    assert refused.value.reason is MergeRefusal.NEEDS_REVIEW


async def test_what_was_taken_off_goes_back_to_its_person_alone_when_they_link_it_again(database: Database) -> None:
    hoa = await recognised(database, seen())
    await recognised(database, seen(source="social-insurance", subject="i-9"))
    await changed(database, hoa, LinkStatus.REMOVED)
    told: list[Told] = []

    def tell(what: Told) -> list[Write]:
        told.append(what)
        return []

    for adding_to in (None, "somebody-else"):
        with pytest.raises(LinkNotUsable):
            await recognise(database, vault(), seen(), now=NOW, tell=tell, adding_to=adding_to)
    with pytest.raises(IdentityChanged):
        await recognise(database, vault(), seen(OTHER_NUMBER), now=NOW, tell=tell, adding_to=hoa.person_id)
    assert told == []

    back = await recognise(database, vault(), seen(), now=NOW, tell=tell, adding_to=hoa.person_id)
    assert (back.link_id, back.person_id, back.is_new_link) == (hoa.link_id, hoa.person_id, True)
    assert [what.link_id for what in told] == [hoa.link_id]
    assert await Population(database).value("identity_link", "status", id=hoa.link_id) == "register-confirmed"
    assert (await recognised(database, seen())).decision == "KNOWN"
