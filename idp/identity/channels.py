"""How a person can be told something: the numbers and mailboxes that sources vouched for, each once.

A channel is never evidence of who somebody is. Knows no message and no gateway.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from idp.identity.link_records import open_record
from idp.identity.links import LinkStatus
from idp.identity.pivot import PivotIdentity
from idp.storage.database import Database, Row
from idp.storage.vault import Vault

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
# Narrower than RFC 5321 §4.1.2: no quoted local part, no address literal, and nothing a header could be split with.
_MAILBOX: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)
_FOREVER: Final = 2**62
_LONGEST_MAILBOX, _LONGEST_LOCAL_PART = 254, 64
# A link that was taken away, refused by its register, or whose number somebody else holds now leads to nobody of ours.
# One that is frozen or disputed still does: whoever stopped it may not be the person, and then the notice is the alarm.
LEADING_NOWHERE: Final = frozenset({LinkStatus.REMOVED, LinkStatus.MISMATCH, LinkStatus.SUPERSEDED})


class ChannelKind(StrEnum):
    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True)
class Channel:
    """`address`: E.164, or a mailbox in ASCII."""

    kind: ChannelKind
    address: str = field(repr=False)


def channels_of(identities: Iterable[PivotIdentity]) -> tuple[Channel, ...]:
    """Each channel once, in the order of the identities. What is no number and no mailbox is left out."""
    found: dict[tuple[str, str], Channel] = {}
    for identity in identities:
        for channel in (_sms(identity.phone_number), _sms(identity.phone_on_file), _email(identity.email)):
            if channel is not None:
                found.setdefault((channel.kind, channel.address.casefold()), channel)
    return tuple(found.values())


async def channels_of_person(
    database: Database, vault: Vault, person_id: str, *, known_before: int | None = None
) -> tuple[Channel, ...]:
    """Of the links that lead to the person; `known_before`: only what was known before that second.

    Raises StorageUnavailable.
    """
    rows = await database.fetch_all(
        "SELECT id, status, created_at, identity_sealed FROM identity_link WHERE person_id = $1 "
        "ORDER BY created_at, id",
        person_id,
    )
    return channels_of_links(vault, rows, known_before=known_before)


def channels_of_links(vault: Vault, links: Iterable[Row], *, known_before: int | None = None) -> tuple[Channel, ...]:
    """Of rows with id, status, created_at and identity_sealed, in their order."""
    return channels_of(
        identity
        for link in links
        if link["status"] not in LEADING_NOWHERE
        for identity in _vouched(vault, link, before=_FOREVER if known_before is None else known_before)
    )


def _vouched(vault: Vault, link: Row, *, before: int) -> Iterator[PivotIdentity]:
    """What the source said by then. After a young correction the earlier channels are told too: if it was not the
    person's own, they are the only ones that reach them."""
    created_at = link["created_at"]
    if not isinstance(created_at, int) or created_at >= before:
        return
    record = open_record(vault, link["identity_sealed"], link_id=str(link["id"]))
    if record.earlier is not None:
        yield record.earlier
    if record.corrected_at is None or record.corrected_at < before:
        yield record.identity


def _sms(number: str | None) -> Channel | None:
    return Channel(ChannelKind.SMS, number) if number and _E164.fullmatch(number) else None


def _email(mailbox: str | None) -> Channel | None:
    if not mailbox or len(mailbox) > _LONGEST_MAILBOX or not _MAILBOX.fullmatch(mailbox):
        return None
    return Channel(ChannelKind.EMAIL, mailbox) if mailbox.index("@") <= _LONGEST_LOCAL_PART else None
