"""Whom of the people found a record belongs to: the matching policy, asked of every record of every candidate.

Pure. One record of a person that agrees is not enough: one that does not is a doubt, and a doubt never links.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from idp.identity.decision_table import Decision
from idp.identity.links import LinkStatus, lets_in
from idp.identity.matching import Outcome, decide
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.candidate_search import CandidatePerson, Found, StoredRecord
from idp.identity.recognition.candidates import choose
from idp.identity.succession.chain import PersonalIdAgreement, compare_personal_ids

Record = Mapping[str, Any]

_LINKS: Final = (Decision.LINK, Decision.LINK_TOL)
_HELD_BACK: Final = (LinkStatus.FROZEN, LinkStatus.DISPUTED)
_CAUTION: Final = (Decision.LINK, Decision.LINK_TOL, Decision.PROVE, Decision.REVIEW, Decision.NEW)
_FIELDS: Final = ("", "personal_id", "personal_id", "sex", "name", "birthdate", "birthplace")
"""What each of `Outcome.reasons` is about."""
_MOST_REVIEWED: Final = 10
_AGREEING: Final = frozenset({"C1", "C+", "P0", "G0", "S=", "S?", "N0", "N1", "D0", "B0", "B?"})


@dataclass(frozen=True, kw_only=True)
class Verdict:
    decision: Decision
    candidates: tuple[CandidatePerson, ...] = ()
    """None for NEW, one or several for REVIEW, else one; whoever is to be joined comes first."""
    evidence: Mapping[str, tuple[str, ...]]
    """For each candidate, by id, the codes of the record that agrees least."""
    differing: tuple[str, ...] = ()
    """Names of the fields that did not agree fully."""

    @property
    def concerns_number(self) -> bool:
        """Somebody else holds the record's verified number."""
        return any(candidate.holds_number for candidate in self.candidates)


@dataclass(frozen=True)
class _Speaking:
    """What stands for one person in the comparison."""

    person: CandidatePerson
    record: Record
    is_doubtful: bool


def judge(identity: PivotIdentity, found: Found, *, source_id: str | None = None) -> Verdict:
    """LINK* only for one person who holds the same verified number, and all of whose records agree.

    `source_id`: where the record comes from; a second account there goes not round one that its person stopped.
    """
    record = identity.record()
    is_held = any(person.holds_number for person in found.people)
    # Somebody found by a link they removed, and of whom nothing else is known, is nobody to compare with.
    people = [person for person in found.people if person.records or person.holds_number]
    speaking = [_speaking(record, person, found, is_held=is_held) for person in people]
    choice = choose(record, [one.record for one in speaking], superseded=found.superseded)
    decision = choice.decision
    if decision is Decision.NEW:
        return Verdict(decision=decision, evidence={})
    chosen = [speaking[position] for position in choice.candidates]
    # Of a crowd only some were looked at; the one who holds the verified number was found apart from it.
    if decision is Decision.PROVE and found.is_crowd and not chosen[0].person.holds_number:
        decision = Decision.REVIEW
    if any(one.is_doubtful for one in chosen):
        decision = Decision.REVIEW
    if decision in _LINKS and not chosen[0].person.holds_number:
        # The number is in this person's record but leads to nobody: kept apart once, or taken from a closed account.
        decision = Decision.REVIEW
    if decision in _LINKS and any(
        one.source_id == source_id and one.status in _HELD_BACK for one in chosen[0].person.records
    ):
        decision = Decision.REVIEW
    outcomes = list(choice.outcomes)
    if decision is Decision.REVIEW:
        # Who reviews sees everybody it may be, also those who are no rivals of the holder of the number.
        for one in (one for one in speaking if one not in chosen):
            outcome = decide(record, one.record, superseded=found.superseded)
            if outcome.name is not Decision.NEW and len(chosen) < _MOST_REVIEWED:
                chosen.append(one)
                outcomes.append(outcome)
    return Verdict(
        decision=decision,
        candidates=tuple(one.person for one in chosen),
        evidence={one.person.person_id: outcome.reasons for one, outcome in zip(chosen, outcomes, strict=True)},
        differing=_differing(choice.outcomes),
    )


