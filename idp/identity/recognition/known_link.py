"""A login at a source by which somebody was known before: whether it still speaks of them, and what it adds.

Knows no other person but those who hold the number that a source brings later.
"""

from dataclasses import dataclass, replace
from typing import Final

from idp.audit.events import IdentityCorrected
from idp.audit.log import audit_entry
from idp.identity.link_records import LinkRecord, open_record, seal_record
from idp.identity.links import LinkStatus, lets_in, link_change, link_changed
from idp.identity.person_state import joining
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.anchors import number_index
from idp.identity.recognition.assertion import VerifiedPerson
from idp.identity.recognition.continuity import (
    CORRECTIONS_ARE_YOUNG,
    corrected_fields,
    is_another_human,
    keeping_evidence,
)
from idp.identity.recognition.identifier_claims import identifier_index, identifier_indexes, released_claims
from idp.identity.recognition.late_numbers import Arrival, arrival_of, stop_contradicting
from idp.identity.recognition.match_keys import changed_keys
from idp.identity.recognition.recognised import (
    IdentityChanged,
    LinkNotUsable,
    PersonNotActive,
    Recognised,
    SourceBlocked,
)
from idp.identity.succession.supersessions import successions_of
from idp.storage.database import Database, IntegrityConflict, Row, Statement, Write
from idp.storage.vault import Vault

# The number is somebody else's where its anchor is not this person's.
_FIND: Final = (
    "SELECT l.id, l.person_id, l.source_id, l.status, l.source_subject_index, l.identity_sealed, l.last_used_at,"
    " p.status AS person_status,"
    " CASE WHEN l.personal_id_index IS NULL OR EXISTS (SELECT 1 FROM identity_anchor a"
    " WHERE a.personal_id_index = l.personal_id_index AND a.person_id = l.person_id) THEN 0 ELSE 1 END AS withheld,"
    " CASE WHEN EXISTS (SELECT 1 FROM source_block b"
    " WHERE b.person_id = l.person_id AND b.source_id = l.source_id) THEN 1 ELSE 0 END AS blocked,"
    " CASE WHEN l.status = 'proposed' THEN (SELECT c.id FROM linking_case c WHERE c.person_id = l.person_id"
    " AND c.link_id = l.id AND c.decided_at IS NULL ORDER BY c.created_at DESC LIMIT 1) END AS case_id"
    " FROM identity_link l JOIN person p ON p.id = l.person_id"
    " WHERE l.source_id = $1 AND l.source_subject_index IN ({places})"
)


@dataclass(frozen=True, repr=False, kw_only=True)
class KnownLink:
    id: str
    person_id: str
    source_id: str
    status: LinkStatus
    person_status: str
    is_blocked: bool
    withholds_number: bool
    case_id: str | None
    last_used_at: int
    index: bytes
    sealed: bytes

    @property
    def recognised(self) -> Recognised:
        return Recognised(
            person_id=self.person_id,
            link_id=self.id,
            decision="KNOWN",
            case_id=self.case_id,
            withholds_personal_id=self.withholds_number,
        )


async def find_link(database: Database, vault: Vault, seen: VerifiedPerson) -> KnownLink | None:
    indexes = identifier_indexes(vault, seen.source_id, seen.source_subject)
    places = ", ".join(f"${number}" for number in range(2, len(indexes) + 2))
    row = await database.fetch_row(_FIND.format(places=places), seen.source_id, *indexes)
    return None if row is None else _link(row)


def was_forgotten(link: KnownLink, seen: VerifiedPerson, *, now: float) -> bool:
    """A number nobody vouches for proves nothing of who held it half a year ago (domain §1.4)."""
    return seen.forgotten_after is not None and now - link.last_used_at > seen.forgotten_after


async def replace_stale(database: Database, vault: Vault, link: KnownLink, seen: VerifiedPerson, *, now: float) -> None:
    """The old link keeps its evidence but gives its place up; whoever holds the number now inherits nothing."""
    await _supersede(database, vault, link, seen.source_subject, reason="unused_too_long", now=now)


