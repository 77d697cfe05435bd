"""The provider's store of people, in memory: the same keys, the same cut-offs, the same answer as its one query.

A test holds it against `find_candidates` on a real database.
"""

from array import array
from collections import Counter
from collections.abc import Iterable

from idp.identity.decision_table import Decision
from idp.identity.links import LinkStatus
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition import candidate_search
from idp.identity.recognition.blocking_keys import probe_keys, stored_keys
from idp.identity.recognition.candidate_search import CandidatePerson, Found, StoredRecord
from idp.identity.recognition.verdict import Verdict, judge
from tests.matching_bench.imported import Imported

_RECORDS_A_KEY = candidate_search._RECORDS_A_KEY
_MOST_PEOPLE = candidate_search._MOST_PEOPLE
LINKS = (Decision.LINK, Decision.LINK_TOL)
_SOURCE = "register"


class Store:
    def __init__(self, superseded: Iterable[tuple[str, str]] = ()) -> None:
        self.records: list[Imported] = []
        self.person_of = array("l")
        self.candidates_seen = 0
        self.cases: dict[tuple[int, int], Decision] = {}
        """What is offered between two people: proof or a review."""
        self._statuses: list[LinkStatus] = []
        self._records_of: list[tuple[int, ...]] = []
        self._holder_of: dict[int, int] = {}
        # A key's hash → the records under it; one record, as nearly always, without a list around it.
        self._found_under: dict[int, int | list[int]] = {}
        self._reissued: dict[str, list[tuple[str, str]]] = {}
        for pair in superseded:
            for number in pair:
                self._reissued.setdefault(number, []).append(pair)

    def recognise(self, record: Imported) -> Verdict:
        """As a first login: joined to the person it surely is, else a person of its own."""
        identity = record.identity()
        found = self._find(identity)
        verdict = judge(identity, found)
        joins = verdict.decision in LINKS
        person = int(verdict.candidates[0].person_id) if joins else len(self._records_of)
        if not joins:
            self._records_of.append(())
            if record.personal_id is not None and not any(one.holds_number for one in found.people):
                self._holder_of[int(record.personal_id)] = person
            for candidate in verdict.candidates:
                self.cases[int(candidate.person_id), person] = verdict.decision
        self._add(record, person, verdict.decision)
        return verdict

    def judge(self, record: Imported) -> Verdict:
        """Whose record this is, without storing it."""
        identity = record.identity()
        return judge(identity, self._find(identity))

    def records_of(self, person_id: str) -> list[Imported]:
        return [self.records[position] for position in self._records_of[int(person_id)]]

    def _find(self, identity: PivotIdentity) -> Found:
        hits: Counter[int] = Counter()
        is_crowd = False
        for key in probe_keys(identity.record()):
            under = self._found_under.get(hash(key))
            if under is None:
                continue
            positions = [under] if isinstance(under, int) else under
            is_crowd = is_crowd or len(positions) > _RECORDS_A_KEY
            hits.update(self.person_of[position] for position in positions)
        chain = self._chain(identity.personal_id)
        holders = {self._holder_of[int(number)] for number in chain if int(number) in self._holder_of}
        self.candidates_seen += len(hits)
        order = sorted({*hits, *holders}, key=lambda person: (person not in holders, -hits[person], person))
        return Found(
            people=tuple(self._candidate(person, person in holders) for person in order[:_MOST_PEOPLE]),
            superseded=tuple(sorted({pair for number in chain for pair in self._reissued.get(number, ())})),
            is_crowd=is_crowd or len(order) > _MOST_PEOPLE,
        )

    def _candidate(self, person: int, holds_number: bool) -> CandidatePerson:
        return CandidatePerson(
            person_id=str(person),
            is_locked=False,
            holds_number=holds_number,
            records=tuple(
                StoredRecord(str(position), _SOURCE, self._statuses[position], self.records[position].identity())
                for position in self._records_of[person]
            ),
            blocked_sources=frozenset(),
        )

    def _chain(self, number: str | None) -> set[str]:
        """The number, all that took its place and all whose place it took."""
        chain: set[str] = set()
        waiting = [number] if number is not None else []
        while waiting:
            current = waiting.pop()
            if current not in chain:
                chain.add(current)
                waiting += [other for pair in self._reissued.get(current, ()) for other in pair]
        return chain

    def _add(self, record: Imported, person: int, decision: Decision) -> None:
        position = len(self.records)
        self.records.append(record)
        self.person_of.append(person)
        self._records_of[person] += (position,)
        self._statuses.append(_status(record, decision))
        for key in map(hash, stored_keys(record.identity().record())):
            under = self._found_under.setdefault(key, position)
            if isinstance(under, int):
                if under != position:
                    self._found_under[key] = [under, position]
            elif len(under) <= _RECORDS_A_KEY:
                under.append(position)


def _status(record: Imported, decision: Decision) -> LinkStatus:
    if decision in (Decision.PROVE, Decision.REVIEW):
        return LinkStatus.PROPOSED
    return LinkStatus.PROVEN if record.personal_id is None else LinkStatus.REGISTER_CONFIRMED
