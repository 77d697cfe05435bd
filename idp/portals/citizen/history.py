"""`/me/history`: the person's logins, page by page, each with "not me"; and who looked at their data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.history.login_records import LoginRecord, history_of
from idp.operators.looks import LookReason
from idp.portals.citizen.here import Here, moment
from idp.portals.citizen.log_lines import log_lines_about
from idp.portals.visitors import Visitor
from idp.services import Services
from idp.storage.database import Database

PAGE_ROWS: Final = 20
_LOOKS: Final = 50
_LOOKED: Final = ("person.viewed", "person.searched", "case.opened")
# How long the person's own view goes back (domain §3.2); what is older is purged.
MONTHS: Final = 24


@dataclass(frozen=True, kw_only=True)
class Row:
    at: datetime
    service: str
    source: str
    level: str
    device: str
    network: str
    outcome: str
    here_and_now: bool
    not_me: str


@dataclass(frozen=True, kw_only=True)
class OwnLogin:
    """The way one login came in, for whoever says that it was not theirs."""

    source_id: str
    link_id: str | None
    session_id: str | None


@dataclass(frozen=True, kw_only=True)
class Look:
    """Somebody of the provider's looked at this person's data, and said why."""

    at: datetime
    what: str
    reason: str


async def history(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    page = await history_of(
        services.database,
        services.vault,
        visitor.person_id,
        before=_place(request.query_params.get("before", "")),
        limit=PAGE_ROWS,
    )
    return here.page(
        "portals/citizen/history",
        rows=[await _row(here, record) for record in page.records],
        older=f"/me/history?before={page.older[0]}.{page.older[1]}" if page.older else "",
        newest="/me/history" if "before" in request.query_params else "",
        looks=await looks_at(here),
        empty=here.say("citizen.history.empty", n=MONTHS),
    )


async def own_login(database: Database, *, person_id: str, record_id: str) -> OwnLogin | None:
    """None for a line of somebody else's history, as for one that never was."""
    row = await database.fetch_row(
        "SELECT source_id, link_id, session_id FROM login_record WHERE id = $1 AND person_id = $2",
        record_id,
        person_id,
    )
    if row is None:
        return None
    link_id, session_id = row["link_id"], row["session_id"]
    return OwnLogin(
        source_id=str(row["source_id"]),
        link_id=None if link_id is None else str(link_id),
        session_id=None if session_id is None else str(session_id),
    )


async def looks_at(here: Here) -> list[Look]:
    """The newest, whoever they were made by: the log knows, and so do auditors."""
    lines = await log_lines_about(here.services.database, here.visitor.person_id, events=_LOOKED, newest=_LOOKS)
    return [
        Look(
            at=moment(line.at),
            what=here.say(f"citizen.look.{line.event.replace('.', '_')}"),
            # A case is opened to be decided; no other reason is asked for before values are shown.
            reason=here.say(f"citizen.look.reason.{LookReason(line.detail.get('reason', LookReason.CASE)).value}"),
        )
        for line in lines
    ]


async def _row(here: Here, record: LoginRecord) -> Row:
    return Row(
        at=moment(record.at),
        service=await here.service_name(record.client_id),
        source=await here.source_label(record.source_id),
        level=here.level_in_words(record.acr),
        device=record.device or here.say("citizen.history.unknown"),
        network=record.network or here.say("citizen.history.unknown"),
        outcome=here.say(f"citizen.outcome.{record.outcome.value}"),
        here_and_now=record.session_id == here.visitor.session_id,
        not_me=f"/me/history/{record.id}/not-me",
    )


def _place(before: str) -> tuple[int, str] | None:
    """Where the page before ended; anything else shows the newest."""
    at, _, record_id = before.partition(".")
    return (int(at), record_id) if at.isascii() and at.isdigit() and len(at) < 12 else None
