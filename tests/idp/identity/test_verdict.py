"""Whom of the people found a record belongs to: no order, no repetition and no silence makes one of two."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.identity.links import LinkStatus, lets_in
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.candidate_search import CandidatePerson, Found, StoredRecord
from idp.identity.recognition.verdict import judge

HOA = PivotIdentity(
    name="Nguyễn Thị Hòa",
    birthdate="1984-03-12",
    gender="female",
    birthplace="Nam Định",
    personal_id="099184000011",
)
_LINKS = ("LINK", "LINK_TOL")

identities = st.builds(
    PivotIdentity,
    name=st.sampled_from(["Nguyễn Thị Hòa", "NGUYEN THI HOA", "Nguyễn Thị Hoa", "Nguyễn Hòa", "Trần Văn Đức", ""]),
    birthdate=st.sampled_from(["1984-03-12", "1984-12-03", "1984", "1984-01-01", "1990-03-12", ""]),
    gender=st.sampled_from(["female", "male", None]),
    birthplace=st.sampled_from(["Nam Định", "Ninh Bình", "Hà Nội", None]),
    personal_id=st.sampled_from(["099184000011", "099184000012", "099184000999", "099084000777", None]),
)
statuses = st.sampled_from(LinkStatus)
successions = st.sampled_from([(), (("099184000011", "099084000777"),)])


@st.composite
def crowds(draw: st.DrawFn) -> Found:
    """At most one of them holds the number, as the anchor's key sees to."""
    people = []
    holder = draw(st.integers(-1, 3))
    for position in range(draw(st.integers(0, 4))):
        stored = draw(st.lists(st.tuples(identities, statuses), max_size=3))
        people.append(
            person(
                f"p{position}",
                *(one for one, _ in stored),
                statuses_=[status for _, status in stored],
                holds_number=position == holder,
            )
        )
    holders = frozenset(one.person_id for one in people if one.holds_number)
    return Found(tuple(people), draw(successions), draw(st.booleans()), holders)


def person(
    person_id: str, *stored: PivotIdentity, statuses_: list[LinkStatus] | None = None, holds_number: bool = False
) -> CandidatePerson:
    found = statuses_ or [LinkStatus.PROVEN] * len(stored)
    return CandidatePerson(
        person_id=person_id,
        is_locked=False,
        holds_number=holds_number,
        records=tuple(
            StoredRecord(f"{person_id}-{position}", "tax", status, identity)
            for position, (identity, status) in enumerate(zip(stored, found, strict=True))
        ),
        blocked_sources=frozenset(),
    )


def found(*people: CandidatePerson, **changes: Any) -> Found:
    holders = frozenset(one.person_id for one in people if one.holds_number)
    return replace(Found(people, (), False, holders), **changes)


@given(identities, crowds())
@settings(deadline=None)
def test_only_the_holder_of_the_same_number_is_ever_joined(identity: PivotIdentity, crowd: Found) -> None:
    verdict = judge(identity, crowd)

    if verdict.decision in _LINKS:
        (joined,) = verdict.candidates
        assert joined.holds_number
        assert identity.personal_id is not None
        numbers = {record.identity.personal_id for record in joined.records}
        assert numbers & {identity.personal_id, *(number for pair in crowd.superseded for number in pair)}


