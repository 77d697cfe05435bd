"""Permission to see one person's values: one operator, one browser session, ten minutes, for one reason.

Looking at a case with the values masked takes no reason; the people on it find it in their history all the same.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.operator_events import CaseOpened, PersonViewed
from idp.storage import short_lived
from idp.storage.database import Database

LOOK_SECONDS: Final = 600
_KIND: Final = "operator look"


class LookReason(StrEnum):
    """Why somebody's values are looked at, for the log and for that person: a closed list, so that no name gets in."""

    CASE = "case"
    """To decide the case at hand."""
    REQUEST = "request"
    """The person asked, at a counter or at the hotline."""
    REPORT = "report"
    """The person reported a misuse."""
    ATTACK = "attack"
    """Signs of an attack on the account."""
    AUTHORITY = "authority"
    """A written demand of an authority, on file."""


async def open_look(
    database: Database,
    people: Sequence[str],
    *,
    operator_id: str,
    session_id: str,
    subject: str,
    reason: LookReason,
    case_id: str | None,
    now: int,
) -> None:
    """Each of `people` finds one line in their own history; `subject` names the page the look is for.

    While a look is open, asking for it again changes nothing: it does not grow longer by being asked for.
    """
    seen = [PersonViewed(person_id=one, operator=operator_id, reason=reason, case_id=case_id) for one in people]
    gate = short_lived.add_once(_KIND, _key(operator_id, session_id, subject), expires_at=now + LOOK_SECONDS, now=now)
    await database.commit(*(audit_entry(event, now_ms=now * 1000) for event in seen), gate=gate)


async def look_open_until(
    database: Database, *, operator_id: str, session_id: str, subject: str, now: int
) -> int | None:
    """Until when this operator, in this session, sees the values on this page; None where they are masked."""
    query = short_lived.get(_KIND, _key(operator_id, session_id, subject), now=now)
    row = await database.fetch_row(query.text, *query.args)
    until = row["expires_at"] if row else None
    return until if isinstance(until, int) else None


async def note_opened(
    database: Database, people: Sequence[str], *, operator_id: str, session_id: str, case_id: str, now: int
) -> None:
    """However often the page is shown again within the time of a look, it is one line for each of `people`."""
    seen = [CaseOpened(person_id=one, operator=operator_id, case_id=case_id) for one in people]
    key = _key(operator_id, session_id, f"masked {case_id}")
    gate = short_lived.add_once(_KIND, key, expires_at=now + LOOK_SECONDS, now=now)
    await database.commit(*(audit_entry(event, now_ms=now * 1000) for event in seen), gate=gate)


def _key(operator_id: str, session_id: str, subject: str) -> str:
    return f"{operator_id}|{session_id}|{subject}"
