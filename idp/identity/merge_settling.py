"""What a login wrote to the absorbed person in the very moment of the merge follows them. Safe to repeat.

Such a login found the person active and was committed without being seen by the merge. Its session and its grants
are worth nothing, for they are of somebody who is merged; its link would lead nowhere.
"""

from typing import Final

from idp.identity.merge_plan import Moved, MovedLink
from idp.storage.database import Database, Row, Statement

_LOOKS: Final = 5


async def settle_merge(database: Database, *, absorbed_id: str, now: float) -> bool:
    """Whether a link was left behind and now is where the others went. Also for whoever meets such a link later."""
    for _ in range(_LOOKS):
        merge = await database.fetch_row(
            "SELECT * FROM person_merge WHERE absorbed_id = $1 AND undone_at IS NULL", absorbed_id
        )
        links = await database.fetch_all(
            "SELECT id, source_id, status FROM identity_link WHERE person_id = $1 ORDER BY id", absorbed_id
        )
        if merge is None:
            return False
        if not links:
            await database.commit(_revoking(absorbed_id, now=now))
            return False
        moved = _with(Moved.from_json(str(merge["moved"])), list(links))
        done = await database.commit(
            *(
                Statement(
                    "UPDATE identity_link SET person_id = $1 WHERE id = $2 AND person_id = $3",
                    (merge["survivor_id"], link["id"], absorbed_id),
                )
                for link in links
            ),
            _revoking(absorbed_id, now=now),
            gate=Statement(
                "UPDATE person_merge SET moved = $1 WHERE id = $2 AND moved = $3 AND undone_at IS NULL RETURNING id",
                (moved.to_json(), merge["id"], merge["moved"]),
            ),
        )
        if done is not None:
            return True
    return False


def _revoking(absorbed_id: str, *, now: float) -> Statement:
    """A grant in the session that was kept would be found again there, and be worth nothing."""
    return Statement(
        "UPDATE authorization_grant SET revoked_at = $1 WHERE person_id = $2 AND revoked_at IS NULL "
        "AND EXISTS (SELECT 1 FROM person p WHERE p.id = $2 AND p.status = 'merged')",
        (int(now), absorbed_id),
    )


def _with(moved: Moved, links: list[Row]) -> Moved:
    known = {link.id for link in moved.links}
    late = tuple(
        MovedLink(str(link["id"]), str(link["source_id"]), str(link["status"]), str(link["status"]))
        for link in links
        if link["id"] not in known
    )
    return Moved(**(vars(moved) | {"links": moved.links + late}))
