"""The rows of a merge. Every statement names the rows it moves, so that what is written down is what happened."""

from collections.abc import Iterable, Sequence

from idp.audit.events import LinkChanged
from idp.audit.log import audit_entry
from idp.identity.merging.plan import Moved, MovedLink
from idp.storage.database import Statement, Value, Write


def moving_writes(moved: Moved, *, survivor_id: str, absorbed_id: str, now: float) -> list[Write]:
    """Everything but links whose status changes, consents set aside, sessions and grants."""
    plain = [link.id for link in moved.links if link.from_status == link.to_status]
    pair = (survivor_id, absorbed_id)
    return [
        *_moving("identity_link", "id", plain, pair),
        *_moving("subject_identifier", "sector", moved.subjects, pair),
        *_moving("consent", "id", moved.consents, pair),
        *_moving("identity_anchor", "personal_id_index", [bytes.fromhex(key) for key in moved.anchors], pair),
        *_moving("known_device", "browser_hash", [bytes.fromhex(key) for key in moved.devices], pair),
        *(_apps_of_no_operator(survivor_id, now=now) if moved.operators else ()),
        *_moving("authenticator", "id", moved.authenticators, pair),
        *_moving("source_block", "source_id", moved.blocked_sources, pair),
        *_moving("operator", "id", moved.operators, pair),
        *_moving("linking_case", "id", moved.cases, pair),
        *_moving("sso_session", "id", moved.sessions, pair),
        *_moving("login_record", "link_id", [link.id for link in moved.links], pair),
        *_setting_aside(moved.consents_set_aside, pair, now=now),
    ]


def _moving(table: str, column: str, keys: Sequence[Value], pair: tuple[str, str]) -> list[Write]:
    """Nothing where there is nothing to move."""
    if not keys:
        return []
    places = ", ".join(f"${number}" for number in range(3, 3 + len(keys)))
    return [
        Statement(f"UPDATE {table} SET person_id = $1 WHERE person_id = $2 AND {column} IN ({places})", (*pair, *keys))
    ]


def _apps_of_no_operator(survivor_id: str, *, now: float) -> list[Write]:
    """The survivor works at the desk from now on, with the app that came with the operator and no other."""
    removing = "UPDATE authenticator SET removed_at = $1 WHERE person_id = $2 AND removed_at IS NULL"
    return [Statement(removing, (int(now), survivor_id))]


def _setting_aside(consents: Sequence[str], pair: tuple[str, str], *, now: float) -> list[Write]:
    if not consents:
        return []
    places = ", ".join(f"${number}" for number in range(4, 4 + len(consents)))
    text = (
        "UPDATE consent SET person_id = $1, withdrawn_at = $2 "
        f"WHERE person_id = $3 AND withdrawn_at IS NULL AND id IN ({places})"
    )
    return [Statement(text, (pair[0], int(now), pair[1], *consents))]


def answering_links(
    links: Iterable[MovedLink], *, from_person: str, to_person: str, by: str, now: float
) -> list[Write]:
    """Links that are in doubt no longer; those that stay what they were are left out."""
    writes: list[Write] = []
    for link in links:
        if link.from_status == link.to_status:
            continue
        event = LinkChanged(
            person_id=to_person,
            source_id=link.source_id,
            link_id=link.id,
            from_status=link.from_status,
            to_status=link.to_status,
            reason="people_merged",
            by=by,
        )
        writes += [
            Statement(
                "UPDATE identity_link SET person_id = $1, status = $2, status_changed_at = $3 "
                "WHERE id = $4 AND person_id = $5 AND status = $6",
                (to_person, link.to_status, int(now), link.id, from_person, link.from_status),
            ),
            audit_entry(event, now_ms=int(now * 1000)),
        ]
    return writes
