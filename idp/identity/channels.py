"""Where a person can be told something: what their sources verified. Never evidence of who they are."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from idp.identity.link_records import open_record
from idp.identity.links import lets_in
from idp.identity.pivot import PivotIdentity
from idp.storage.database import Database
from idp.storage.vault import Vault


class ChannelKind(StrEnum):
    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True)
class Channel:
    kind: ChannelKind
    address: str = field(repr=False)


def channels_of(identities: Iterable[PivotIdentity]) -> tuple[Channel, ...]:
    """Each address once, in the order in which it was met."""
    found: dict[Channel, None] = {}
    for identity in identities:
        if identity.phone_number:
            found[Channel(ChannelKind.SMS, identity.phone_number)] = None
        if identity.email:
            found[Channel(ChannelKind.EMAIL, identity.email)] = None
    return tuple(found)


async def channels_of_person(
    database: Database, vault: Vault, person_id: str, *, known_before: int | None = None
) -> tuple[Channel, ...]:
    """Of the links that let in; `known_before`: of those made before that second."""
    rows = await database.fetch_all(
        "SELECT id, status, created_at, identity_sealed FROM identity_link WHERE person_id = $1 "
        "ORDER BY created_at, id",
        person_id,
    )
    return channels_of(
        open_record(vault, row["identity_sealed"], link_id=str(row["id"])).identity
        for row in rows
        if lets_in(str(row["status"])) and (known_before is None or _before(row["created_at"], known_before))
    )


def _before(created_at: object, moment: int) -> bool:
    return isinstance(created_at, int) and created_at < moment
