"""Who stays, and whether the records allow it: the same whoever is named first."""

from dataclasses import replace
from itertools import permutations

import pytest

from idp.identity.cases.case import Case, CaseKind, CaseStatus
from idp.identity.links import LinkStatus, LinkView, lets_in
from idp.identity.merging.survivor import differing_numbers, survivor_of, why_not_one
from idp.identity.merging.words import MergeBasis, MergeRefusal
from idp.identity.person_state import PersonState, PersonStatus
from idp.identity.pivot import PivotIdentity
from tests.support.population import HOA

UNNUMBERED = replace(HOA, personal_id=None)
OTHER_NUMBER = replace(HOA, personal_id="099184000028")
HUSBAND = replace(UNNUMBERED, name="Trần Văn Bình", gender="male", birthdate="1980-01-01")
QUIET = PivotIdentity(name="", birthdate="")
UNMARKED = replace(UNNUMBERED, name="NGUYEN THI HOA")
NAMESAKE = replace(UNNUMBERED, name="Nguyễn Thị Hoa")
STOPPED = [status for status in LinkStatus if not lets_in(status)]
PROOF = MergeBasis.PROOF_AT_BOTH_ENDS


def person(id: str, created_at: int) -> PersonState:
    return PersonState(id=id, status=PersonStatus.ACTIVE, created_at=created_at, stamp=0, merged_into=None)


def link(identity: PivotIdentity, status: LinkStatus = LinkStatus.PROVEN) -> LinkView:
    return LinkView(
        id="link",
        person_id="p",
        source_id="tax",
        status=status,
        previous_status=None,
        method="pwd",
        assurance="nd69-02",
        created_at=1,
        last_used_at=1,
        proofed_at=1,
        identity=identity,
    )


def case(kind: CaseKind) -> Case:
    return Case(
        id="case",
        reference="MC-2222-2222",
        kind=kind,
        status=CaseStatus.OPEN,
        person_id="a",
        link_id=None,
        candidate_ids=("b",),
        decision="PROVE",
        evidence={},
        proposed_action=None,
        proposed_by=None,
        outcome=None,
        decided_by=None,
        created_at=1,
        due_at=2,
        decided_at=None,
        version=0,
    )


def test_the_older_one_stays_and_of_two_as_old_the_one_whose_id_sorts_first() -> None:
    for one, other in permutations([person("b", 1), person("a", 2)]):
        assert survivor_of(one, other)[0].id == "b"
    for one, other in permutations([person("b", 1), person("a", 1)]):
        assert survivor_of(one, other)[0].id == "a"


@pytest.mark.parametrize(
    ("here", "there", "kind", "refusal"),
    [
        pytest.param([HOA], [UNNUMBERED], None, None, id="the same but for a number on one side"),
        pytest.param([HOA], [HOA], None, None, id="the same number"),
        pytest.param([HOA], [OTHER_NUMBER], None, MergeRefusal.DIFFERENT_PERSONAL_IDS, id="two numbers"),
        pytest.param(
            [HOA], [OTHER_NUMBER], CaseKind.PROVE, MergeRefusal.DIFFERENT_PERSONAL_IDS, id="two numbers, and a case"
        ),
        pytest.param([UNNUMBERED], [HUSBAND], None, MergeRefusal.NEEDS_REVIEW, id="a couple"),
        pytest.param(
            [UNNUMBERED, HUSBAND], [UNNUMBERED], None, MergeRefusal.NEEDS_REVIEW, id="one record that disagrees"
        ),
        pytest.param(
            [UNNUMBERED, HUSBAND],
            [UNNUMBERED],
            CaseKind.PROVE,
            MergeRefusal.NEEDS_REVIEW,
            id="a record that came after the case was raised",
        ),
        pytest.param([UNNUMBERED, QUIET], [HOA], CaseKind.PROVE, None, id="a record that says nothing, and a case"),
        pytest.param([UNNUMBERED, QUIET], [HOA], None, None, id="a record that says nothing"),
        pytest.param([UNMARKED, NAMESAKE], [UNNUMBERED], CaseKind.PROVE, MergeRefusal.NEEDS_REVIEW, id="by a third"),
        pytest.param([HOA], [UNNUMBERED], CaseKind.REVIEW, MergeRefusal.NEEDS_REVIEW, id="a question for operators"),
        pytest.param([], [UNNUMBERED], None, MergeRefusal.NEEDS_REVIEW, id="nothing to compare"),
    ],
)
def test_a_proof_at_both_ends_counts_where_the_records_agree(
    here: list[PivotIdentity], there: list[PivotIdentity], kind: CaseKind | None, refusal: MergeRefusal | None
) -> None:
    raised = None if kind is None else case(kind)
    for one, other in permutations([[link(identity) for identity in here], [link(identity) for identity in there]]):
        assert why_not_one(one, other, basis=PROOF, case=raised) is refusal
        assert why_not_one(one, other, basis=MergeBasis.OPERATORS, case=raised) is None


def test_a_number_that_was_issued_anew_is_the_same() -> None:
    pairs = [(HOA.personal_id or "", OTHER_NUMBER.personal_id or "")]
    refusal = why_not_one([link(HOA)], [link(OTHER_NUMBER)], basis=PROOF, case=None, superseded=pairs)
    assert refusal is None


@pytest.mark.parametrize("status", STOPPED)
def test_links_that_let_nobody_in_vouch_for_nothing(status: LinkStatus) -> None:
    refusal = why_not_one([link(HOA)], [link(UNNUMBERED, status)], basis=PROOF, case=None)
    assert refusal is MergeRefusal.NEEDS_REVIEW


@pytest.mark.parametrize("raised", [None, CaseKind.PROVE])
@pytest.mark.parametrize("status", STOPPED)
def test_no_status_silences_a_number_or_a_name(status: LinkStatus, raised: CaseKind | None) -> None:
    asked = None if raised is None else case(raised)
    for stopped, refusal in (
        (HOA, None),
        (OTHER_NUMBER, MergeRefusal.DIFFERENT_PERSONAL_IDS),
        (NAMESAKE, MergeRefusal.NEEDS_REVIEW),
    ):
        mine, theirs = [link(UNNUMBERED), link(stopped, status)], [link(HOA)]
        for one, other in permutations([mine, theirs]):
            assert why_not_one(one, other, basis=PROOF, case=asked) is refusal
        expected = [(stopped.personal_id, HOA.personal_id)] if stopped is OTHER_NUMBER else []
        assert differing_numbers(mine, theirs) == expected
