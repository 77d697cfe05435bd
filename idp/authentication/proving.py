"""The second end of a proof: the same browser has authenticated as another person's record, or at a source to add.

Whoever holds both ends in one sitting is one person, if their records do not contradict it (domain §2.4(4)). Whatever
falls short joins nothing, changes neither account, and is answered alike: nobody learns whose record it was not.
"""

from collections.abc import Sequence
from dataclasses import replace

from idp.audit.log import audit_entry
from idp.audit.login_events import LinkingAnswered, LinkingRefused
from idp.authentication.proof_cases import BY, case_asked_already, case_for_review, case_to_decide, case_to_prove
from idp.authentication.recognising import source_label
from idp.authentication.second_end import NotJoined, Proof, whom
from idp.authentication.session_start import seen_by, start_session
from idp.errors import StorageUnavailable
from idp.history.login_records import LoginOutcome, record_login
from idp.identity.merging.merge import MergeBasis, MergeContended, MergeRefusal, MergeRefused, merge_people
from idp.identity.protection.happenings import Happening, TellHappening
from idp.identity.recognition.recognised import Recognised
from idp.interactions.interaction import Interaction
from idp.interactions.linking import Doubt, LinkingState
from idp.interactions.linking_answers import Answer
from idp.interactions.storage import saving
from idp.notices.notice import NoticeKind, notice_writes
from idp.sessions.session import SsoSession
from idp.sessions.storage import live_session
from idp.storage.database import Write


async def prove_second_end(proof: Proof) -> str | None:
    """The session's new secret where something was joined; None where nothing was, and the page says what came of it.

    Raises SessionExpired, StorageUnavailable.
    """
    try:
        session = await _first_end(proof)
        case = await case_to_prove(proof)
        recognised = await whom(proof, case)
        if recognised.person_id == proof.linking.person_id:
            return await _own_record(proof, recognised)
        return await _joined(proof, session, recognised, await case_to_decide(proof, case, recognised))
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
            by=BY,
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
        return NotJoined(Answer.NOT_JOINED, reason.value, other=recognised)
    asked = await case_asked_already(proof, recognised.person_id)
    if asked is not None:
        return NotJoined(Answer.ASKED, reason.value, case_id=asked, other=recognised)
    case_id = await case_for_review(proof, recognised.person_id)
    return NotJoined(Answer.TAKEN, reason.value, case_id=case_id, other=recognised)


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
    await database.commit(*_history(proof, refused.other), audit_entry(event, now_ms=int(proof.now * 1000)))
    await database.commit(gate=saving(proof.services.vault, changed))


def _history(proof: Proof, other: Recognised | None) -> list[Write]:
    """Whoever's record was held up as proof reads of it: it may not have been they who did."""
    if other is None:
        return []
    line = record_login(
        proof.services.vault,
        person_id=other.person_id,
        client_id=proof.client.client_id,
        source_id=proof.result.source_id,
        level=proof.result.level,
        outcome=LoginOutcome.REFUSED,
        arrival=proof.arriving.arrival,
        now=proof.now,
        link_id=other.link_id,
    )
    return [line]


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
            person_id=happening.person_id,
        )

    return tell


def _ids(proof: Proof) -> dict[str, str]:
    return {
        "client_id": proof.client.client_id,
        "source_id": proof.result.source_id,
        "interaction_id": proof.interaction.id,
    }
