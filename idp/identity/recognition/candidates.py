"""Which of several stored records, if any, is the person of a new one.

The caller found the candidates, and passes one record for each *person*: two records already linked are
not rivals. The order in which they come makes no difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idp.identity.decision_table import Decision
from idp.identity.matching import Outcome, decide
from idp.identity.succession.chain import PersonalIdAgreement


@dataclass(frozen=True)
class Choice:
    decision: Decision
    candidates: tuple[int, ...]
    """Positions of those that count: none for NEW, several only for REVIEW."""
    outcomes: tuple[Outcome, ...]
    """The evidence for each of `candidates`, in the same order."""


def choose(
    record: Mapping[str, Any],
    candidates: Sequence[Mapping[str, Any]],
    *,
    superseded: Iterable[tuple[str, str]] = (),
) -> Choice:
    """NEW without a candidate, that candidate's decision with one, REVIEW with more.

    A candidate counts unless the pair alone is NEW. Where some share the verified number, only those count:
    homonyms without a number are no rivals of the one who holds it.
    """
    pairs = tuple(superseded)
    outcomes = {position: decide(record, candidate, superseded=pairs) for position, candidate in enumerate(candidates)}
    counting = {position: outcome for position, outcome in outcomes.items() if outcome.name is not Decision.NEW}
    holders = [position for position, outcome in counting.items() if PersonalIdAgreement.P0 in outcome.reasons]
    positions = tuple(holders or counting)
    if not positions:
        return Choice(Decision.NEW, (), ())
    if len(positions) == 1:
        (only,) = positions
        return Choice(outcomes[only].name, positions, (outcomes[only],))
    rivals = len(positions) - 1
    return Choice(
        Decision.REVIEW,
        positions,
        tuple(
            decide(record, candidates[position], superseded=pairs, other_candidates=rivals) for position in positions
        ),
    )
