"""Which of two people stays, and whether their records allow it. Pure: what was read comes in, a word goes out."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Final

from idp.identity.cases import Case, CaseKind
from idp.identity.decision_table import Decision
from idp.identity.links import LinkView, lets_in
from idp.identity.matching import decide
from idp.identity.merge_words import MergeBasis, MergeRefusal
from idp.identity.person_state import PersonState
from idp.identity.succession import PersonalIdAgreement, compare_personal_ids

_ENOUGH: Final = (Decision.LINK, Decision.LINK_TOL, Decision.PROVE)

Pairs = Iterable[tuple[str, str]]


def survivor_of(one: PersonState, other: PersonState) -> tuple[PersonState, PersonState]:
    """The survivor and the absorbed: the person created first stays, so that most `sub`s stay; by id where they tie."""
    first, second = sorted((one, other), key=lambda person: (person.created_at, person.id))
    return first, second


def why_not_one(
    links: Sequence[LinkView],
    others: Sequence[LinkView],
    *,
    basis: MergeBasis,
    case: Case | None,
    superseded: Pairs = (),
) -> MergeRefusal | None:
    """None where the two may become one on this basis.

    Two operators decide with documents in hand. Proof at both ends alone shows that somebody can log in to both,
    which the spouse of a citizen often can: it counts only where the records agree well enough (domain §2.4).
    """
    if basis is MergeBasis.OPERATORS:
        return None
    pairs = tuple(superseded)
    here, there = _heard(links), _heard(others)
    for one, other in product(_numbers(here), _numbers(there)):
        if compare_personal_ids(one, other, superseded=pairs) is not PersonalIdAgreement.P0:
            return MergeRefusal.DIFFERENT_PERSONAL_IDS
    if case is not None and case.kind is not CaseKind.PROVE:
        return MergeRefusal.NEEDS_REVIEW
    decisions = [
        decide(one.identity.record(), other.identity.record(), superseded=pairs).name in _ENOUGH
        for one, other in product(here, there)
    ]
    # Where a login raised the question, it weighed every record; here nobody did.
    agree = any(decisions) if case is not None else all(decisions)
    return None if decisions and agree else MergeRefusal.NEEDS_REVIEW


def differing_numbers(links: Iterable[LinkView], others: Iterable[LinkView]) -> list[tuple[str, str]]:
    """Pairs of verified numbers to look up among those that were re-issued."""
    pairs = product(_numbers(_heard(links)), _numbers(_heard(others)))
    return [(one, other) for one, other in pairs if one != other]


def _heard(links: Iterable[LinkView]) -> list[LinkView]:
    return [link for link in links if lets_in(link.status)]


def _numbers(links: Iterable[LinkView]) -> list[str]:
    return sorted({link.identity.personal_id for link in links if link.identity.personal_id is not None})
