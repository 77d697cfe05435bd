"""Wrong codes counted under older master keys, counted under the active one: no key that goes lifts a limit.

Only numbers that somebody linked are known to be moved; what strangers typed is in no table.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from idp.authentication.one_time_code_limits import CodeLimits
from idp.identity.identifiers.kinds import IdentifierKind
from idp.identity.link_records import open_record
from idp.identity.pivot import PivotIdentity
from idp.storage.counters import move, several
from idp.storage.database import Database, Row
from idp.storage.resealing import pages
from idp.storage.vault import CannotUnseal, Vault

_LINKS: Final = "SELECT id, identity_sealed FROM identity_link WHERE id > $1 ORDER BY id LIMIT $2"
_WINDOWS: Final = ("wrong|day", "wrong|ever")


async def carry_limits_over(database: Database, vault: Vault, *, now: int) -> int:
    """How many counts were moved. Whoever counts meanwhile adds to either, and both are looked at."""
    if len(vault.key_ids) < 2:
        return 0
    limits, moved = CodeLimits(database, vault), 0
    async for rows in pages(database, _LINKS, key="id"):
        targets = {
            f"{window}|{older}": f"{window}|{active}"
            for identity in _identities(vault, rows)
            for kind, number in _typed_as(identity)
            for active, *others in (limits.names(kind.value, number),)
            for older in others
            for window in _WINDOWS
        }
        for name, value, expires_at in await several(database, tuple(targets), now=now):
            gate, write = move(name, targets[name], value=value, expires_at=expires_at)
            moved += await database.commit(write, gate=gate) is not None
    return moved


def _identities(vault: Vault, rows: Sequence[Row]) -> Iterable[PivotIdentity]:
    for row in rows:
        try:
            yield open_record(vault, row["identity_sealed"], link_id=str(row["id"])).identity
        except CannotUnseal:
            continue


def _typed_as(identity: PivotIdentity) -> Iterable[tuple[IdentifierKind, str]]:
    """What is counted is the number typed, under the kind its page asks for."""
    typed = (
        (IdentifierKind.MOBILE_NUMBER, identity.phone_number),
        (IdentifierKind.SOCIAL_INSURANCE_NUMBER, identity.social_insurance_number),
        (IdentifierKind.SOCIAL_INSURANCE_NUMBER, identity.personal_id),
    )
    return [(kind, number) for kind, number in typed if number]