async def give_up_identifiers(database: Database, vault: Vault, seen: VerifiedPerson, *, now: float) -> None:
    """Links of identifiers that somebody else holds now: whoever proves one later begins anew (domain §1.4)."""
    for subject in seen.supersedes:
        indexes = identifier_indexes(vault, seen.source_id, subject)
        places = ", ".join(f"${number}" for number in range(2, len(indexes) + 2))
        row = await database.fetch_row(_FIND.format(places=places), seen.source_id, *indexes)
        if row is not None:
            try:
                await _supersede(database, vault, _link(row), subject, reason="held_by_another", now=now)
            except IntegrityConflict:
                # Somebody used or changed it this very moment; the next login that vouches for the number comes again.
                continue


async def use_link(
    database: Database, vault: Vault, link: KnownLink, seen: VerifiedPerson, *, now: float
) -> Recognised:
    """Raises IdentityChanged, PersonNotActive, LinkNotUsable, SourceBlocked, IntegrityConflict."""
    if link.person_status != "active":
        raise PersonNotActive(link.person_id, link.person_status)
    if not lets_in(link.status):
        raise LinkNotUsable(link.person_id, link.id, link.status)
    if link.is_blocked:
        raise SourceBlocked(link.person_id)
    record = open_record(vault, link.sealed, link_id=link.id)
    earlier = record.earlier if _is_young(record, now) else None
    superseded = await check_continuity(database, vault, link, seen, now=now)
    kept = keeping_evidence(record.identity, seen.identity)
    if any(old == kept.personal_id for old, _ in superseded):
        kept = replace(kept, personal_id=record.identity.personal_id)
    index = identifier_index(vault, seen.source_id, seen.source_subject)
    is_current = vault.is_active(link.sealed) and link.index == index and record.subject is not None
    if kept == record.identity and is_current:
        if await database.commit(gate=_used(link, seen, now)) is None:
            raise IntegrityConflict("the link changed")
        return link.recognised
    # Contact channels too: what is told of this very login goes to those that were known before it.
    changed = kept != record.identity
    newer = LinkRecord(
        identity=kept,
        earlier=(earlier or record.identity) if changed else earlier,
        corrected_at=int(now) if changed else record.corrected_at,
        subject=seen.source_subject,
    )
    return await _keep(database, vault, link, seen, record.identity, newer, now=now)


async def check_continuity(
    database: Database, vault: Vault, link: KnownLink, seen: VerifiedPerson, *, now: float
) -> tuple[tuple[str, str], ...]:
    """The re-issued numbers between what was kept and what is seen. Raises IdentityChanged."""
    record = open_record(vault, link.sealed, link_id=link.id)
    superseded = await successions_of(database, vault, record.identity.personal_id, seen.identity.personal_id)
    for before in (record.identity, record.earlier if _is_young(record, now) else None):
        if before is not None and is_another_human(before, seen.identity, superseded=superseded):
            raise IdentityChanged
    return superseded


async def _keep(
    database: Database,
    vault: Vault,
    link: KnownLink,
    seen: VerifiedPerson,
    before: PivotIdentity,
    newer: LinkRecord,
    *,
    now: float,
) -> Recognised:
    """Raises IntegrityConflict where another login kept something else meanwhile: both are compared anew then."""
    kept = newer.identity
    arrival = Arrival()
    if kept.personal_id is not None and kept.personal_id != before.personal_id:
        arrival = await arrival_of(database, vault, kept, person_id=link.person_id, link_id=link.id, now=now)
        if arrival.contradicts:
            await stop_contradicting(database, link_id=link.id, person_id=link.person_id, status=link.status, now=now)
            raise LinkNotUsable(link.person_id, link.id, LinkStatus.MISMATCH)
    status = _status_after(link.status, kept, arrival)
    writes: list[Write] = [*changed_keys(vault, link_id=link.id, before=before, after=kept), *arrival.writes]
    corrected = corrected_fields(before, kept)
    if corrected:
        event = IdentityCorrected(
            source_id=link.source_id, person_id=link.person_id, link_id=link.id, corrected=corrected
        )
        writes.append(audit_entry(event, now_ms=int(now * 1000)))
    if status is not link.status:
        writes.append(
            link_changed(
                link_id=link.id,
                person_id=link.person_id,
                source_id=link.source_id,
                from_status=link.status,
                to=status,
                reason="number_held_by_another" if arrival.case_id else "number_verified",
                by="source",
                now=now,
            )
        )
    kept_link = _kept(vault, link, seen, newer, status, now)
    # A merge that read the person before looks again: what it compared, or moves, is not what there is now.
    held = _held(database, link)
    if await database.commit(*writes, kept_link, joining(link.person_id, now=now), gate=held) is None:
        raise IntegrityConflict("the link changed")
    if arrival.case_id is None:
        return replace(link.recognised, withholds_personal_id=link.withholds_number or arrival.withholds)
    return replace(
        link.recognised,
        decision=arrival.decision,
        case_id=arrival.case_id,
        differing=arrival.differing,
        withholds_personal_id=True,
    )


