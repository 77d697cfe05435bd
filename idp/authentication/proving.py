"""The second end of a proof: the same browser has authenticated as another person's record, or at a source to add.

Whoever holds both ends in one sitting is one person, if their records do not contradict it (domain §2.4(4)). Whatever
falls short joins nothing, changes neither account, and is answered alike: nobody learns whose record it was not.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.login_events import LinkingAnswered, LinkingRefused
from idp.authentication.recognising import source_label
from idp.authentication.second_end import NotJoined, Proof, whom
from idp.authentication.session_start import seen_by, start_session
from idp.errors import StorageUnavailable
from idp.identity.case_decisions import write_note
from idp.identity.case_search import case_by_id, cases_of_person
from idp.identity.cases import Case, CaseKind, new_case_id, open_case_writes
from idp.identity.decision_table import Decision
from idp.identity.happenings import Happening, TellHappening
from idp.identity.merging import MergeBasis, MergeContended, MergeRefusal, MergeRefused, merge_people
from idp.identity.recognised import Recognised
from idp.interactions.interaction import Interaction
from idp.interactions.linking import Doubt, LinkingState
from idp.interactions.linking_answers import Answer
from idp.interactions.storage import saving
from idp.notices.notice import NoticeKind, notice_writes
from idp.sessions.session import SsoSession
from idp.sessions.storage import live_session
from idp.storage.database import IntegrityConflict, Write
from idp.web.i18n import Locale, format_date, format_time, text

_BY: Final = "citizen"
_LOOKS: Final = 5


async def prove_second_end(proof: Proof) -> str | None:
    """The session's new secret where something was joined; None where nothing was, and the page says what came of it.

    Raises SessionExpired, StorageUnavailable.
    """
    try:
        session = await _first_end(proof)
        case = await _case(proof)
        recognised = await whom(proof, case)
        if recognised.person_id == proof.linking.person_id:
            return await _own_record(proof, recognised)
        return await _joined(proof, session, recognised, await _case_to_decide(proof, case, recognised))
    except NotJoined as refused:
        await _note(proof, refused)
        return None


async def _first_end(proof: Proof) -> SsoSession:
    """The session that this very interaction made, still of the person it was made for, and not long ago."""
    services, linking = proof.services, proof.linking
    session = await live_session(
        services.database,
        services.vault,
        key=proof.arriving.session_key,
        now=int(proof.now),
        idle=services.settings.session_idle,
    )
    if session is None or (session.id, session.person_id) != (proof.interaction.session_id, linking.person_id):
        raise NotJoined(Answer.EXPIRED, "first_end_gone")
    if not linking.is_fresh(int(proof.now)):
        raise NotJoined(Answer.EXPIRED, "first_end_too_old")
    return session


async def _case(proof: Proof) -> Case | None:
    """The case this proof is for; None where a source is to be added."""
    if proof.linking.doubt is Doubt.ADD:
        return None
    services = proof.services
    case = await case_by_id(services.database, services.vault, proof.linking.case_id or "")
    if case is None or case.person_id != proof.linking.person_id:
        raise NotJoined(Answer.NOT_JOINED, "case_of_another")
    if not case.is_undecided:
        raise NotJoined(Answer.DECIDED, "case_decided")
    return case


async def _case_to_decide(proof: Proof, case: Case | None, recognised: Recognised) -> str | None:
    """Which case this proof decides, if any."""
    if case is not None:
        if recognised.person_id not in case.candidate_ids:
            raise NotJoined(Answer.NOT_JOINED, "another_person")
        return case.id
    if recognised.case_id is None:
        return None
    services = proof.services
    raised = await case_by_id(services.database, services.vault, recognised.case_id)
    if raised is None or raised.decision != Decision.PROVE or proof.linking.person_id not in raised.candidate_ids:
        raise NotJoined(Answer.ASKED, "needs_review", case_id=recognised.case_id)
    return raised.id


async def _own_record(proof: Proof, recognised: Recognised) -> str:
    """The second source is the same person's: known before, or, where one is to be added, just linked."""
    if proof.linking.doubt is not Doubt.ADD or not recognised.is_new_link:
        raise NotJoined(Answer.SAME, "same_person")
    return await _settled(proof, proof.interaction, recognised, proof.linking.person_id, Answer.ADDED)


async def _joined(proof: Proof, session: SsoSession, recognised: Recognised, case_id: str | None) -> str:
    services = proof.services
    try:
        merged = await merge_people(
            services.database,
            services.vault,
            services.configuration.client,
            first_id=proof.linking.person_id,
            second_id=recognised.person_id,
            basis=MergeBasis.PROOF_AT_BOTH_ENDS,
            case_id=case_id,
            by=_BY,
            keep_session=session.id,
            tell=await _telling(proof),
            now=proof.now,
        )
    except MergeContended as error:
        raise StorageUnavailable(retry_after=5) from error
    except MergeRefused as error:
        raise await _refused(proof, recognised, error.reason) from error
    services.outbox_poke()
    # Whatever either end proved in this login, one person proved.
    factors = tuple(replace(factor, person_id=merged.survivor_id) for factor in proof.interaction.factors)
    interaction = replace(proof.interaction, factors=factors)
    answer = Answer.ADDED if proof.linking.doubt is Doubt.ADD else Answer.PROVEN
    return await _settled(proof, interaction, recognised, merged.survivor_id, answer)


