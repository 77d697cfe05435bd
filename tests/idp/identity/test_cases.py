"""Cases: raised with their evidence, read aloud, found, decided once."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.cases.case import Case, CaseAction, CaseKind, CaseOutcome, CaseStatus, open_case_writes
from idp.identity.cases.decisions import (
    ask_document,
    decide_case,
    keep_apart,
    propose_action,
    refuse_proposal,
    withdraw_case,
    write_note,
)
from idp.identity.cases.keeping_apart import kept_apart_from
from idp.identity.cases.references import ALPHABET, new_reference, read_reference
from idp.identity.cases.search import (
    CasePlace,
    case_by_id,
    case_by_reference,
    cases_in_queue,
    cases_of_person,
    count_in_queue,
)
from idp.identity.cases.working_days import closing_after, is_working_day
from idp.storage.database import Database
from tests.support.population import Population
from tests.support.sources import NOW

_VIET_NAM = timedelta(hours=7)


@pytest.fixture
def population(database: Database) -> Population:
    return Population(database)


async def raised(
    population: Population,
    case_id: str = "case",
    *,
    kind: CaseKind = CaseKind.REVIEW,
    now: int = NOW,
    person: str = "b",
) -> Case:
    await population.database.commit(
        *open_case_writes(
            population.vault,
            case_id=case_id,
            kind=kind,
            person_id=person,
            link_id="link",
            candidate_ids=["a", "c"],
            decision="REVIEW",
            evidence={"a": ("C+", "P?", "N3"), "c": ("C+", "P?", "N0")},
            note="gọi từ số quen",
            now=now,
        )
    )
    return await found(population, case_id)


async def found(population: Population, case_id: str = "case") -> Case:
    case = await case_by_id(population.database, population.vault, case_id)
    assert case is not None
    return case


async def test_a_case_is_read_as_it_was_raised(population: Population) -> None:
    case = await raised(population)
    assert (case.kind, case.status, case.person_id, case.link_id) == (CaseKind.REVIEW, CaseStatus.OPEN, "b", "link")
    assert case.candidate_ids == ("a", "c")
    assert case.evidence == {"a": ("C+", "P?", "N3"), "c": ("C+", "P?", "N0")}
    assert (case.note, "gọi" in repr(case)) == ("gọi từ số quen", False)
    (event,) = await population.events("case.raised")
    assert (event["case_id"], event["candidates"]) == ("case", 2)
    sealed = await population.value("linking_case", "note_sealed")
    assert isinstance(sealed, bytes)
    assert b"quen" not in sealed


async def test_it_is_found_by_what_somebody_reads_out(population: Population) -> None:
    case = await raised(population)
    spoken = case.reference.replace("MC-", "mc ").replace("-", " ").lower()
    by_reference = await case_by_reference(population.database, population.vault, spoken)
    assert by_reference is not None
    assert by_reference.id == case.id
    wrong = case.reference[:-1] + next(letter for letter in ALPHABET if letter != case.reference[-1])
    assert await case_by_reference(population.database, population.vault, wrong) is None


async def test_the_queue_comes_page_by_page_oldest_first(population: Population) -> None:
    for number in range(5):
        await raised(population, f"case-{number}", now=NOW + number // 2)
    await withdraw_case(population.database, case=await found(population, "case-2"), by="citizen", now=NOW)
    database, vault = population.database, population.vault
    first = await cases_in_queue(database, vault, limit=2)
    place = CasePlace(first[-1].created_at, first[-1].id)
    rest = await cases_in_queue(database, vault, after=place, limit=10)
    assert [case.id for case in (*first, *rest)] == ["case-0", "case-1", "case-3", "case-4"]
    assert await count_in_queue(database) == {CaseStatus.OPEN: 4}
    assert await cases_in_queue(database, vault, kinds=[CaseKind.NOT_ME]) == []
    withdrawn = await cases_in_queue(database, vault, statuses=[CaseStatus.WITHDRAWN])
    assert [case.id for case in withdrawn] == ["case-2"]
    assert len(await cases_of_person(database, vault, "b")) == 5
    assert await cases_of_person(database, vault, "a") == []


async def test_kept_apart_they_are_two_for_each_of_the_candidates(population: Population) -> None:
    case = await raised(population)
    assert await keep_apart(population.database, case=case, by="an", now=NOW)
    assert await kept_apart_from(population.database, "b") == {"a", "c"}
    assert await kept_apart_from(population.database, "a") == {"b"}
    after = await found(population)
    assert (after.status, after.outcome, after.decided_by) == (CaseStatus.DECIDED, CaseOutcome.KEPT_APART, "an")
    assert len(await population.events("people.kept_apart")) == 2


async def test_of_many_operators_at_once_one_decides(population: Population) -> None:
    case = await raised(population)
    outcomes = await asyncio.gather(
        *(
            decide_case(population.database, case=case, outcome=CaseOutcome.REFUSED, by=f"op-{number}", now=NOW)
            for number in range(5)
        ),
        withdraw_case(population.database, case=case, by="citizen", now=NOW),
        propose_action(population.database, case=case, action=CaseAction.MERGE, by="op-9", now=NOW),
    )
    assert outcomes.count(True) == 1
    assert len(await population.events("case.changed")) == 1


async def test_a_decided_case_takes_no_further_decision(population: Population) -> None:
    database = population.database
    assert await decide_case(database, case=await raised(population), outcome=CaseOutcome.REFUSED, by="an", now=NOW)
    after = await found(population)
    assert not await decide_case(database, case=after, outcome=CaseOutcome.CONFIRMED, by="binh", now=NOW)
    assert not await propose_action(database, case=after, action=CaseAction.MERGE, by="binh", now=NOW)
    assert not await ask_document(database, case=after, by="binh", now=NOW)


async def test_a_document_may_be_asked_for_and_a_proposal_taken_back(population: Population) -> None:
    database = population.database
    assert await ask_document(database, case=await raised(population), by="an", now=NOW)
    asked = await found(population)
    assert asked.status is CaseStatus.DOCUMENT_ASKED
    assert await propose_action(database, case=asked, action=CaseAction.MERGE, by="an", now=NOW)
    waiting = await found(population)
    assert (waiting.status, waiting.proposed_action, waiting.proposed_by) == (
        CaseStatus.AWAITING_SECOND,
        CaseAction.MERGE,
        "an",
    )
    assert not await propose_action(database, case=waiting, action=CaseAction.SPLIT, by="binh", now=NOW)
    assert await refuse_proposal(database, case=waiting, by="binh", now=NOW)
    after = await found(population)
    assert (after.status, after.proposed_action, after.proposed_by) == (CaseStatus.OPEN, None, None)


async def test_a_note_is_sealed_and_counts_as_a_change(population: Population) -> None:
    case = await raised(population)
    database, vault = population.database, population.vault
    assert await write_note(database, vault, case=case, note="đã xem hộ khẩu", by="an", now=NOW)
    assert (await found(population)).note == "đã xem hộ khẩu"
    assert not await write_note(database, vault, case=case, note="khác", by="binh", now=NOW)


@given(st.data())
def test_one_wrong_character_or_two_swapped_are_always_noticed(data: st.DataObject) -> None:
    reference = new_reference()
    assert read_reference(reference) == reference
    characters = list(reference.removeprefix("MC-").replace("-", ""))
    place = data.draw(st.integers(0, len(characters) - 1))
    wrong = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != characters[place]]))
    assert read_reference("".join([*characters[:place], wrong, *characters[place + 1 :]])) is None
    if place and characters[place] != characters[place - 1]:
        swapped = characters.copy()
        swapped[place - 1], swapped[place] = swapped[place], swapped[place - 1]
        assert read_reference("".join(swapped)) is None


@pytest.mark.parametrize("typed", ["", "MC-", "MC-7K4P-2Q9", "MC-7K4P-2Q9FF", "MC-0O1I-LL5S", "x" * 10_000, "МС-7К4Р"])
def test_what_is_no_reference_is_none(typed: str) -> None:
    assert read_reference(typed) is None


def test_a_reference_may_itself_begin_with_the_prefix() -> None:
    """`M` and `C` are letters of the alphabet: eight characters are eight characters."""
    beginning = next(made for made in (new_reference() for _ in range(200_000)) if made.startswith("MC-MC"))
    assert read_reference(beginning.removeprefix("MC-")) == beginning
    assert read_reference(beginning) == beginning


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 9, 2), False),
        (date(2026, 4, 30), False),
        (date(2027, 2, 5), False),
        (date(2027, 2, 9), False),
        (date(2027, 2, 10), True),
    ],
)
def test_working_days_leave_out_weekends_holidays_and_tet(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_ten_working_days_end_when_offices_close_in_viet_nam() -> None:
    # Saturday morning in Viet Nam, Friday evening in UTC.
    raised_at = datetime(2026, 11, 20, 22, 30, tzinfo=UTC).timestamp()
    due = datetime.fromtimestamp(closing_after(raised_at, working_days=10), UTC) + _VIET_NAM
    assert (due.date(), due.hour) == (date(2026, 12, 4), 17)
