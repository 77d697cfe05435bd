"""Somebody looked for: a case by its reference, or a person by a number, for a reason that is written down.

Whether anybody was found changes nothing in what is asked of the database, nor in what is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response

from idp.audit.log import audit_entry
from idp.audit.operator_events import PersonSearched
from idp.identity.cases.search import case_by_reference
from idp.identity.identifiers.kinds import Identifier, IdentifierKind, InvalidIdentifier
from idp.identity.identifiers.parsing import parse_identifier
from idp.identity.recognition.identifier_claims import identifier_indexes
from idp.operators.looks import LookReason
from idp.portals.operator.desk import HOME, Desk, see
from idp.storage.counters import increment
from idp.storage.database import Database
from idp.storage.vault import Vault
from idp.web.i18n import VIET_NAM

SEARCHES_PER_HOUR: Final = 60
_HOUR: Final = 3600
_MOST_FOUND: Final = 10


@dataclass(frozen=True, kw_only=True)
class Found:
    person_id: str
    status: str
    links: int

    @property
    def url(self) -> str:
        return f"{HOME}/people/{self.person_id}"


async def search_page(desk: Desk) -> Response:
    return _page(desk)


async def search(desk: Desk) -> Response:
    if desk.form.get("by") == "reference":
        return await _by_reference(desk)
    return await _by_number(desk)


async def _by_reference(desk: Desk) -> Response:
    typed = desk.form.get("reference", "")
    case = await case_by_reference(desk.services.database, desk.services.vault, typed)
    if case is None:
        return _page(desk, wrong="reference", typed_reference=typed[:40], status=404)
    return see(f"{HOME}/cases/{case.reference}")


async def _by_number(desk: Desk) -> Response:
    reason, kind = desk.form.get("reason", ""), desk.form.get("kind", "")
    if reason not in set(LookReason):
        return _page(desk, wrong="reason", kind=kind, status=400)
    try:
        number = _parsed(desk, kind)
    except InvalidIdentifier:
        return _page(desk, wrong="number", kind=kind, reason=reason, status=400)
    database = desk.services.database
    counting = increment(f"operator search|{desk.operator.id}", limit=SEARCHES_PER_HOUR, window=_HOUR, now=desk.now)
    if await database.commit(gate=counting) is None:
        return _page(desk, wrong="limit", kind=kind, reason=reason, status=429)
    found = await people_with(database, desk.services.vault, number)
    people: list[str | None] = [one.person_id for one in found]
    events = [
        PersonSearched(
            person_id=person_id, operator=desk.operator.id, reason=reason, kind=number.kind.value, found=len(found)
        )
        for person_id in people or [None]
    ]
    await database.commit(*(audit_entry(event, now_ms=desk.now * 1000) for event in events))
    return _page(desk, found=found, kind=kind, reason=reason)


async def people_with(database: Database, vault: Vault, number: Identifier) -> list[Found]:
    """By the verified personal ID, or by a source that knows its people by this number itself."""
    sources = [str(row["id"]) for row in await database.fetch_all("SELECT id FROM identity_source ORDER BY id")]
    # A number of another kind is no personal ID: it is looked for all the same, so that it takes as long.
    verified = vault.blind_indexes("personal_id", number.canonical)
    own = [index for source_id in sources for index in identifier_indexes(vault, source_id, number.canonical)]
    rows = await database.fetch_all(
        "SELECT p.id, p.status, COUNT(l.id) AS links FROM identity_link l JOIN person p ON p.id = l.person_id"
        f" WHERE l.status <> 'removed' AND (l.personal_id_index IN ({_places(verified, 1)})"
        f" OR l.source_subject_index IN ({_places(own or verified, 1 + len(verified))}))"
        " GROUP BY p.id, p.status ORDER BY p.id LIMIT " + str(_MOST_FOUND),
        *verified,
        *(own or verified),
    )
    return [Found(person_id=str(row["id"]), status=str(row["status"]), links=int(row["links"] or 0)) for row in rows]


def _parsed(desk: Desk, kind: str) -> Identifier:
    """Raises InvalidIdentifier."""
    if kind not in set(IdentifierKind):
        raise InvalidIdentifier(IdentifierKind.PERSONAL_ID, "unknown_kind")
    today = datetime.fromtimestamp(desk.now, UTC).astimezone(VIET_NAM).date()
    sandbox = desk.services.settings.is_sandbox
    return parse_identifier(IdentifierKind(kind), desk.form.get("number", "")[:64], today=today, allow_sandbox=sandbox)


def _page(
    desk: Desk,
    *,
    found: Sequence[Found] | None = None,
    wrong: str = "",
    typed_reference: str = "",
    kind: str = "",
    reason: str = "",
    status: int = 200,
) -> Response:
    """What was typed as a number is never written back: the page may stay open on a counter."""
    return desk.page(
        "portals/operator/search",
        status=status,
        action=f"{HOME}/search",
        kinds=list(IdentifierKind),
        reasons=list(LookReason),
        found=found,
        wrong=wrong,
        typed_reference=typed_reference,
        kind=kind,
        reason=reason,
    )


def _places(values: Sequence[bytes], first: int) -> str:
    return ", ".join(f"${first + position}" for position in range(len(values)))