async def _settled(
    proof: Proof, interaction: Interaction, recognised: Recognised, person_id: str, answer: Answer
) -> str:
    linking = proof.linking.moved(
        LinkingState.SETTLED, person_id=person_id, answer=answer.value, other_source_id=proof.result.source_id
    )
    event = LinkingAnswered(answer=answer.value, case_id=linking.case_id, person_id=person_id, **_ids(proof))
    seen = seen_by(proof.result, recognised, person_id=person_id, now=int(proof.now))
    return await start_session(
        proof.services,
        interaction,
        proof.client,
        seen,
        proof.arriving,
        linking=linking,
        now=proof.now,
        also=[audit_entry(event, now_ms=int(proof.now * 1000))],
    )


async def _refused(proof: Proof, recognised: Recognised, reason: MergeRefusal) -> NotJoined:
    """Two accounts that a proof alone does not join. Who wants to add a source gets it looked at."""
    if reason is MergeRefusal.OTHER_CASE:
        return NotJoined(Answer.DECIDED, reason.value)
    if proof.linking.doubt is not Doubt.ADD:
        return NotJoined(Answer.NOT_JOINED, reason.value)
    asked = await _asked_already(proof, recognised.person_id)
    if asked is not None:
        return NotJoined(Answer.ASKED, reason.value, case_id=asked)
    return NotJoined(Answer.TAKEN, reason.value, case_id=await _case_for_review(proof, recognised.person_id))


async def _asked_already(proof: Proof, other_id: str) -> str | None:
    """The case that waits already to say whether these two are one. Both ends proved is evidence for who decides."""
    services, own_id = proof.services, proof.linking.person_id
    found = [
        *await cases_of_person(services.database, services.vault, own_id),
        *await cases_of_person(services.database, services.vault, other_id),
    ]
    case = next((case for case in found if case.is_undecided and case.concerns(own_id, other_id)), None)
    if case is None:
        return None
    if case.note is None:
        note = text(Locale.VI, "linking.evidence", gio=format_time(_moment(proof)), ngay=format_date(_moment(proof)))
        await write_note(services.database, services.vault, case=case, note=note, by=_BY, now=proof.now)
    return case.id


async def _case_for_review(proof: Proof, other_id: str) -> str:
    services, case_id = proof.services, new_case_id()
    for _ in range(_LOOKS):
        writes = open_case_writes(
            services.vault,
            case_id=case_id,
            kind=CaseKind.REVIEW,
            person_id=proof.linking.person_id,
            link_id=None,
            candidate_ids=[other_id],
            decision=Decision.REVIEW,
            now=proof.now,
        )
        # Two references may meet.
        with suppress(IntegrityConflict):
            await services.database.commit(*writes)
            return case_id
    raise StorageUnavailable(retry_after=5)


async def _note(proof: Proof, refused: NotJoined) -> None:
    """The page that waits says what came of it. Another tab that went on meanwhile is left alone."""
    waits = refused.case_id is not None
    linking = proof.linking.moved(
        LinkingState.ASKED if waits else LinkingState.WAITING,
        answer=refused.answer.value,
        fields=refused.fields or proof.linking.fields,
        case_id=refused.case_id or proof.linking.case_id,
        other_source_id=proof.result.source_id,
    )
    event = LinkingRefused(
        reason=refused.reason, case_id=linking.case_id, person_id=proof.linking.person_id, **_ids(proof)
    )
    changed = replace(proof.interaction, linking=linking, source_id=None, source_state={})
    database = proof.services.database
    await database.commit(audit_entry(event, now_ms=int(proof.now * 1000)))
    await database.commit(gate=saving(proof.services.vault, changed))


async def _telling(proof: Proof) -> TellHappening:
    services, locale = proof.services, proof.arriving.locale
    label = await source_label(services, proof.result.source_id, locale)

    def tell(happening: Happening) -> Sequence[Write]:
        kind = NoticeKind(happening.kind)
        return notice_writes(
            services.vault,
            happening.channels,
            kind,
            settings=services.settings,
            locale=locale,
            at=happening.now,
            name=label,
        )

    return tell


def _moment(proof: Proof) -> datetime:
    return datetime.fromtimestamp(proof.now, UTC)


def _ids(proof: Proof) -> dict[str, str]:
    return {
        "client_id": proof.client.client_id,
        "source_id": proof.result.source_id,
        "interaction_id": proof.interaction.id,
    }
