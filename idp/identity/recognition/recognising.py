"""From what a source verified to one Person: a known link, a sure match, or somebody new. Never a false merge.

A sure match joins by itself. Whatever is less stays a person of its own, so that nothing about another record is
ever revealed; a likely or doubtful one opens a case besides. Two first logins at once meet at a key.
"""

import json
import secrets
from dataclasses import replace
from typing import Final

from idp.audit.events import PersonCreated, SourceLinked
from idp.audit.log import audit_entry
from idp.identity.cases.case import CaseKind, new_case_id, open_case_writes
from idp.identity.channels import channels_of
from idp.identity.decision_table import Decision
from idp.identity.link_records import LinkRecord, seal_record
from idp.identity.links import LinkStatus, lets_in
from idp.identity.merging.settling import settle_merge
from idp.identity.person_state import PersonStatus, joining
from idp.identity.recognition.anchors import further_anchors, new_anchors, number_index
from idp.identity.recognition.assertion import VerifiedPerson
from idp.identity.recognition.candidate_search import CandidatePerson, Found, find_candidates
from idp.identity.recognition.identifier_claims import first_claims, identifier_index, orphaned_claims
from idp.identity.recognition.known_link import (
    KnownLink,
    check_continuity,
    find_link,
    give_up_identifiers,
    replace_stale,
    use_link,
    was_forgotten,
)
from idp.identity.recognition.match_keys import new_keys
from idp.identity.recognition.recognised import (
    IdentityChanged,
    LinkNotUsable,
    PersonNotActive,
    Recognised,
    RecognitionContended,
    SourceBlocked,
    Tell,
    Told,
    tell_nobody,
)
from idp.identity.recognition.returning_links import bring_back
from idp.identity.recognition.verdict import Verdict, judge
from idp.storage.database import Database, Insert, IntegrityConflict, Statement, Write
from idp.storage.vault import Vault

__all__ = [
    "IdentityChanged",
    "LinkNotUsable",
    "PersonNotActive",
    "Recognised",
    "RecognitionContended",
    "SourceBlocked",
    "Tell",
    "Told",
    "recognise",
]

_LOOKS: Final = 5
_LINKS: Final = (Decision.LINK, Decision.LINK_TOL)


async def recognise(
    database: Database,
    vault: Vault,
    seen: VerifiedPerson,
    *,
    now: float,
    tell: Tell = tell_nobody,
    adding_to: str | None = None,
) -> Recognised:
    """`adding_to`: the person who proved the other end in this sitting; what they took off goes back to them.

    Raises IdentityChanged, PersonNotActive, LinkNotUsable, SourceBlocked, RecognitionContended, StorageUnavailable.
    """
    is_back = False
    for _ in range(_LOOKS):
        try:
            known = await find_link(database, vault, seen)
            if known is not None and was_forgotten(known, seen, now=now):
                await replace_stale(database, vault, known, seen, now=now)
                known = None
            if known is not None and known.person_status == PersonStatus.MERGED:
                # A merge that crashed before its end, or in whose moment this link was made.
                await settle_merge(database, absorbed_id=known.person_id, now=now)
                continue
            if known is not None and _comes_back(known, adding_to):
                await check_continuity(database, vault, known, seen, now=now)
                known = await bring_back(database, vault, known, now=now, tell=tell)
                is_back = True
            if known is not None:
                recognised = await use_link(database, vault, known, seen, now=now)
                recognised = replace(recognised, is_new_link=True) if is_back else recognised
            else:
                recognised = await _first_time(database, vault, seen, now=now, tell=tell)
        except IntegrityConflict:
            # Another login made this link or this person meanwhile: look again, and find it.
            await database.commit(orphaned_claims(vault, seen.source_id, seen.source_subject))
            continue
        await give_up_identifiers(database, vault, seen, now=now)
        return recognised
    raise RecognitionContended


def _comes_back(link: KnownLink, person_id: str | None) -> bool:
    is_removed = link.status is LinkStatus.REMOVED and link.person_id == person_id
    return is_removed and link.person_status == PersonStatus.ACTIVE and not link.is_blocked


async def _first_time(database: Database, vault: Vault, seen: VerifiedPerson, *, now: float, tell: Tell) -> Recognised:
    found = await find_candidates(database, vault, seen.identity)
    if [one for one in found.merged_holders if await settle_merge(database, absorbed_id=one, now=now)]:
        found = await find_candidates(database, vault, seen.identity)
    verdict = judge(seen.identity, found, source_id=seen.source_id)
    for candidate in verdict.candidates:
        # Whoever else resembles a locked person must not learn of it.
        if candidate.holds_number and candidate.is_locked:
            raise PersonNotActive(candidate.person_id, "locked")
    if verdict.decision in _LINKS:
        return await _join(database, vault, seen, verdict, found, now=now, tell=tell)
    return await _create(database, vault, seen, verdict, found, now=now)


