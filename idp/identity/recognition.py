"""From what a source verified to one Person: a known link, a sure match, or somebody new. Never a false merge.

Only LINK joins two sources (matching policy §2.4); whatever is less stays a person of its own, so that nothing
about another record is ever revealed. Two first logins of one person at once meet at the anchor's key.
"""

import json
import secrets
from collections.abc import Sequence
from typing import Final

from idp.audit.events import PersonCreated, SourceLinked
from idp.audit.log import audit_entry
from idp.identity.assertion import VerifiedPerson
from idp.identity.continuity import is_another_human, keeping_evidence
from idp.identity.decision_table import Decision
from idp.identity.link_records import LinkRecord, open_record, seal_record
from idp.identity.matching import Outcome, decide
from idp.identity.pivot import PivotIdentity
from idp.identity.recognised import (
    IdentityChanged,
    LinkNotUsable,
    PersonNotActive,
    Recognised,
    RecognitionContended,
    SourceBlocked,
    Tell,
    Told,
)
from idp.storage.database import Database, Insert, IntegrityConflict, Row, Statement, Write
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


def tell_nobody(_: Told) -> Sequence[Write]:
    return ()


async def recognise(
    database: Database, vault: Vault, seen: VerifiedPerson, *, now: float, tell: Tell = tell_nobody
) -> Recognised:
    """Raises IdentityChanged, PersonNotActive, LinkNotUsable, SourceBlocked, RecognitionContended,
    StorageUnavailable."""
    for _ in range(_LOOKS):
        try:
            known = await _known_link(database, vault, seen)
            if known is not None:
                recognised = await _use_link(database, vault, known, seen, now=now)
            else:
                recognised = await _first_time(database, vault, seen, now=now)
        except IntegrityConflict:
            # Another login made this link or this person meanwhile: look again, and find it.
            continue
        await _supersede(database, vault, seen)
        return recognised
    raise RecognitionContended


async def _known_link(database: Database, vault: Vault, seen: VerifiedPerson) -> Row | None:
    indexes = vault.blind_indexes(_subject_kind(seen.source_id), seen.source_subject)
    return await database.fetch_row(
        "SELECT l.id, l.person_id, l.personal_id_index, l.identity_sealed, l.last_used_at, p.status "
        "FROM identity_link l "
        "JOIN person p ON p.id = l.person_id "
        f"WHERE l.source_id = $1 AND l.source_subject_index IN ({_places(indexes, 2)})",
        seen.source_id,
        *indexes,
    )


async def _use_link(database: Database, vault: Vault, link: Row, seen: VerifiedPerson, *, now: float) -> Recognised:
    link_id, person_id = str(link["id"]), str(link["person_id"])
    if _is_stale(link, seen, now=now):
        return await _replace_stale(database, vault, link, seen, now=now)
    if link["status"] != "active":
        raise PersonNotActive(person_id, str(link["status"]))
    stored_index = link["personal_id_index"]
    asserted = _personal_id_indexes(vault, seen.identity)
    if stored_index is not None and asserted and stored_index not in asserted:
        raise IdentityChanged
    stored = _opened(vault, link)
    if is_another_human(stored, seen.identity):
        raise IdentityChanged
    used = Statement(
        "UPDATE identity_link SET last_used_at = $1, proofed_at = $2 WHERE id = $3",
        (int(now), seen.authenticated_at, link_id),
    )
    await database.commit(used)
    kept = keeping_evidence(stored, seen.identity)
    if kept != stored or not vault.is_active(_bytes(link["identity_sealed"])):
        await _keep(database, vault, link, kept)
    return Recognised(person_id=person_id, link_id=link_id, decision="KNOWN")


async def _keep(database: Database, vault: Vault, link: Row, kept: PivotIdentity) -> None:
    """Raises IntegrityConflict where another login kept something else meanwhile: both are compared anew then."""
    indexes = _personal_id_indexes(vault, kept)
    updated = await database.commit(
        gate=Statement(
            "UPDATE identity_link SET identity_sealed = $1, personal_id_index = COALESCE(personal_id_index, $2) "
            "WHERE id = $3 AND identity_sealed = $4 RETURNING id",
            (
                _sealed(vault, kept, str(link["id"])),
                indexes[0] if indexes else None,
                link["id"],
                link["identity_sealed"],
            ),
        )
    )
    if updated is None:
        raise IntegrityConflict("the link changed")


def _is_stale(link: Row, seen: VerifiedPerson, *, now: float) -> bool:
    """A number nobody vouches for proves nothing of who held it half a year ago (domain §1.4)."""
    last_used_at = link["last_used_at"]
    assert isinstance(last_used_at, int)
    return seen.forgotten_after is not None and now - last_used_at > seen.forgotten_after


async def _supersede(database: Database, vault: Vault, seen: VerifiedPerson) -> None:
    """Links of identifiers that somebody else holds now: whoever proves one later begins anew (domain §1.4)."""
    kind = _subject_kind(seen.source_id)
    indexes = [index for subject in seen.supersedes for index in vault.blind_indexes(kind, subject)]
    if not indexes:
        return
    writes = [
        Statement(
            "UPDATE identity_link SET status = 'superseded', source_subject_index = $1 "
            "WHERE source_id = $2 AND source_subject_index = $3",
            (secrets.token_bytes(32), seen.source_id, index),
        )
        for index in indexes
    ]
    await database.commit(*writes)


async def _replace_stale(
    database: Database, vault: Vault, link: Row, seen: VerifiedPerson, *, now: float
) -> Recognised:
    """The old link keeps its evidence but gives its place up; whoever holds the number now inherits nothing."""
    await database.commit(
        gate=Statement(
            "UPDATE identity_link SET status = 'superseded', source_subject_index = $1 "
            "WHERE id = $2 AND last_used_at = $3 RETURNING id",
            (secrets.token_bytes(32), link["id"], link["last_used_at"]),
        )
    )
    return await _first_time(database, vault, seen, now=now)