def _speaking(record: Record, person: CandidatePerson, found: Found, *, is_held: bool) -> _Speaking:
    """The record of the person that agrees least, and whether that is a contradiction among their own."""
    stored, is_stopped = _heard(person.records)
    numbers = _stopped_numbers(record, person, found)
    if PersonalIdAgreement.PX in numbers and not person.holds_number:
        return _Speaking(person, numbers[PersonalIdAgreement.PX], is_doubtful=False)
    is_stopped |= bool(numbers)
    if not stored:
        # The holder of the number, of whom nothing else is known any more.
        return _Speaking(person, {"personal_id": record["personal_id"]}, is_doubtful=True)
    records = [_without_number_of_others(record, one, person, found, is_held=is_held) for one in stored]
    compared = _compared(record, records, found)
    best = min(compared, key=_order)
    if best[0].name is Decision.NEW or len(compared) == 1:
        return _Speaking(person, best[1], is_doubtful=is_stopped and best[0].name is not Decision.NEW)
    # Silence contradicts nothing among records of one person: what one leaves out is taken from the best.
    completed = [{key: one[key] or best[1][key] for key in one} for _, one in compared]
    counting = [pair for pair in _compared(record, completed, found) if pair[0].name is not Decision.NEW]
    _, least = max(counting, key=_order)
    return _Speaking(person, least, is_doubtful=is_stopped or len(counting) < len(compared))


def _compared(record: Record, records: Iterable[Record], found: Found) -> list[tuple[Outcome, Record]]:
    return [(decide(record, one, superseded=found.superseded), one) for one in records]


def _order(compared: tuple[Outcome, Record]) -> tuple[int, tuple[str, ...], list[str]]:
    """From what agrees best to what agrees least; between equals by what they say, never by who came first."""
    outcome, record = compared
    return _CAUTION.index(outcome.name), outcome.reasons, [str(value) for value in record.values()]


def _heard(records: Iterable[StoredRecord]) -> tuple[list[PivotIdentity], bool]:
    """The identities that speak for a person, and whether it is in doubt that they do.

    A superseded link lost its identifier, not its evidence: it speaks where none lets in, or nobody could come back.
    """
    every = [one for one in records if one.status is not LinkStatus.REMOVED]
    letting_in = [one.identity for one in every if lets_in(one.status)]
    if letting_in:
        return letting_in, False
    superseded = [one.identity for one in every if one.status is LinkStatus.SUPERSEDED]
    if superseded:
        return superseded, False
    return [one.identity for one in every], True


def _stopped_numbers(record: Record, person: CandidatePerson, found: Found) -> dict[PersonalIdAgreement, Record]:
    """The numbers of links that let nobody in, where they are not the record's: no status silences a verified number.

    Else whoever freezes or removes their own link becomes one with a namesake, and has two numbers afterwards.
    """
    numbers: dict[PersonalIdAgreement, Record] = {}
    for number in sorted({one.identity.personal_id or "" for one in person.records if not lets_in(one.status)} - {""}):
        agreement = compare_personal_ids(record["personal_id"], number, superseded=found.superseded)
        if agreement in (PersonalIdAgreement.P1, PersonalIdAgreement.PX):
            numbers[agreement] = {"personal_id": number}
    return numbers


def _without_number_of_others(
    record: Record, stored: PivotIdentity, person: CandidatePerson, found: Found, *, is_held: bool
) -> Record:
    """A number that somebody else holds proves nothing of those who only claimed it."""
    same = compare_personal_ids(record["personal_id"], stored.personal_id, superseded=found.superseded)
    if is_held and not person.holds_number and same is PersonalIdAgreement.P0:
        stored = replace(stored, personal_id=None)
    return stored.record()


def _differing(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    fields: dict[str, None] = {}
    for outcome in outcomes:
        for field, code in zip(_FIELDS, outcome.reasons, strict=True):
            if field and code not in _AGREEING:
                fields[field] = None
    return tuple(fields)
