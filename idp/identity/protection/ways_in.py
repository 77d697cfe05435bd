"""The links a person can come in by, and the gate under which one of them is stopped.

The last one is never unlinked: that is closing the account. It is decided in the transaction that unlinks: whoever
stops a link holds its person, so that of two tabs with two different links the later one finds what the earlier left.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from idp.identity.links import LinkStatus, lets_in
from idp.identity.person_state import PersonState
from idp.storage.database import Database, Statement, Value

_LETTING_IN = ", ".join(f"'{status.value}'" for status in LinkStatus if lets_in(status))


class LastWayIn(Exception):
    """No other link lets this person in; nothing happened."""


@dataclass(frozen=True, kw_only=True)
class OtherWays:
    """The links beside one that let its person in now: of a source that is there and that they do not block.

    `sources`: the ids of those that are there; None for all of them.
    """

    person_id: str
    link_id: str
    sources: Collection[str] | None = None

    def condition(self, start: int) -> tuple[str, tuple[Value, ...]]:
        """True where there is one; its parameters are numbered from `start`."""
        args: list[Value] = [self.person_id, self.link_id]
        text = (
            f"SELECT 1 FROM identity_link o WHERE o.person_id = ${start} AND o.id <> ${start + 1} "
            f"AND o.status IN ({_LETTING_IN}) AND NOT EXISTS "
            "(SELECT 1 FROM source_block b WHERE b.person_id = o.person_id AND b.source_id = o.source_id)"
        )
        if self.sources is not None:
            places = [f"${number}" for number in range(start + 2, start + 2 + len(self.sources))]
            text += f" AND o.source_id IN ({', '.join(places) or 'NULL'})"
            args += sorted(self.sources)
        return f"EXISTS ({text})", tuple(args)

    async def are_there(self, database: Database) -> bool:
        condition, args = self.condition(1)
        return await database.fetch_row(f"SELECT id FROM person WHERE id = $1 AND {condition}", *args) is not None


def stopping_gate(
    dialect: Literal["sqlite", "postgresql"],
    person: PersonState,
    *,
    link_id: str,
    from_status: LinkStatus,
    ways: OtherWays | None = None,
) -> Statement:
    """Finds person and link as they were read, and another way in where `ways` are asked for; keeps both so.

    The transaction must change the person too (`holding`), so that whoever waited for them finds them changed.
    """
    condition, args = ways.condition(6) if ways else ("1 = 1", ())
    # The person first, as whoever merges them does.
    lock = " FOR UPDATE OF p, l" if dialect == "postgresql" else ""
    return Statement(
        "SELECT l.id AS id FROM person p JOIN identity_link l ON l.person_id = p.id "
        "WHERE p.id = $1 AND p.status = $2 AND COALESCE(p.status_changed_at, 0) = $3 "
        f"AND l.id = $4 AND l.status = $5 AND {condition}{lock}",
        (person.id, person.status.value, person.stamp, link_id, from_status.value, *args),
    )
