"""Which of two people stays, and whether their records allow it. Pure: what was read comes in, a word goes out."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Final

from idp.identity.cases.case import Case, CaseKind
from idp.identity.decision_table import Decision
from idp.identity.links import LinkView, lets_in
from idp.identity.matching import decide
from idp.identity.merging.words import MergeBasis, MergeRefusal
from idp.identity.person_state import PersonState
from idp.identity.succession.chain import PersonalIdAgreement, compare_personal_ids

_ENOUGH: Final = (Decision.LINK, Decision.LINK_TOL, Decision.PROVE)
_CAUTION: Final = (*_ENOUGH, Decision.REVIEW, Decision.NEW)

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
    which the spouse of a citizen often can: it counts only where the records agree well enough (domain §2.4), and
    where no two verified numbers differ, whatever became of the links they came by.
    """
    if basis is MergeBasis.OPERATORS:
        return None
    pairs = tuple(superseded)
    for one, other in product(_numbers(links), _numbers(others)):
        if compare_personal_ids(one, other, superseded=pairs) is not PersonalIdAgreement.P0:
            return MergeRefusal.DIFFERENT_PERSONAL_IDS
    if case is not None and case.kind is not CaseKind.PROVE:
        return MergeRefusal.NEEDS_REVIEW
    return None if _agree(links, others, pairs) else MergeRefusal.NEEDS_REVIEW


def differing_numbers(links: Iterable[LinkView], others: Iterable[LinkView]) -> list[tuple[str, str]]:
    """Pairs of verified numbers to look up among those that were re-issued."""
    return [(one, other) for one, other in product(_numbers(links), _numbers(others)) if one != other]


def _agree(links: Sequence[LinkView], others: Sequence[LinkView], superseded: Sequence[tuple[str, str]]) -> bool:
    """Whether every record of the one agrees with every record of the other.

    Also where a login raised the question: it weighed one record, and either side may have got more since, or have
    stopped one that contradicts. What is stopped vouches for nothing, but no status silences it.
    """
    pairs = list(product(links, others))
    vouching = [(one, other) for one, other in pairs if lets_in(one.status) and lets_in(other.status)]
    if not vouching:
        return False
    best = min(vouching, key=lambda pair: _order(pair[0], pair[1], superseded))
    for one, other in pairs:
        # Silence contradicts nothing among records of one person: what one leaves out is taken from the best.
        records = (_completed(one, best[0]), _completed(other, best[1]))
        decision = decide(*records, superseded=superseded).name
        if decision is Decision.NEW or (decision not in _ENOUGH and (one, other) in vouching):
            return False
    return True


def _order(one: LinkView, other: LinkView, superseded: Sequence[tuple[str, str]]) -> tuple[int, list[str]]:
    """From what agrees best to what agrees least; between equals by what they say, never by who is named first."""
    records = [one.identity.record(), other.identity.record()]
    outcome = decide(*records, superseded=superseded)
    return _CAUTION.index(outcome.name), sorted(str(list(record.values())) for record in records)


def _completed(link: LinkView, best: LinkView) -> Mapping[str, Any]:
    own, better = link.identity.record(), best.identity.record()
    return {key: own[key] or better[key] for key in own}


def _numbers(links: Iterable[LinkView]) -> list[str]:
    return sorted({link.identity.personal_id for link in links if link.identity.personal_id is not None})
