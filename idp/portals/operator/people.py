"""One person: nothing before a reason is given, then what is known of them for ten minutes, and what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.responses import Response

from idp.errors import PageNotFound
from idp.identity.authenticators import enrolled
from idp.identity.cases.search import cases_of_person
from idp.identity.links import links_of
from idp.operators.doubles import doubles_of
from idp.operators.four_eyes import is_concerned
from idp.operators.looks import LookReason, look_open_until, open_look
from idp.operators.operator import operator_of_person
from idp.operators.permissions import Permission
from idp.portals.operator.case_file import PersonLine, records_of, successions_between
from idp.portals.operator.comparison import side_by_side
from idp.portals.operator.desk import HOME, Desk, see
from idp.portals.operator.guard import refuse
from idp.portals.operator.queue import queue_rows
from idp.storage.database import Database


@dataclass(frozen=True, kw_only=True)
class MergeLine:
    id: str
    absorbed_id: str
    basis: str
    merged_at: datetime


async def person_page(desk: Desk) -> Response:
    person = await _person(desk)
    if await is_about_the_operator(desk, [person.id]):
        return await refuse(desk, Permission.REVEAL, "concerned")
    until = await look_at_person(desk, person.id)
    if until is None:
        return desk.page("portals/operator/person_closed", action=f"{_url(person.id)}/look", reasons=list(LookReason))
    records = await records_of(desk, [person], first_link=None)
    cases = await cases_of_person(desk.services.database, desk.services.vault, person.id)
    return desk.page(
        "portals/operator/person",
        person=person,
        url=_url(person.id),
        records=records,
        rows=side_by_side(records, superseded=await successions_between(desk, records), shown=True),
        until=datetime.fromtimestamp(until, UTC),
        merges=await merges_into(desk.services.database, person.id),
        cases=queue_rows(cases, now=desk.now),
        may_unlock=desk.may(Permission.UNLOCK),
        has_app=await _has_app(desk.services.database, person.id),
        may_split=desk.may(Permission.SPLIT),
    )


async def look(desk: Desk) -> Response:
    person = await _person(desk)
    if await is_about_the_operator(desk, [person.id]):
        return await refuse(desk, Permission.REVEAL, "concerned")
    reason = desk.form.get("reason", "")
    if reason in set(LookReason):
        await open_look(
            desk.services.database,
            [person.id],
            operator_id=desk.operator.id,
            session_id=desk.visitor.session_id,
            subject=f"person {person.id}",
            reason=LookReason(reason),
            case_id=None,
            now=desk.now,
        )
    return see(_url(person.id))


async def look_at_person(desk: Desk, person_id: str) -> int | None:
    return await look_open_until(
        desk.services.database,
        operator_id=desk.operator.id,
        session_id=desk.visitor.session_id,
        subject=f"person {person_id}",
        now=desk.now,
    )


async def is_about_the_operator(desk: Desk, people: Sequence[str]) -> bool:
    return is_concerned(await doubles_of(desk.services.database, desk.visitor.person_id), people)


async def merges_into(database: Database, person_id: str) -> list[MergeLine]:
    """Those in force, the newest first: a merge is taken back before the one it built on."""
    rows = await database.fetch_all(
        "SELECT id, absorbed_id, basis, merged_at FROM person_merge WHERE survivor_id = $1 AND undone_at IS NULL"
        " ORDER BY merged_at DESC, id",
        person_id,
    )
    return [
        MergeLine(
            id=str(row["id"]),
            absorbed_id=str(row["absorbed_id"]),
            basis=str(row["basis"]),
            merged_at=datetime.fromtimestamp(int(row["merged_at"] or 0), UTC),
        )
        for row in rows
    ]


async def _has_app(database: Database, person_id: str) -> bool:
    """An operator's opens this desk, and is not taken off at it."""
    return bool(await enrolled(database, person_id=person_id)) and await operator_of_person(database, person_id) is None


async def _person(desk: Desk) -> PersonLine:
    """The person of the address. Raises PageNotFound."""
    person_id = str(desk.request.path_params["person_id"])
    row = await desk.services.database.fetch_row("SELECT status, merged_into FROM person WHERE id = $1", person_id)
    if row is None:
        raise PageNotFound
    merged_into = row["merged_into"]
    return PersonLine(
        id=person_id,
        number=0,
        status=str(row["status"]),
        merged_into=merged_into if isinstance(merged_into, str) else None,
        links=await links_of(desk.services.database, desk.services.vault, person_id),
    )


def _url(person_id: str) -> str:
    return f"{HOME}/people/{person_id}"
