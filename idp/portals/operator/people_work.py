"""What an operator does for one person: unlock, thaw a link, propose that a merge be taken back. After a look."""

from starlette.responses import Response

from idp.errors import PageNotFound
from idp.identity.case_decisions import propose_action
from idp.identity.case_search import case_by_id
from idp.identity.cases import CaseAction, CaseKind, new_case_id, open_case_writes
from idp.identity.links import links_of
from idp.identity.person_state import PersonStatus, person_state
from idp.identity.protection import unfreeze_link, unlock_person
from idp.operators.permissions import Permission
from idp.portals.operator.case_work import words_of
from idp.portals.operator.desk import HOME, Desk, see
from idp.portals.operator.guard import refuse
from idp.portals.operator.notes import Note, NoteKind, with_note
from idp.portals.operator.people import is_about_the_operator, look_at_person, merges_into


async def unlock(desk: Desk) -> Response:
    person_id = _person_id(desk)
    if stopped := await _stopped(desk, person_id, Permission.UNLOCK, needs_words=True):
        return stopped
    services = desk.services
    person = await person_state(services.database, person_id)
    if person is None or person.status is not PersonStatus.LOCKED:
        return see(_url(person_id))
    # A case of its own keeps why, and is decided by the unlocking itself.
    case_id = await _support_case(desk, person_id, NoteKind.DECISION)
    await unlock_person(
        services.database,
        services.vault,
        services.configuration.client,
        person_id=person_id,
        by=desk.operator.id,
        case_id=case_id,
        now=desk.now,
    )
    services.outbox_poke()
    return see(_url(person_id))


async def unfreeze(desk: Desk) -> Response:
    """The link must be this person's: the page of one person changes nothing of another."""
    person_id = _person_id(desk)
    if stopped := await _stopped(desk, person_id, Permission.UNLOCK):
        return stopped
    database, vault = desk.services.database, desk.services.vault
    link_id = desk.form.get("link", "")
    if link_id not in {link.id for link in await links_of(database, vault, person_id)}:
        raise PageNotFound
    await unfreeze_link(database, vault, link_id=link_id, person_id=person_id, by=desk.operator.id, now=desk.now)
    return see(_url(person_id))


async def split(desk: Desk) -> Response:
    """The first half of taking a merge back: a case of its own, which another operator decides."""
    person_id = _person_id(desk)
    if stopped := await _stopped(desk, person_id, Permission.SPLIT, needs_words=True):
        return stopped
    merges = {merge.id: merge for merge in await merges_into(desk.services.database, person_id)}
    merge = merges.get(desk.form.get("merge", ""))
    if merge is None:
        raise PageNotFound
    case_id = await _support_case(desk, person_id, NoteKind.SPLIT, about=merge.id, beside=(merge.absorbed_id,))
    case = await case_by_id(desk.services.database, desk.services.vault, case_id)
    assert case is not None
    await propose_action(desk.services.database, case=case, action=CaseAction.SPLIT, by=desk.operator.id, now=desk.now)
    return see(f"{HOME}/cases/{case.reference}")


async def _support_case(
    desk: Desk, person_id: str, kind: NoteKind, *, about: str = "", beside: tuple[str, ...] = ()
) -> str:
    entry = Note(at=desk.now, by=desk.operator.label, kind=kind, words=words_of(desk), about=about)
    case_id = new_case_id()
    writes = open_case_writes(
        desk.services.vault,
        case_id=case_id,
        kind=CaseKind.SUPPORT,
        person_id=person_id,
        link_id=None,
        candidate_ids=beside,
        decision=kind.value,
        now=desk.now,
        note=with_note(None, entry),
    )
    await desk.services.database.commit(*writes)
    return case_id


async def _stopped(desk: Desk, person_id: str, permission: Permission, *, needs_words: bool = False) -> Response | None:
    """Nobody acts on themselves, on somebody they did not look at, or without saying why."""
    if await is_about_the_operator(desk, [person_id]):
        return await refuse(desk, permission, "concerned")
    if await look_at_person(desk, person_id) is None or (needs_words and not words_of(desk)):
        return see(_url(person_id))
    return None


def _person_id(desk: Desk) -> str:
    return str(desk.request.path_params["person_id"])


def _url(person_id: str) -> str:
    return f"{HOME}/people/{person_id}"
