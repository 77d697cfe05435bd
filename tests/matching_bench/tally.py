"""What the decisions are worth against the truth: pairs of records that are one person, and decisions that say so."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum

from idp.identity.decision_table import Decision
from idp.identity.matching import Outcome, decide
from idp.identity.recognition.verdict import Verdict
from tests.matching_bench.imported import Imported
from tests.matching_bench.store import LINKS, Store


class Numbers(StrEnum):
    BOTH = "a verified number on both sides"
    NOT_BOTH = "no number on a side"


Kind = tuple[Decision, tuple[str, ...]]
"""How a pair ended, and the codes that did not agree."""


@dataclass
class Tally:
    """One register against another."""

    stored: str
    probed: str
    decisions: Counter[Decision] = field(default_factory=Counter)
    right: Counter[Decision] = field(default_factory=Counter)
    """Of `decisions`: LINK*, PROVE and REVIEW that name the true person, NEW where they are not stored."""
    pairs: dict[Numbers, Counter[Decision]] = field(default_factory=lambda: defaultdict(Counter))
    misses: Counter[Kind] = field(default_factory=Counter)
    """Why pairs with numbers did not link, and pairs without were not even offered."""
    examples: dict[Kind, tuple[Imported, Imported]] = field(default_factory=dict)
    homonyms: Counter[Decision] = field(default_factory=Counter)
    """Decisions about records without a number that several stored people resemble."""
    through_another: int = 0
    """Pairs counted as offered because the stored record is offered to the record that was named instead."""
    false_merges: list[tuple[Imported, Imported]] = field(default_factory=list)
    superseded: tuple[tuple[str, str], ...] = ()

    def count(self, record: Imported, verdict: Verdict, store: Store, stored_of_truth: list[int]) -> None:
        """`stored_of_truth`: positions of the stored records that are about the same person."""
        decision = verdict.decision
        self.decisions[decision] += 1
        named = {int(candidate.person_id) for candidate in verdict.candidates}
        true_people = {store.person_of[position] for position in stored_of_truth}
        self.right[decision] += bool(named & true_people) if decision is not Decision.NEW else not true_people
        if len(verdict.candidates) > 1 and record.personal_id is None:
            self.homonyms[decision] += 1
        if decision in LINKS:
            self.count_merge(record, store.records_of(verdict.candidates[0].person_id))
        for position in stored_of_truth:
            other, person = store.records[position], store.person_of[position]
            ended = decision if person in named else self._through_another(store, person, named)
            self._count_pair(record, other, ended)

    def count_merge(self, record: Imported, joined: list[Imported]) -> None:
        self.false_merges += [(record, other) for other in joined if other.truth != record.truth]

    def recall(self, numbers: Numbers, *decisions: Decision) -> tuple[int, int]:
        """How many pairs ended so, and of how many."""
        pairs = self.pairs[numbers]
        return sum(pairs[decision] for decision in decisions), pairs.total()

    def _through_another(self, store: Store, person: int, named: set[int]) -> Decision:
        """Not named, but offered to somebody who is: two records of one register, of which the other fits better."""
        for one in named:
            case = store.cases.get((person, one)) or store.cases.get((one, person))
            if case is not None:
                self.through_another += 1
                return case
        return Decision.NEW

    def _count_pair(self, record: Imported, other: Imported, ended: Decision) -> None:
        both = record.personal_id is not None and other.personal_id is not None
        numbers = Numbers.BOTH if both else Numbers.NOT_BOTH
        self.pairs[numbers][ended] += 1
        if ended in LINKS or (not both and ended is not Decision.NEW):
            return
        outcome = decide(record.identity().record(), other.identity().record(), superseded=self.superseded)
        kind = (ended, _telling(outcome))
        self.misses[kind] += 1
        self.examples.setdefault(kind, (record, other))


def _telling(outcome: Outcome) -> tuple[str, ...]:
    agreeing = {"C1", "G0", "S=", "N0", "N1", "D0", "B0"}
    return tuple(code for code in outcome.reasons if code not in agreeing)
