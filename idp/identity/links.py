"""The life of a link between a source and a person: which changes are allowed, and each of them an audit event.

Knows no match, no case and no page: whoever changes a link says why.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from idp.audit.events import LinkChanged
from idp.audit.log import audit_entry
from idp.identity.link_records import open_record
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.identifier_claims import no_identifier
from idp.storage.database import Database, Insert, Row, Statement, Value
from idp.storage.vault import Vault


class LinkStatus(StrEnum):
    PROPOSED = "proposed"
    """It lets in, but whose it is besides is an open question."""
    PROVEN = "proven"
    REGISTER_CONFIRMED = "register-confirmed"
    """Proven, with a personal ID that the source verified."""
    MISMATCH = "mismatch"
    """The source now says what contradicts the person."""
    SUPERSEDED = "superseded"
    """Its identifier belongs to somebody else, or to nobody, by now."""
    DISPUTED = "disputed"
    """Somebody looks into whose it is."""
    FROZEN = "frozen"
    """Its person does not want it used."""
    REMOVED = "removed"


_LETTING_IN: Final = frozenset({LinkStatus.PROPOSED, LinkStatus.PROVEN, LinkStatus.REGISTER_CONFIRMED})
_STOPPED: Final = frozenset({LinkStatus.MISMATCH, LinkStatus.DISPUTED, LinkStatus.FROZEN})

TRANSITIONS: Final[Mapping[LinkStatus, frozenset[LinkStatus]]] = {
    LinkStatus.PROPOSED: _STOPPED
    | {LinkStatus.PROVEN, LinkStatus.REGISTER_CONFIRMED, LinkStatus.SUPERSEDED, LinkStatus.REMOVED},
    LinkStatus.PROVEN: _STOPPED
    | {LinkStatus.PROPOSED, LinkStatus.REGISTER_CONFIRMED, LinkStatus.SUPERSEDED, LinkStatus.REMOVED},
    LinkStatus.REGISTER_CONFIRMED: _STOPPED | {LinkStatus.PROPOSED, LinkStatus.SUPERSEDED, LinkStatus.REMOVED},
    # What was stopped comes back as what it was, or goes.
    LinkStatus.MISMATCH: _LETTING_IN | {LinkStatus.DISPUTED, LinkStatus.SUPERSEDED, LinkStatus.REMOVED},
    LinkStatus.DISPUTED: _LETTING_IN | {LinkStatus.FROZEN, LinkStatus.SUPERSEDED, LinkStatus.REMOVED},
    LinkStatus.FROZEN: _LETTING_IN | {LinkStatus.DISPUTED, LinkStatus.SUPERSEDED, LinkStatus.REMOVED},
    # An unlink can be taken back; who holds a superseded identifier is decided by a login, never by a click.
    LinkStatus.REMOVED: _LETTING_IN | {LinkStatus.SUPERSEDED},
    LinkStatus.SUPERSEDED: frozenset({LinkStatus.REMOVED}),
}


class ImpossibleTransition(Exception):
    """The link's life has no such step."""


@dataclass(frozen=True)
class LinkChange:
    """One change, for a transaction of the caller's: nothing happens unless the gate finds the link as it was."""

    gate: Statement
    audit: Insert


@dataclass(frozen=True, kw_only=True)
class LinkView:
    id: str
    person_id: str
    source_id: str
    status: LinkStatus
    previous_status: LinkStatus | None
    method: str
    """`amr` values, separated by spaces."""
    assurance: str
    """An `acr` value."""
    created_at: int
    last_used_at: int
    proofed_at: int
    identity: PivotIdentity = field(repr=False)
    evidence: tuple[str, ...] = ()
    """The codes of the decision that made the link."""


LETTING_IN_SQL: Final = ", ".join(f"'{status.value}'" for status in sorted(_LETTING_IN))
"""The same set, for a query that must not find what came by another link."""


def lets_in(status: LinkStatus | str) -> bool:
    return status in _LETTING_IN


def check_transition(from_status: LinkStatus, to_status: LinkStatus) -> None:
    """Raises ImpossibleTransition."""
    if to_status not in TRANSITIONS[from_status]:
        raise ImpossibleTransition(f"{from_status} → {to_status}")


