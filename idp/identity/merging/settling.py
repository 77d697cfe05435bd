"""What a login wrote to the absorbed person in the very moment of the merge follows them. Safe to repeat.

Such a login found the person active and was committed without being seen by the merge. Its session and its grants
are worth nothing, for they are of somebody who is merged; its link, or the number it brought, would lead nowhere.
"""

from dataclasses import replace
from typing import Final

from idp.identity.merging.plan import Moved, MovedLink
from idp.identity.merging.writes import moving_writes
from idp.storage.database import Database, Statement

_LOOKS: Final = 5


async def settle_merge(database: Database, *, absorbed_id: str, now: float) -> bool:
    """Whether a link or a number was left behind and now is where the others went.

    Also for whoever meets such a link later.
    """
    for _ in range(_LOOKS):
        merge = await database.fetch_row(
            "SELECT * FROM person_merge WHERE absorbed_id = $1 AND undone_at IS NULL", absorbed_id
        )
        links = await database.fetch_all(
            "SELECT id, source_id, status FROM identity_link WHERE person_id = $1 ORDER BY id", absorbed_id
        )
        anchors = await database.fetch_all(
            "SELECT personal_id_index AS key FROM identity_anchor WHERE person_id = $1 ORDER BY 1", absorbed_id
        )
        if merge is None:
            return False
        if not links and not anchors:
            await database.commit(_revoking(absorbed_id, now=now))
            return False
        late = Moved(
            links=tuple(
                MovedLink(str(link["id"]), str(link["source_id"]), str(link["status"]), str(link["status"]))
                for link in links
            ),
            anchors=tuple(key.hex() for row in anchors if isinstance(key := row["key"], bytes)),
        )
        moved = _with(Moved.from_json(str(merge["moved"])), late)
        done = await database.commit(
            *moving_writes(late, survivor_id=str(merge["survivor_id"]), absorbed_id=absorbed_id, now=now),
            _revoking(absorbed_id, now=now),
            gate=Statement(
                "UPDATE person_merge SET moved = $1 WHERE id = $2 AND moved = $3 AND undone_at IS NULL RETURNING id",
                (moved.to_json(), merge["id"], merge["moved"]),
            ),
        )
        if done is not None:
            # The survivor may be merged into somebody else by now.
            await settle_merge(database, absorbed_id=str(merge["survivor_id"]), now=now)
            return True
    return False


def _revoking(absorbed_id: str, *, now: float) -> Statement:
    """A grant in the session that was kept would be found again there, and be worth nothing."""
    return Statement(
        "UPDATE authorization_grant SET revoked_at = $1 WHERE person_id = $2 AND revoked_at IS NULL "
        "AND EXISTS (SELECT 1 FROM person p WHERE p.id = $2 AND p.status = 'merged')",
        (int(now), absorbed_id),
    )


def _with(moved: Moved, late: Moved) -> Moved:
    known = {link.id for link in moved.links}
    links = tuple(link for link in late.links if link.id not in known)
    return replace(moved, links=moved.links + links, anchors=tuple(dict.fromkeys((*moved.anchors, *late.anchors))))
