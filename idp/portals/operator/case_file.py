"""A case with everything its page shows: the people it is about, their records, who said what so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from idp.errors import PageNotFound
from idp.identity.cases.case import Case, CaseAction
from idp.identity.cases.search import case_by_reference
from idp.identity.links import LinkView, links_of
from idp.identity.succession.supersessions import successions_of
from idp.operators.doubles import doubles_of
from idp.operators.four_eyes import NotASecond, is_concerned, why_not_second
from idp.operators.looks import look_open_until
from idp.operators.operator import Operator, operator_by_id
from idp.operators.permissions import Permission
from idp.portals.operator.comparison import Record
from idp.portals.operator.desk import Desk
from idp.portals.operator.wording import source_name
from idp.storage.database import Database


@dataclass(frozen=True, kw_only=True)
class PersonLine:
    """`number`: 0 for the person of the case, then the candidates in the order of the case."""

    id: str
    number: int
    status: str
    merged_into: str | None
    links: Sequence[LinkView] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """`open_until`: until when this operator sees the values; `obstacle`: why they cannot second."""

    case: Case
    people: tuple[PersonLine, ...]
    open_until: int | None
    proposer: Operator | None
    obstacle: NotASecond | None
    concerned: bool

    @property
    def person_ids(self) -> tuple[str, ...]:
        return tuple(person.id for person in self.people)

    @property
    def candidates(self) -> tuple[PersonLine, ...]:
        return self.people[1:]


async def case_file(desk: Desk) -> CaseFile:
    """The case of the address. Raises PageNotFound."""
    database, vault = desk.services.database, desk.services.vault
    case = await case_by_reference(database, vault, str(desk.request.path_params["reference"]))
    if case is None:
        raise PageNotFound
    ids = (case.person_id, *(one for one in case.candidate_ids if one != case.person_id))
    statuses = {one: await _person(database, one) for one in ids}
    people = [
        PersonLine(
            id=one,
            number=number,
            status=statuses[one][0],
            merged_into=statuses[one][1],
            links=await links_of(database, vault, one),
        )
        for number, one in enumerate(ids)
    ]
    return await _with_standing(desk, case, tuple(people))


async def _with_standing(desk: Desk, case: Case, people: tuple[PersonLine, ...]) -> CaseFile:
    """How this operator stands to the case: whether it is about them, whether they looked, whether they may second."""
    database, operator = desk.services.database, desk.operator
    ids = [person.id for person in people]
    mine = await doubles_of(database, desk.visitor.person_id)
    proposer = None if case.proposed_by is None else await operator_by_id(database, case.proposed_by)
    theirs = await doubles_of(database, proposer.person_id) if proposer and proposer.person_id else frozenset()
    return CaseFile(
        case=case,
        people=people,
        open_until=await look_open_until(
            database,
            operator_id=operator.id,
            session_id=desk.visitor.session_id,
            subject=look_subject(case),
            now=desk.now,
        ),
        proposer=proposer,
        obstacle=None
        if case.proposed_by is None
        else why_not_second(
            proposer,
            operator,
            proposing=Permission.SPLIT if case.proposed_action is CaseAction.SPLIT else Permission.PROPOSE,
            proposer_doubles=theirs,
            second_doubles=mine,
            about=ids,
        ),
        concerned=is_concerned(mine, ids),
    )


def look_subject(case: Case) -> str:
    return f"case {case.id}"


async def records_of(desk: Desk, people: Sequence[PersonLine], *, first_link: str | None) -> tuple[Record, ...]:
    """The link that raised the case first, then the others; whoever was unlinked vouches for nothing any more."""
    names: dict[str, str] = {}
    found: list[Record] = []
    for person in people:
        for link in person.links:
            if link.status == "removed" and link.id != first_link:
                continue
            if link.source_id not in names:
                names[link.source_id] = await source_name(desk.services.configuration, link.source_id, desk.locale)
            found.append(
                Record(
                    link_id=link.id,
                    number=person.number,
                    source=names[link.source_id],
                    status=link.status,
                    linked_at=link.created_at,
                    identity=link.identity,
                )
            )
    return tuple(sorted(found, key=lambda record: (record.link_id != first_link, record.number)))


async def successions_between(desk: Desk, records: Sequence[Record]) -> list[tuple[str, str]]:
    """Re-issues on file between the first record's number and those of the others."""
    numbers = [record.identity.personal_id for record in records]
    others = {number for number in numbers[1:] if number and number != numbers[0]}
    found: list[tuple[str, str]] = []
    for number in sorted(others) if numbers and numbers[0] else ():
        found += await successions_of(desk.services.database, desk.services.vault, str(numbers[0]), number)
    return found


async def _person(database: Database, person_id: str) -> tuple[str, str | None]:
    row: Mapping[str, object] | None = await database.fetch_row(
        "SELECT status, merged_into FROM person WHERE id = $1", person_id
    )
    if row is None:
        return "closed", None
    merged_into = row["merged_into"]
    return str(row["status"]), merged_into if isinstance(merged_into, str) else None
