"""The forms of a case that one operator answers for: a look, a note, a document, a proposal, two people kept apart."""

from dataclasses import replace

from starlette.responses import Response

from idp.identity.cases.case import Case, CaseAction, CaseStatus
from idp.identity.cases.decisions import ask_document, keep_apart, propose_action, write_note
from idp.identity.channels import channels_of_person
from idp.identity.protection.happenings import Happening, HappeningKind
from idp.operators.looks import LookReason, open_look
from idp.operators.permissions import Permission
from idp.portals.operator.case_file import CaseFile, case_file, look_subject
from idp.portals.operator.case_page import Document, Trouble, show_case
from idp.portals.operator.desk import HOME, Desk, see
from idp.portals.operator.guard import refuse
from idp.portals.operator.notes import LONGEST, Note, NoteKind, with_note
from idp.portals.telling import telling
from idp.storage.database import Write
from idp.web.i18n import Locale


async def look(desk: Desk) -> Response:
    found = await case_file(desk)
    if found.concerned:
        return await refuse(desk, Permission.REVEAL, "concerned")
    reason = desk.form.get("reason", "")
    if reason in set(LookReason):
        await open_look(
            desk.services.database,
            found.person_ids,
            operator_id=desk.operator.id,
            session_id=desk.visitor.session_id,
            subject=look_subject(found.case),
            reason=LookReason(reason),
            case_id=found.case.id,
            now=desk.now,
        )
        if words_of(desk):
            # Where somebody else changes the case at this moment the look stands, and the note is not kept.
            await written(desk, found.case, NoteKind.LOOK)
    return _back(found)


async def note(desk: Desk) -> Response:
    found = await case_file(desk)
    trouble = trouble_with(desk, found, needs_words=True, working=False)
    if trouble is None and await written(desk, found.case, NoteKind.NOTE) is None:
        trouble = Trouble.RACED
    return await answered(desk, found, trouble)


async def document(desk: Desk) -> Response:
    """The notice says where to bring it, and holds no link."""
    found = await case_file(desk)
    asked = desk.form.get("document", "")
    if asked not in set(Document):
        return await answered(desk, found, Trouble.NOT_POSSIBLE)
    trouble = trouble_with(desk, found)
    if trouble is not None:
        return await answered(desk, found, trouble)
    case = await written(desk, found.case, NoteKind.DOCUMENT, about=asked)
    done = case is not None and await ask_document(
        desk.services.database,
        case=case,
        by=desk.operator.id,
        now=desk.now,
        also=await notice_to(desk, case.person_id, "document_asked"),
    )
    return await answered(desk, found, None if done else Trouble.RACED)


async def merge(desk: Desk) -> Response:
    """The first half: which two, and why; another operator carries it out."""
    found = await case_file(desk)
    chosen = desk.form.get("candidate", "")
    candidate = next((one for one in found.candidates if str(one.number) == chosen), None)
    trouble = trouble_with(desk, found, needs_words=True, needs_look=True)
    if trouble is None and candidate is None:
        trouble = Trouble.NOT_POSSIBLE
    if trouble is not None or candidate is None:
        return await answered(desk, found, trouble)
    case = await written(desk, found.case, NoteKind.MERGE, about=candidate.id)
    done = case is not None and await propose_action(
        desk.services.database, case=case, action=CaseAction.MERGE, by=desk.operator.id, now=desk.now
    )
    return await answered(desk, found, None if done else Trouble.RACED)


async def apart(desk: Desk) -> Response:
    found = await case_file(desk)
    trouble = trouble_with(desk, found, needs_words=True, needs_look=True)
    if trouble is not None:
        return await answered(desk, found, trouble)
    case = await written(desk, found.case, NoteKind.APART)
    done = case is not None and await keep_apart(
        desk.services.database,
        case=case,
        by=desk.operator.id,
        now=desk.now,
        also=await notice_to(desk, case.person_id, "case_decided"),
    )
    return await answered(desk, found, None if done else Trouble.RACED)


def trouble_with(
    desk: Desk, found: CaseFile, *, needs_words: bool = False, needs_look: bool = False, working: bool = True
) -> Trouble | None:
    """What keeps a form of a case from being carried out. The form names the version that was looked at.

    `working`: not while a proposal waits, lest a note slip another candidate under somebody else's proposal.
    """
    if found.concerned:
        return Trouble.CONCERNED
    if not found.case.is_undecided:
        return Trouble.DECIDED
    if desk.form.get("version") != str(found.case.version):
        return Trouble.RACED
    if working and found.case.status is CaseStatus.AWAITING_SECOND:
        return Trouble.RACED
    if needs_look and found.open_until is None:
        return Trouble.LOOK_FIRST
    if needs_words and not words_of(desk):
        return Trouble.NO_WORDS
    return None


def words_of(desk: Desk) -> str:
    return desk.form.get("words", "").strip()[:LONGEST]


async def written(desk: Desk, case: Case, kind: NoteKind, *, about: str = "") -> Case | None:
    """The case with one more note, at its new version; None where somebody else was faster."""
    entry = Note(at=desk.now, by=desk.operator.label, kind=kind, words=words_of(desk), about=about)
    kept = with_note(case.note, entry)
    database, vault = desk.services.database, desk.services.vault
    if not await write_note(database, vault, case=case, note=kept, by=desk.operator.id, now=desk.now):
        return None
    return replace(case, note=kept, version=case.version + 1)


async def notice_to(desk: Desk, person_id: str, kind: HappeningKind) -> list[Write]:
    """On every channel known; in Vietnamese, for an operator's language says nothing of the citizen's."""
    database, vault = desk.services.database, desk.services.vault
    channels = await channels_of_person(database, vault, person_id)
    tell = await telling(desk.services, Locale.VI)
    return list(tell(Happening(kind=kind, person_id=person_id, channels=channels, now=desk.now)))


async def answered(desk: Desk, found: CaseFile, trouble: Trouble | None) -> Response:
    """Back to the case; or the case as it is now, with what kept the form from being carried out."""
    if trouble is None:
        desk.services.outbox_poke()
        return _back(found)
    if trouble is Trouble.RACED or trouble is Trouble.DECIDED:
        found = await case_file(desk)
        if not found.case.is_undecided:
            trouble = Trouble.DECIDED
    return await show_case(desk, found, trouble=trouble, status=409)


def _back(found: CaseFile) -> Response:
    return see(f"{HOME}/cases/{found.case.reference}")