def link_change(
    *,
    link_id: str,
    person_id: str,
    source_id: str | None = None,
    from_status: LinkStatus,
    to: LinkStatus,
    reason: str,
    by: str,
    now: float,
    forgets_identifier: bool = False,
) -> LinkChange:
    """Raises ImpossibleTransition. A stopped link remembers what it was in `previous_status`.

    `forgets_identifier`: nobody is found by the source's identifier any more; whoever comes with it begins anew.
    """
    check_transition(from_status, to)
    remembers = from_status in _LETTING_IN
    sets = "status = $1, status_changed_at = $2"
    args: tuple[Value, ...] = (to.value, int(now), link_id, person_id, from_status.value)
    if remembers:
        sets += ", previous_status = status"
    if forgets_identifier:
        sets += ", source_subject_index = $6"
        args = (*args, no_identifier())
    return LinkChange(
        gate=Statement(
            f"UPDATE identity_link SET {sets} WHERE id = $3 AND person_id = $4 AND status = $5 RETURNING id", args
        ),
        audit=link_changed(
            link_id=link_id,
            person_id=person_id,
            source_id=source_id,
            from_status=from_status,
            to=to,
            reason=reason,
            by=by,
            now=now,
        ),
    )


def link_changed(
    *,
    link_id: str,
    person_id: str,
    source_id: str | None,
    from_status: LinkStatus,
    to: LinkStatus,
    reason: str,
    by: str,
    now: float,
) -> Insert:
    """The audit row alone, for a change that is part of a larger statement. Raises ImpossibleTransition."""
    check_transition(from_status, to)
    event = LinkChanged(
        person_id=person_id,
        source_id=source_id,
        link_id=link_id,
        from_status=from_status,
        to_status=to,
        reason=reason,
        by=by,
    )
    return audit_entry(event, now_ms=int(now * 1000))


async def change_link(
    database: Database,
    vault: Vault,
    *,
    link_id: str,
    person_id: str,
    to: LinkStatus,
    reason: str,
    by: str,
    now: float,
) -> bool:
    """Whether the link was changed; `False` where it is already so, is not this person's, or changed meanwhile.

    Raises ImpossibleTransition. `reason` and `by` are words of ours, never what somebody typed.
    """
    row = await database.fetch_row(
        "SELECT status, source_id FROM identity_link WHERE id = $1 AND person_id = $2", link_id, person_id
    )
    if row is None or row["status"] == to:
        return False
    change = link_change(
        link_id=link_id,
        person_id=person_id,
        source_id=str(row["source_id"]),
        from_status=LinkStatus(str(row["status"])),
        to=to,
        reason=reason,
        by=by,
        now=now,
    )
    return await database.commit(change.audit, gate=change.gate) is not None


async def links_of(database: Database, vault: Vault, person_id: str) -> list[LinkView]:
    """Every link of a person, the oldest first; what was erased of a removed one reads as empty."""
    rows = await database.fetch_all(
        "SELECT id, person_id, source_id, status, previous_status, method, assurance, evidence, identity_sealed, "
        "proofed_at, created_at, last_used_at FROM identity_link WHERE person_id = $1 ORDER BY created_at, id",
        person_id,
    )
    return [_view(vault, row) for row in rows]


def _view(vault: Vault, row: Row) -> LinkView:
    previous = row["previous_status"]
    evidence: Sequence[str] = json.loads(str(row["evidence"]))
    return LinkView(
        id=str(row["id"]),
        person_id=str(row["person_id"]),
        source_id=str(row["source_id"]),
        status=LinkStatus(str(row["status"])),
        previous_status=LinkStatus(str(previous)) if previous is not None else None,
        method=str(row["method"]),
        assurance=str(row["assurance"]),
        created_at=_number(row, "created_at"),
        last_used_at=_number(row, "last_used_at"),
        proofed_at=_number(row, "proofed_at"),
        identity=open_record(vault, row["identity_sealed"], link_id=str(row["id"])).identity,
        evidence=tuple(evidence),
    )


def _number(row: Row, column: str) -> int:
    value = row[column]
    assert isinstance(value, int)
    return value