@given(identities, crowds(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_people_and_of_their_records_makes_no_difference(
    identity: PivotIdentity, crowd: Found, random: Any
) -> None:
    shuffled = [replace(one, records=tuple(random.sample(one.records, len(one.records)))) for one in crowd.people]
    random.shuffle(shuffled)

    there, back = judge(identity, crowd), judge(identity, replace(crowd, people=tuple(shuffled)))

    assert there.decision is back.decision
    assert {one.person_id for one in there.candidates} == {one.person_id for one in back.candidates}
    assert set(there.differing) == set(back.differing)


@given(identities, crowds())
@settings(deadline=None)
def test_a_record_told_twice_is_told_once(identity: PivotIdentity, crowd: Found) -> None:
    twice = tuple(replace(one, records=one.records * 2) for one in crowd.people)

    assert judge(identity, replace(crowd, people=twice)).decision is judge(identity, crowd).decision


@given(identities, crowds())
@settings(deadline=None)
def test_more_people_never_make_a_link_of_less(identity: PivotIdentity, crowd: Found) -> None:
    """A candidate that is no link alone is none in company."""
    if judge(identity, crowd).decision in _LINKS:
        (joined,) = judge(identity, crowd).candidates
        assert judge(identity, replace(crowd, people=(joined,), is_crowd=False)).decision in _LINKS


def test_every_record_of_the_person_has_to_agree() -> None:
    other = replace(HOA, name="Trần Văn Đức", personal_id=None)

    assert judge(HOA, found(person("p", HOA, holds_number=True))).decision == "LINK"
    assert judge(HOA, found(person("p", HOA, other, holds_number=True))).decision == "REVIEW"


@pytest.mark.parametrize("silent", [{}, {"name": ""}, {"birthdate": ""}, {"name": "", "birthdate": ""}])
def test_a_record_without_a_number_or_more_contradicts_nothing(silent: dict[str, Any]) -> None:
    quiet = replace(HOA, personal_id=None, **silent)

    assert judge(HOA, found(person("p", HOA, quiet, holds_number=True))).decision == "LINK"


def test_who_only_claims_the_number_is_no_rival_of_its_holder() -> None:
    claims_it = replace(HOA, birthdate="1984-12-03")

    verdict = judge(HOA, found(person("holder", HOA, holds_number=True), person("other", claims_it)))

    assert (verdict.decision, [one.person_id for one in verdict.candidates]) == ("LINK", ["holder"])


def test_two_holders_of_numbers_that_were_one_are_for_people_to_look_at() -> None:
    reissued = replace(HOA, personal_id="099084000777")
    both = found(
        person("old", HOA, holds_number=True),
        person("new", reissued, holds_number=True),
        superseded=(("099184000011", "099084000777"),),
    )

    verdict = judge(reissued, both)

    assert (verdict.decision, len(verdict.candidates)) == ("REVIEW", 2)


def test_of_a_crowd_nobody_is_asked_to_prove_that_they_are_one() -> None:
    unnumbered = replace(HOA, personal_id=None)

    assert judge(unnumbered, found(person("p", HOA, holds_number=True), is_crowd=False)).decision == "PROVE"
    assert judge(unnumbered, found(person("p", HOA), is_crowd=True)).decision == "REVIEW"


@pytest.mark.parametrize("status", [LinkStatus.FROZEN, LinkStatus.DISPUTED, LinkStatus.MISMATCH])
def test_stopped_links_alone_join_nobody(status: LinkStatus) -> None:
    stopped = person("p", HOA, statuses_=[status], holds_number=True)

    assert judge(HOA, found(stopped)).decision == "REVIEW"


@pytest.mark.parametrize("status", [status for status in LinkStatus if not lets_in(status)])
def test_no_status_silences_a_verified_number(status: LinkStatus) -> None:
    """Whoever stops the link with their number is no more like a namesake than before."""
    quiet = replace(HOA, personal_id=None)

    def decision(number: str, *, holds_number: bool = False, superseded: Any = ()) -> str:
        stopped = person("p", HOA, quiet, statuses_=[status, LinkStatus.PROVEN], holds_number=holds_number)
        return judge(replace(HOA, personal_id=number), found(stopped, superseded=superseded)).decision

    assert decision("099184000999") == "NEW"
    assert decision("099184000012") == "REVIEW"
    assert decision("099184000999", superseded=(("099184000011", "099184000999"),)) == "PROVE"
    # Somebody else's link was theirs once by mistake: the holder of the number is for people to look at.
    assert decision("099184000999", holds_number=True) == "REVIEW"


@pytest.mark.parametrize("status", LinkStatus)
def test_a_second_account_goes_not_round_a_link_that_is_stopped(status: LinkStatus) -> None:
    holder = person("p", HOA, HOA, statuses_=[LinkStatus.PROVEN, status], holds_number=True)
    holder = replace(holder, records=(replace(holder.records[0], source_id="mobile"), holder.records[1]))

    held_back = status in (LinkStatus.FROZEN, LinkStatus.DISPUTED)
    assert judge(HOA, found(holder), source_id="tax").decision == ("REVIEW" if held_back else "LINK")
    assert judge(HOA, found(holder), source_id="register").decision == "LINK"


def test_what_did_not_agree_is_told_by_the_name_of_its_field_alone() -> None:
    other = replace(HOA, name="Trần Văn Đức", birthdate="1990-01-02", gender="male", birthplace="Hà Nội")

    verdict = judge(other, found(person("p", HOA, holds_number=True)))

    assert set(verdict.differing) == {"personal_id", "name", "birthdate", "sex", "birthplace"}
    assert HOA.name not in repr(verdict)


def test_who_reviews_sees_everybody_it_may_be() -> None:
    """A claim to the number of somebody with another name, and one with the record's own name who was kept apart."""
    namesake = replace(HOA, name="Trần Thị Mai")

    verdict = judge(namesake, found(person("holder", HOA, holds_number=True), person("apart", namesake)))

    assert verdict.decision == "REVIEW"
    assert [one.person_id for one in verdict.candidates] == ["holder", "apart"]
    assert verdict.evidence["apart"][1] == "P?"


def test_somebody_of_whom_nothing_is_known_any_more_is_no_candidate_unless_they_hold_the_number() -> None:
    assert judge(HOA, found(person("p"))).decision == "NEW"
    assert judge(HOA, found(person("p"), person("q", HOA, holds_number=True))).decision == "LINK"
    assert judge(HOA, found(person("p", holds_number=True))).decision == "REVIEW"
