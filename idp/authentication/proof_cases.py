"""The case behind a proof: the one it is for, the one it decides, and the one it leaves for people to look at."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from idp.authentication.second_end import NotJoined, Proof
from idp.errors import StorageUnavailable
from idp.identity.cases.case import Case, CaseKind, new_case_id, open_case_writes
from idp.identity.cases.decisions import write_note
from idp.identity.cases.search import case_by_id, cases_of_person
from idp.identity.decision_table import Decision
from idp.identity.recognition.recognised import Recognised
from idp.interactions.linking import Doubt
from idp.interactions.linking_answers import Answer
from idp.storage.database import IntegrityConflict
from idp.web.i18n import Locale, format_date, format_time, text

BY: Final = "citizen"
_LOOKS: Final = 5


async def case_to_prove(proof: Proof) -> Case | None:
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


async def case_to_decide(proof: Proof, case: Case | None, recognised: Recognised) -> str | None:
    """Which case this proof decides, if any."""
    if case is not None:
        if recognised.person_id not in case.candidate_ids:
            raise NotJoined(Answer.NOT_JOINED, "another_person", other=recognised)
        return case.id
    if recognised.case_id is None:
        return None
    services = proof.services
    raised = await case_by_id(services.database, services.vault, recognised.case_id)
    if raised is None or raised.decision != Decision.PROVE or proof.linking.person_id not in raised.candidate_ids:
        raise NotJoined(Answer.ASKED, "needs_review", case_id=recognised.case_id)
    return raised.id


async def case_asked_already(proof: Proof, other_id: str) -> str | None:
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
        moment = datetime.fromtimestamp(proof.now, UTC)
        note = text(Locale.VI, "linking.evidence", gio=format_time(moment), ngay=format_date(moment))
        await write_note(services.database, services.vault, case=case, note=note, by=BY, now=proof.now)
    return case.id


async def case_for_review(proof: Proof, other_id: str) -> str:
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