async def _join(
    database: Database, vault: Vault, seen: VerifiedPerson, verdict: Verdict, found: Found, *, now: float, tell: Tell
) -> Recognised:
    """From then on the person also holds the number that took the place of theirs."""
    (person,) = verdict.candidates
    if _is_blocked(person, seen.source_id):
        raise SourceBlocked(person.person_id)
    if found.closed_holders:
        await _free_numbers(database, found)
    person_id, link_id = person.person_id, secrets.token_urlsafe(16)
    linked = SourceLinked(
        source_id=seen.source_id,
        person_id=person_id,
        link_id=link_id,
        decision=verdict.decision,
        evidence=verdict.evidence[person_id],
    )
    told = Told(
        kind="source_linked",
        person_id=person_id,
        link_id=link_id,
        source_id=seen.source_id,
        channels=channels_of(record.identity for record in person.records if lets_in(record.status)),
        now=now,
    )
    joined = await database.commit(
        *_link_writes(vault, seen, person_id=person_id, link_id=link_id, verdict=verdict, now=now),
        *further_anchors(vault, seen.identity, person_id=person_id),
        audit_entry(linked, now_ms=int(now * 1000)),
        *tell(told),
        gate=joining(person_id, now=now),
    )
    if joined is None:
        raise IntegrityConflict("the person changed")
    return Recognised(
        person_id=person_id,
        link_id=link_id,
        decision=verdict.decision,
        tolerated=verdict.differing if verdict.decision is Decision.LINK_TOL else (),
        is_new_link=True,
    )


async def _create(
    database: Database, vault: Vault, seen: VerifiedPerson, verdict: Verdict, found: Found, *, now: float
) -> Recognised:
    """A new person. They hold their verified number unless somebody else does."""
    person_id, link_id = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    withheld = bool(found.holders)
    writes: list[Write] = [Insert("person", {"id": person_id, "status": "active", "created_at": int(now)})]
    if not withheld:
        writes += new_anchors(vault, seen.identity, person_id=person_id)
        if found.closed_holders:
            await _free_numbers(database, found)
    case_id = None if verdict.decision is Decision.NEW else new_case_id()
    if case_id is not None:
        writes += open_case_writes(
            vault,
            case_id=case_id,
            kind=CaseKind.PROVE if verdict.decision is Decision.PROVE else CaseKind.REVIEW,
            person_id=person_id,
            link_id=link_id,
            candidate_ids=[candidate.person_id for candidate in verdict.candidates],
            decision=verdict.decision,
            evidence=verdict.evidence,
            now=now,
        )
    linked = SourceLinked(
        source_id=seen.source_id,
        person_id=person_id,
        link_id=link_id,
        decision=verdict.decision,
        evidence=next(iter(verdict.evidence.values()), ()),
    )
    await database.commit(
        *writes,
        *_link_writes(vault, seen, person_id=person_id, link_id=link_id, verdict=verdict, now=now),
        audit_entry(PersonCreated(source_id=seen.source_id, person_id=person_id), now_ms=int(now * 1000)),
        audit_entry(linked, now_ms=int(now * 1000)),
    )
    return Recognised(
        person_id=person_id,
        link_id=link_id,
        decision=verdict.decision,
        case_id=case_id,
        differing=verdict.differing,
        is_new_link=True,
        withholds_personal_id=withheld,
    )


async def _free_numbers(database: Database, found: Found) -> None:
    """Whoever closed their account left the number: in a commit of its own, for the same key is written next."""
    for person_id in found.closed_holders:
        await database.commit(
            Statement(
                "DELETE FROM identity_anchor WHERE person_id = $1 "
                "AND EXISTS (SELECT 1 FROM person p WHERE p.id = $1 AND p.status = 'closed')",
                (person_id,),
            )
        )


def _first_record(seen: VerifiedPerson) -> LinkRecord:
    return LinkRecord(identity=seen.identity, subject=seen.source_subject)


def _is_blocked(person: CandidatePerson, source_id: str) -> bool:
    """`*` blocks every source the person has no usable link of."""
    if source_id in person.blocked_sources:
        return True
    usable = any(record.source_id == source_id and lets_in(record.status) for record in person.records)
    return "*" in person.blocked_sources and not usable


def _link_writes(
    vault: Vault, seen: VerifiedPerson, *, person_id: str, link_id: str, verdict: Verdict, now: float
) -> list[Insert]:
    """The link, what it is found by, and the claims at which two first logins meet."""
    index = number_index(vault, seen.identity)
    status = LinkStatus.PROVEN if index is None else LinkStatus.REGISTER_CONFIRMED
    if verdict.decision in (Decision.PROVE, Decision.REVIEW):
        status = LinkStatus.PROPOSED
    link = Insert(
        "identity_link",
        {
            "id": link_id,
            "person_id": person_id,
            "source_id": seen.source_id,
            "source_subject_index": identifier_index(vault, seen.source_id, seen.source_subject),
            "identifier_type": None,
            "personal_id_index": index,
            "status": status.value,
            "method": " ".join(seen.amr),
            "assurance": seen.level.acr,
            "evidence": json.dumps(next(iter(verdict.evidence.values()), ())),
            "identity_sealed": seal_record(vault, _first_record(seen), link_id=link_id),
            "proofed_at": seen.authenticated_at,
            "created_at": int(now),
            "last_used_at": int(now),
        },
    )
    return [
        link,
        *new_keys(vault, seen.identity, link_id=link_id),
        *first_claims(vault, seen.source_id, seen.source_subject, link_id=link_id, now=now),
    ]
