"""What a finished login adds to its person's own records, in one call.

    known = await load_known(database, login, now=now)              # one round trip, whoever it is
    writes = writes_of_login(vault, login, known, settings=…, now=now)

The writes (a line of the history, the device, a notice where the login stands out) belong into the commit of
`person.authenticated`: they happen with it or not at all, so that a notice goes out exactly once. Others write
`record_login` themselves: a first code for another service in a session (LoginOutcome.SIGNED_ON), a yes to a request
that is polled for (DEVICE_LET_IN, AGREED_ELSEWHERE), and somebody who authenticated at a known link and was not let in
(REFUSED).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from idp.history.arrival import Arrival
from idp.history.devices import device_writes
from idp.history.login_records import LoginOutcome, record_login
from idp.history.unusual import DAY_SECONDS, KnownBefore, Reason, is_unusual, unusual_reasons
from idp.identity.channels import channels_of_links
from idp.notices.notice import NoticeKind, notice_writes
from idp.protocol.levels import LevelOfAssurance
from idp.settings import Settings
from idp.storage.database import Database, Row, Write
from idp.storage.vault import Vault

# One row a link, each with the same facts about the account: the links are needed only where a notice is due.
_KNOWN = (
    "SELECT l.id, l.status, l.created_at, l.identity_sealed,"
    " (SELECT d.last_seen_at FROM known_device d WHERE d.person_id = $1 AND d.browser_hash = $2) AS device_seen_at,"
    " (SELECT MAX(r.at) FROM login_record r WHERE r.person_id = $1 AND r.outcome = 'logged_in') AS login_at,"
    " (SELECT MAX(r.at) FROM login_record r WHERE r.person_id = $1 AND r.outcome = 'logged_in'"
    " AND r.source_id = $3) AS source_used_at,"
    " (SELECT COUNT(*) FROM known_device d WHERE d.person_id = $1 AND d.first_seen_at > $4) AS new_devices,"
    " (SELECT COUNT(*) FROM login_record r WHERE r.person_id = $1 AND r.outcome = 'refused' AND r.at > $4"
    " AND r.at >= COALESCE((SELECT MAX(p.at) FROM login_record p WHERE p.person_id = $1"
    " AND p.outcome = 'logged_in'), 0)) AS refusals"
    " FROM identity_link l WHERE l.person_id = $1 ORDER BY l.created_at, l.id"
)


@dataclass(frozen=True, kw_only=True)
class FinishedLogin:
    """`told_already`: the link is new to its person, so that `source_linked` tells of this very login."""

    person_id: str
    link_id: str
    session_id: str
    source_id: str
    client_id: str
    service_name: str
    level: LevelOfAssurance
    browser_hash: bytes = field(repr=False)
    arrival: Arrival
    locale: str
    told_already: bool = False


@dataclass(frozen=True)
class KnownAccount:
    """What was known of the account before the login; opens nobody's identity unless somebody is to be told."""

    facts: KnownBefore
    links: Sequence[Row] = field(repr=False)


async def load_known(database: Database, login: FinishedLogin, *, now: float) -> KnownAccount:
    """Raises StorageUnavailable."""
    rows = await database.fetch_all(
        _KNOWN, login.person_id, login.browser_hash, login.source_id, int(now) - DAY_SECONDS
    )
    first: Row = rows[0] if rows else {}
    facts = KnownBefore(
        logged_in_before=first.get("login_at") is not None,
        device_seen_at=_number(first, "device_seen_at"),
        source_used_at=_number(first, "source_used_at"),
        refusals=_number(first, "refusals") or 0,
        new_devices=_number(first, "new_devices") or 0,
    )
    return KnownAccount(facts, rows)


def writes_of_login(
    vault: Vault, login: FinishedLogin, known: KnownAccount, *, settings: Settings, now: float
) -> list[Write]:
    """Never more than one notice a login, and none at a person's first one."""
    record = record_login(
        vault,
        person_id=login.person_id,
        client_id=login.client_id,
        source_id=login.source_id,
        level=login.level,
        outcome=LoginOutcome.LOGGED_IN,
        arrival=login.arrival,
        now=now,
        link_id=login.link_id,
        session_id=login.session_id,
    )
    device = device_writes(login.person_id, login.browser_hash, seen_at=known.facts.device_seen_at, now=now)
    reasons = () if login.told_already else unusual_reasons(known.facts, now=now)
    notices = _notices(vault, login, known, reasons, settings, now) if reasons else []
    return [record, *device, *notices]


def _notices(
    vault: Vault,
    login: FinishedLogin,
    known: KnownAccount,
    reasons: tuple[Reason, ...],
    settings: Settings,
    now: float,
) -> Sequence[Write]:
    kind = NoticeKind.UNUSUAL_LOGIN if is_unusual(reasons) else NoticeKind.NEW_DEVICE
    # A number that arrived with this very login is not told of it: it may be the intruder's.
    channels = channels_of_links(vault, known.links, known_before=int(now))
    return notice_writes(
        vault,
        channels,
        kind,
        settings=settings,
        locale=login.locale,
        at=now,
        name=login.service_name,
        person_id=login.person_id,
    )


def _number(row: Row, column: str) -> int | None:
    value = row.get(column)
    return value if isinstance(value, int) else None
