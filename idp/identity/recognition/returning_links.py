"""A link that its person took off, and now links again: it goes back to what it was, with all that hangs on it.

Only for whoever has just proved both ends in one sitting. What the source says of them was compared already.
"""

from dataclasses import replace
from typing import Final

from idp.identity.channels import channels_of_person
from idp.identity.links import LinkStatus, lets_in, link_change
from idp.identity.recognition.known_link import KnownLink
from idp.identity.recognition.recognised import LinkNotUsable, Tell, Told
from idp.storage.database import Database, IntegrityConflict
from idp.storage.vault import Vault

_STATE: Final = (
    "SELECT previous_status, CASE WHEN EXISTS (SELECT 1 FROM linking_case c WHERE c.link_id = l.id"
    " AND c.kind = 'not_me' AND c.decided_at IS NULL) THEN 1 ELSE 0 END AS reported"
    " FROM identity_link l WHERE l.id = $1"
)


async def bring_back(database: Database, vault: Vault, link: KnownLink, *, now: float, tell: Tell) -> KnownLink:
    """Raises LinkNotUsable where misuse was reported and nobody looked into it yet, IntegrityConflict."""
    state = await database.fetch_row(_STATE, link.id)
    if state is None or state["reported"]:
        raise LinkNotUsable(link.person_id, link.id, link.status)
    previous = LinkStatus(str(state["previous_status"] or LinkStatus.PROVEN))
    to = previous if lets_in(previous) else LinkStatus.PROVEN
    change = link_change(
        link_id=link.id,
        person_id=link.person_id,
        source_id=link.source_id,
        from_status=link.status,
        to=to,
        reason="linked_again",
        by="citizen",
        now=now,
    )
    told = Told(
        kind="source_linked",
        person_id=link.person_id,
        link_id=link.id,
        source_id=link.source_id,
        channels=await channels_of_person(database, vault, link.person_id),
        now=now,
    )
    if await database.commit(change.audit, *tell(told), gate=change.gate) is None:
        raise IntegrityConflict("the link changed")
    return replace(link, status=to)
