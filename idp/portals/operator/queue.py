"""The queue: undecided cases, the oldest first, filtered by the address, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from idp.identity.cases.case import UNDECIDED, Case, CaseKind, CaseStatus
from idp.identity.cases.search import CasePlace, cases_in_queue, count_in_queue
from idp.operators.permissions import Permission
from idp.portals.operator.desk import HOME, Desk
from idp.web.forms import read_query

PAGE: Final = 25
_DAY: Final = 86_400


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    reference: str
    url: str
    kind: CaseKind
    status: CaseStatus
    age_days: int
    due: datetime
    overdue: bool


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What the address asks for; a word nobody knows asks for nothing."""

    kind: CaseKind | None = None
    status: CaseStatus | None = None
    overdue: bool = False
    after: CasePlace | None = None

    @property
    def statuses(self) -> frozenset[CaseStatus]:
        return UNDECIDED if self.status is None else frozenset({self.status})

    @property
    def kinds(self) -> tuple[CaseKind, ...]:
        return tuple(CaseKind) if self.kind is None else (self.kind,)

    def query(self, *, after: CasePlace | None = None) -> str:
        chosen = {
            "kind": self.kind,
            "status": self.status,
            "overdue": "yes" if self.overdue else None,
            "after": None if after is None else f"{after.created_at}.{after.id}",
        }
        return urlencode({name: value for name, value in chosen.items() if value})


def read_filter(parameters: Mapping[str, str]) -> Filter:
    kind, status = parameters.get("kind", ""), parameters.get("status", "")
    created_at, _, case_id = parameters.get("after", "").partition(".")
    known = created_at.isascii() and created_at.isdigit() and len(created_at) < 12
    return Filter(
        kind=CaseKind(kind) if kind in set(CaseKind) else None,
        status=CaseStatus(status) if status in UNDECIDED else None,
        overdue=parameters.get("overdue") == "yes",
        after=CasePlace(int(created_at), case_id) if known and case_id else None,
    )


async def queue_page(desk: Desk) -> Response:
    if not desk.may(Permission.SEE_QUEUE):
        return desk.page("portals/operator/nothing_here")
    asked = read_filter(read_query(desk.request))
    database, vault = desk.services.database, desk.services.vault
    cases = await cases_in_queue(
        database, vault, statuses=asked.statuses, kinds=asked.kinds, after=asked.after, limit=PAGE + 1
    )
    shown, more = cases[:PAGE], len(cases) > PAGE
    if asked.overdue:
        # The oldest are due first: behind the first that is not overdue, none is.
        shown = [case for case in shown if case.due_at < desk.now]
        more = more and len(shown) == PAGE
    waiting = await count_in_queue(database)
    return desk.page(
        "portals/operator/queue",
        rows=queue_rows(shown, now=desk.now),
        filter=asked,
        kinds=list(CaseKind),
        statuses=sorted(UNDECIDED),
        waiting=sum(waiting.values()),
        first_url=f"{HOME}?{asked.query()}" if asked.after else "",
        next_url=f"{HOME}?{asked.query(after=_place(shown[-1]))}" if more else "",
    )


def queue_rows(cases: Sequence[Case], *, now: int) -> list[QueueRow]:
    return [
        QueueRow(
            reference=case.reference,
            url=f"{HOME}/cases/{case.reference}",
            kind=case.kind,
            status=case.status,
            age_days=max(0, now - case.created_at) // _DAY,
            due=datetime.fromtimestamp(case.due_at, UTC),
            overdue=case.is_undecided and case.due_at < now,
        )
        for case in cases
    ]


def _place(case: Case) -> CasePlace:
    return CasePlace(case.created_at, case.id)
