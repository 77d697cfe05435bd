"""The rows of a split: those of the merge, the other way round, and what came to the wrong person meanwhile."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from idp.audit.events import LinkChanged
from idp.audit.log import audit_entry
from idp.identity.links import LinkView
from idp.identity.merging.plan import Moved, MovedLink
from idp.identity.merging.writes import moving_writes
from idp.identity.recognition.anchors import number_indexes
from idp.storage.database import Statement, Write
from idp.storage.vault import Vault


def late_links(moved: Moved, links: Sequence[LinkView], *, merged_at: int) -> tuple[MovedLink, ...]:
    """Links that came since the merge by a personal ID of the absorbed person's, and of nobody else's: theirs."""
    going = {link.id for link in moved.links}
    theirs = {link.identity.personal_id for link in links if link.id in going}
    others = {link.identity.personal_id for link in links if link.id not in going and link.created_at < merged_at}
    return tuple(
        MovedLink(link.id, link.source_id, link.status.value, link.status.value)
        for link in links
        if link.id not in going
        and link.created_at >= merged_at
        and link.identity.personal_id is not None
        and link.identity.personal_id in theirs - others
    )


def anchors_going(vault: Vault, moved: Moved, late: Sequence[MovedLink], links: Sequence[LinkView]) -> tuple[str, ...]:
    """Of the numbers that go, every index: those that moved, and those made since under another master key.

    A number that a link of the survivor has as well goes only if the absorbed person brought it.
    """
    leaving = {link.id for link in (*moved.links, *late)}
    staying = {link.identity.personal_id for link in links if link.id not in leaving}
    going = set(moved.anchors)
    for link in links:
        indexes = {index.hex() for index in number_indexes(vault, link.identity)}
        if link.id in leaving and (link.identity.personal_id not in staying or indexes & set(moved.anchors)):
            going |= indexes
    return tuple(sorted(going))


def returning_writes(
    moved: Moved,
    late: tuple[MovedLink, ...],
    anchors: tuple[str, ...],
    *,
    survivor_id: str,
    absorbed_id: str,
    merged_at: int,
    by: str,
    now: float,
) -> list[Write]:
    """A link that was in doubt is in doubt again, unless something else became of it."""
    # Consents and sessions are not simply moved, below and by the caller; links in doubt one by one.
    plain = replace(
        moved, links=(*moved.links, *late), anchors=anchors, consents=(), consents_set_aside=(), sessions=()
    )
    back = moving_writes(plain, survivor_id=absorbed_id, absorbed_id=survivor_id, now=now)
    return [
        *back,
        *_doubting(moved.links, from_person=survivor_id, to_person=absorbed_id, by=by, now=now),
        *_doubting(moved.confirmed, from_person=survivor_id, to_person=survivor_id, by=by, now=now),
        *_returning_consents(moved, survivor_id, absorbed_id, merged_at=merged_at),
    ]


def _doubting(links: Iterable[MovedLink], *, from_person: str, to_person: str, by: str, now: float) -> list[Write]:
    writes: list[Write] = []
    for link in links:
        if link.from_status == link.to_status:
            continue
        event = LinkChanged(
            person_id=to_person,
            source_id=link.source_id,
            link_id=link.id,
            from_status=link.to_status,
            to_status=link.from_status,
            reason="people_split",
            by=by,
        )
        writes += [
            Statement(
                "UPDATE identity_link SET person_id = $1, status = CASE WHEN status = $2 THEN $3 ELSE status END, "
                "status_changed_at = $4 WHERE id = $5 AND person_id = $6",
                (to_person, link.to_status, link.from_status, int(now), link.id, from_person),
            ),
            audit_entry(event, now_ms=int(now * 1000)),
        ]
    return writes


def _returning_consents(moved: Moved, survivor_id: str, absorbed_id: str, *, merged_at: int) -> list[Write]:
    """Those given anew after the merge were given by whoever used the survivor's account, and stay there."""
    writes: list[Write] = []
    in_force = (
        "EXISTS (SELECT 1 FROM consent k WHERE k.person_id = $1 AND k.client_id = consent.client_id "
        "AND k.withdrawn_at IS NULL)"
    )
    for consents, change, condition in (
        (moved.consents, "", f"(withdrawn_at IS NOT NULL OR NOT {in_force})"),
        (moved.consents_set_aside, ", withdrawn_at = NULL", f"NOT {in_force}"),
    ):
        if not consents:
            continue
        places = ", ".join(f"${number}" for number in range(4, 4 + len(consents)))
        text = (
            f"UPDATE consent SET person_id = $1{change} WHERE person_id = $2 AND granted_at <= $3 "
            f"AND id IN ({places}) AND {condition}"
        )
        writes.append(Statement(text, (absorbed_id, survivor_id, merged_at, *consents)))
    return writes