async def _first_time(database: Database, vault: Vault, seen: VerifiedPerson, *, now: float) -> Recognised:
    candidate = await _candidate(database, vault, seen)
    if candidate is not None:
        person_id, outcome = candidate
        if outcome.name is Decision.LINK:
            return await _link(database, vault, seen, person_id=person_id, outcome=outcome, now=now)
        return await _create(database, vault, seen, anchored=False, outcome=outcome, now=now)
    return await _create(database, vault, seen, anchored=True, outcome=None, now=now)


async def _candidate(database: Database, vault: Vault, seen: VerifiedPerson) -> tuple[str, Outcome] | None:
    """The person who holds the same verified personal ID, and how well the records agree."""
    indexes = _personal_id_indexes(vault, seen.identity)
    if not indexes:
        return None
    rows = await database.fetch_all(
        "SELECT l.id, l.person_id, l.identity_sealed, l.status AS link_status, p.status FROM identity_anchor a "
        "JOIN person p ON p.id = a.person_id JOIN identity_link l ON l.person_id = a.person_id "
        f"WHERE a.personal_id_index IN ({_places(indexes, 1)}) ORDER BY l.created_at DESC",
        *indexes,
    )
    if not rows:
        return None
    # A superseded link lost its number, not its evidence: it speaks where no other is left, or nobody could come back.
    speaking = [row for row in rows if row["link_status"] != "superseded"] or rows
    outcomes = [decide(seen.identity.record(), _opened(vault, row).record()) for row in speaking]
    for row in rows:
        if row["status"] != "active":
            raise PersonNotActive(str(row["person_id"]), str(row["status"]))
    # Every record of the person has to agree: one that does not is a doubt, and a doubt never links.
    worst = next((outcome for outcome in outcomes if outcome.name is not Decision.LINK), outcomes[0])
    return str(rows[0]["person_id"]), worst


async def _link(
    database: Database, vault: Vault, seen: VerifiedPerson, *, person_id: str, outcome: Outcome, now: float
) -> Recognised:
    link_id = secrets.token_urlsafe(16)
    event = SourceLinked(
        source_id=seen.source_id,
        person_id=person_id,
        link_id=link_id,
        decision=outcome.name,
        evidence=outcome.reasons,
    )
    await database.commit(
        _link_row(vault, seen, person_id=person_id, link_id=link_id, evidence=outcome.reasons, now=now),
        audit_entry(event, now_ms=int(now * 1000)),
    )
    return Recognised(person_id=person_id, link_id=link_id, decision=outcome.name)


async def _create(
    database: Database,
    vault: Vault,
    seen: VerifiedPerson,
    *,
    anchored: bool,
    outcome: Outcome | None,
    now: float,
) -> Recognised:
    """A new person. `anchored`: they are the one person their verified personal ID leads to."""
    person_id, link_id = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    now_ms = int(now * 1000)
    evidence = outcome.reasons if outcome else ()
    writes: list[Write] = [Insert("person", {"id": person_id, "status": "active", "created_at": int(now)})]
    indexes = _personal_id_indexes(vault, seen.identity)
    if anchored and indexes:
        writes.append(Insert("identity_anchor", {"personal_id_index": indexes[0], "person_id": person_id}))
    decision = "NEW" if outcome is None else outcome.name
    linked = SourceLinked(
        source_id=seen.source_id, person_id=person_id, link_id=link_id, decision=decision, evidence=evidence
    )
    await database.commit(
        *writes,
        _link_row(vault, seen, person_id=person_id, link_id=link_id, evidence=evidence, now=now),
        audit_entry(PersonCreated(source_id=seen.source_id, person_id=person_id), now_ms=now_ms),
        audit_entry(linked, now_ms=now_ms),
    )
    return Recognised(person_id=person_id, link_id=link_id, decision="NEW")


def _link_row(
    vault: Vault, seen: VerifiedPerson, *, person_id: str, link_id: str, evidence: tuple[str, ...], now: float
) -> Insert:
    indexes = _personal_id_indexes(vault, seen.identity)
    return Insert(
        "identity_link",
        {
            "id": link_id,
            "person_id": person_id,
            "source_id": seen.source_id,
            "source_subject_index": vault.blind_index(_subject_kind(seen.source_id), seen.source_subject),
            "identifier_type": None,
            "personal_id_index": indexes[0] if indexes else None,
            "status": "register-confirmed" if indexes else "proven",
            "method": " ".join(seen.amr),
            "assurance": seen.level.acr,
            "evidence": json.dumps(evidence),
            "identity_sealed": _sealed(vault, seen.identity, link_id),
            "proofed_at": seen.authenticated_at,
            "created_at": int(now),
            "last_used_at": int(now),
        },
    )


def _personal_id_indexes(vault: Vault, identity: PivotIdentity) -> tuple[bytes, ...]:
    return () if identity.personal_id is None else vault.blind_indexes("personal_id", identity.personal_id)


def _subject_kind(source_id: str) -> str:
    return f"source_subject|{source_id}"


def _sealed(vault: Vault, identity: PivotIdentity, link_id: str) -> bytes:
    return seal_record(vault, LinkRecord(identity=identity), link_id=link_id)


def _opened(vault: Vault, row: Row) -> PivotIdentity:
    return open_record(vault, row["identity_sealed"], link_id=str(row["id"])).identity


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value


def _places(values: tuple[bytes, ...], first: int) -> str:
    return ", ".join(f"${first + position}" for position in range(len(values)))
