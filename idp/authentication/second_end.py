"""Whom the second end of a proof leads to. A stranger's record makes nobody new here: nothing is kept of a proof that
proved nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from idp.authentication.contract import AuthenticationResult
from idp.authentication.recognising import recognised_person
from idp.authentication.session_start import Arriving
from idp.errors import CitizenError, StorageUnavailable
from idp.identity.cases.case import Case
from idp.identity.decision_table import Decision
from idp.identity.links import lets_in, links_of
from idp.identity.matching import decide
from idp.identity.recognition.candidate_search import find_candidates
from idp.identity.recognition.differences import differing_fields
from idp.identity.recognition.known_link import find_link, was_forgotten
from idp.identity.recognition.recognised import Recognised
from idp.identity.recognition.verdict import judge
from idp.interactions.interaction import Interaction
from idp.interactions.linking import Linking
from idp.interactions.linking_answers import Answer
from idp.protocol.client import Client
from idp.services import Services

_JOINING: Final = (Decision.LINK, Decision.LINK_TOL)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One attempt: what the first end was, and what the second source says."""

    services: Services
    interaction: Interaction
    linking: Linking
    client: Client
    result: AuthenticationResult
    arriving: Arriving = field(repr=False)
    now: float


class NotJoined(Exception):
    """`reason` is a word for the log, `answer` what the page says, `case_id` what waits for a decision now.

    `other`: who authenticated and was not joined; they may read of it in their own history.
    """

    def __init__(
        self,
        answer: Answer,
        reason: str,
        *,
        fields: Sequence[str] = (),
        case_id: str | None = None,
        other: Recognised | None = None,
    ) -> None:
        super().__init__(reason)
        self.answer = answer
        self.reason = reason
        self.fields = tuple(fields)
        self.case_id = case_id
        self.other = other


async def whom(proof: Proof, case: Case | None) -> Recognised:
    """`case`: the one to be proved, None where a source is to be added. Raises NotJoined, StorageUnavailable."""
    services, result = proof.services, proof.result
    known = await find_link(services.database, services.vault, result)
    if known is None or was_forgotten(known, result, now=proof.now):
        await _check_stranger(proof, case)
    try:
        return await recognised_person(
            services,
            proof.interaction,
            proof.client,
            result,
            arrival=proof.arriving.arrival,
            locale=proof.arriving.locale,
            now=proof.now,
            adding_to=proof.linking.person_id if case is None else None,
        )
    except StorageUnavailable:
        raise
    except CitizenError as error:
        raise NotJoined(Answer.NOT_JOINED, error.message_key) from error


async def _check_stranger(proof: Proof, case: Case | None) -> None:
    """A record nobody logged in with yet: worth something where it is surely one of the two, or may be added."""
    services, identity = proof.services, proof.result.identity
    found = await find_candidates(services.database, services.vault, identity)
    verdict = judge(identity, found, source_id=proof.result.source_id)
    leads_to = {candidate.person_id for candidate in verdict.candidates}
    if verdict.decision in _JOINING and (case is None or leads_to <= {proof.linking.person_id, *case.candidate_ids}):
        return
    if case is not None:
        raise NotJoined(Answer.NOT_JOINED, "unknown_record")
    if proof.linking.person_id not in leads_to:
        raise NotJoined(Answer.DIFFERS, "records_differ", fields=await _differing(proof))


async def _differing(proof: Proof) -> tuple[str, ...]:
    """In which fields the record contradicts those of the person who wants to add it."""
    services, record = proof.services, proof.result.identity.record()
    links = await links_of(services.database, services.vault, proof.linking.person_id)
    return differing_fields(decide(record, link.identity.record()).reasons for link in links if lets_in(link.status))