def _held(database: Database, link: KnownLink) -> Statement:
    """The person and their link as they were read. PostgreSQL locks both, the person first, as a merge does."""
    lock = " FOR UPDATE" if database.dialect == "postgresql" else ""
    return Statement(
        "SELECT p.id AS id FROM person p, identity_link l WHERE p.id = $1 AND p.status = 'active' "
        f"AND l.id = $2 AND l.person_id = $3 AND l.identity_sealed = $4 AND l.status = $5{lock}",
        (link.person_id, link.id, link.person_id, link.sealed, link.status.value),
    )


def _used(link: KnownLink, seen: VerifiedPerson, now: float) -> Statement:
    return Statement(
        "UPDATE identity_link SET last_used_at = $1, proofed_at = $2 "
        "WHERE id = $3 AND person_id = $4 AND status = $5 RETURNING id",
        (int(now), seen.authenticated_at, link.id, link.person_id, link.status.value),
    )


def _kept(
    vault: Vault, link: KnownLink, seen: VerifiedPerson, newer: LinkRecord, status: LinkStatus, now: float
) -> Statement:
    return Statement(
        "UPDATE identity_link SET last_used_at = $1, proofed_at = $2, identity_sealed = $3, personal_id_index = $4, "
        "status = $5, source_subject_index = $6 WHERE id = $7 AND person_id = $8",
        (
            int(now),
            seen.authenticated_at,
            seal_record(vault, newer, link_id=link.id),
            number_index(vault, newer.identity),
            status.value,
            identifier_index(vault, seen.source_id, seen.source_subject),
            link.id,
            link.person_id,
        ),
    )


def _status_after(status: LinkStatus, kept: PivotIdentity, arrival: Arrival) -> LinkStatus:
    if arrival.case_id is not None:
        return LinkStatus.PROPOSED
    if status is LinkStatus.PROVEN and kept.personal_id is not None and not arrival.withholds:
        return LinkStatus.REGISTER_CONFIRMED
    return status


async def _supersede(
    database: Database, vault: Vault, link: KnownLink, subject: str, *, reason: str, now: float
) -> None:
    change = link_change(
        link_id=link.id,
        person_id=link.person_id,
        source_id=link.source_id,
        from_status=link.status,
        to=LinkStatus.SUPERSEDED,
        reason=reason,
        by="source",
        now=now,
        forgets_identifier=True,
    )
    claims = released_claims(vault, link.source_id, subject)
    if await database.commit(change.audit, claims, gate=change.gate) is None:
        raise IntegrityConflict("the link changed")


def _is_young(record: LinkRecord, now: float) -> bool:
    return record.corrected_at is not None and now - record.corrected_at < CORRECTIONS_ARE_YOUNG


def _link(row: Row) -> KnownLink:
    index, sealed, last_used_at = row["source_subject_index"], row["identity_sealed"], row["last_used_at"]
    assert isinstance(index, bytes)
    assert isinstance(sealed, bytes)
    assert isinstance(last_used_at, int)
    return KnownLink(
        id=str(row["id"]),
        person_id=str(row["person_id"]),
        source_id=str(row["source_id"]),
        status=LinkStatus(str(row["status"])),
        person_status=str(row["person_status"]),
        is_blocked=bool(row["blocked"]),
        withholds_number=bool(row["withheld"]),
        case_id=None if row["case_id"] is None else str(row["case_id"]),
        last_used_at=last_used_at,
        index=index,
        sealed=sealed,
    )
