"""What an operator does for one person: unlock, thaw a link, take off a lost app, propose that a merge be taken back.

Always after a look.
"""

from typing import Final

from starlette.responses import Response

from idp.errors import PageNotFound
from idp.identity.authenticators import enrolled, remove
from idp.identity.cases.case import (
    CaseAction,
    CaseKind,
    CaseOutcome,
    FirstStep,
    new_case_id,
    open_case_writes,
)
from idp.identity.cases.references import new_reference
from idp.identity.cases.search import cases_of_person
from idp.identity.links import links_of
from idp.identity.person_state import PersonStatus, person_state
from idp.identity.protection.link_freezing import unfreeze_link
from idp.identity.protection.locks import unlock_person
from idp.operators.operator import operator_of_person
from idp.operators.permissions import Permission
from idp.portals.operator.case_work import notice_to, words_of
from idp.portals.operator.desk import HOME, Desk, see
from idp.portals.operator.guard import refuse
from idp.portals.operator.notes import Note, NoteKind, with_note
from idp.portals.operator.people import is_about_the_operator, look_at_person, merges_into
from idp.portals.telling import telling
from idp.storage.database import Write
from idp.storage.short_lived import add_once
from idp.web.i18n import Locale

_TWO_CLICKS_SECONDS: Final = 60


async def unlock(desk: Desk) -> Response:
    person_id = _person_id(desk)
    if stopped := await _stopped(desk, person_id, Permission.UNLOCK, needs_words=True):
        return stopped
    services = desk.services
    person = await person_state(services.database, person_id)
    if person is None or person.status is not PersonStatus.LOCKED:
        return see(_url(person_id))
    # A case of its own keeps why, in the transaction that unlocks: of two at once neither leaves one behind.
    await unlock_person(
        services.database,
        services.vault,
        services.configuration.client,
        person_id=person_id,
        by=desk.operator.id,
        also=[
            *_support_case(desk, person_id, NoteKind.DECISION, step=_decided(desk, CaseOutcome.UNLOCKED)),
            *await notice_to(desk, person_id, "case_decided"),
        ],
        now=desk.now,
    )
    services.outbox_poke()
    return see(_url(person_id))


async def reset_second_factor(desk: Desk) -> Response:
    """For who lost their app and came with papers: nobody takes it off with the first factor alone."""
    person_id = _person_id(desk)
    if stopped := await _stopped(desk, person_id, Permission.UNLOCK, needs_words=True):
        return stopped
    database = desk.services.database
    if await operator_of_person(database, person_id) is not None:
        # That app opens this desk: the command line resets it, and gives the code that leads to a new one.
        return await refuse(desk, Permission.UNLOCK, "not_permitted")
    writes = [
        *_support_case(desk, person_id, NoteKind.DECISION, step=_decided(desk, CaseOutcome.CONFIRMED)),
        *await notice_to(desk, person_id, "factor_removed"),
    ]
    for app in await enrolled(database, person_id=person_id):
        # Written once, with the first that was still there.
        removed = await remove(
            database,
            authenticator_id=app.id,
            person_id=person_id,
            by=desk.operator.id,
            now=desk.now,
            writes=tuple(writes),
        )
        writes = [] if removed else writes
    desk.services.outbox_poke()
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
    await unfreeze_link(
        database,
        vault,
        link_id=link_id,
        person_id=person_id,
        by=desk.operator.id,
        tell=await telling(desk.services, Locale.VI),
        now=desk.now,
    )
    desk.services.outbox_poke()
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
    database, vault = desk.services.database, desk.services.vault
    for case in await cases_of_person(database, vault, person_id):
        if (
            case.proposed_action is CaseAction.SPLIT
            and case.is_undecided
            and case.concerns(person_id, merge.absorbed_id)
        ):
            return see(f"{HOME}/cases/{case.reference}")
    # Two clicks are one proposal; who comes back after a minute finds it above.
    once = add_once("operator split", merge.id, expires_at=desk.now + _TWO_CLICKS_SECONDS, now=desk.now)
    reference = new_reference()
    step = FirstStep(by=desk.operator.id, action=CaseAction.SPLIT)
    writes = _support_case(
        desk, person_id, NoteKind.SPLIT, step=step, about=merge.id, beside=(merge.absorbed_id,), reference=reference
    )
    if await database.commit(*writes, gate=once) is None:
        return see(_url(person_id))
    return see(f"{HOME}/cases/{reference}")


def _decided(desk: Desk, outcome: CaseOutcome) -> FirstStep:
    return FirstStep(by=desk.operator.id, outcome=outcome)


def _support_case(
    desk: Desk,
    person_id: str,
    kind: NoteKind,
    *,
    step: FirstStep,
    about: str = "",
    beside: tuple[str, ...] = (),
    reference: str | None = None,
) -> list[Write]:
    entry = Note(at=desk.now, by=desk.operator.label, kind=kind, words=words_of(desk), about=about)
    return open_case_writes(
        desk.services.vault,
        case_id=new_case_id(),
        kind=CaseKind.SUPPORT,
        person_id=person_id,
        link_id=None,
        candidate_ids=beside,
        decision=kind.value,
        now=desk.now,
        note=with_note(None, entry),
        reference=reference,
        step=step,
    )


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
