"""A person locked on every path, by themselves or by an operator, and let in again."""

from collections.abc import Sequence
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.person_events import PersonStatusChanged
from idp.identity.cases.case import CaseOutcome, CaseStatus
from idp.identity.cases.decisions import ended_entry, ending_statement
from idp.identity.cases.search import case_by_id
from idp.identity.channels import channels_of_person
from idp.identity.person_state import Contended, PersonState, PersonStatus, becoming, person_state
from idp.identity.protection.happenings import Happening, TellHappening, tell_nobody_of
from idp.identity.protection.service_events import EventKind, event_messages, services_knowing
from idp.identity.protection.session_endings import endings_of, revoke_every_grant
from idp.sessions.ending import FindClient
from idp.storage.database import Database, Insert, Write
from idp.storage.vault import Vault

_LOOKS: Final = 5


async def lock_everything(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    by: str,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> bool:
    """Whether the person was active until now. Raises Contended.

    What a login writes in the same moment is worth nothing: every path asks whether the person is active.
    """
    for _ in range(_LOOKS):
        person = await person_state(database, person_id)
        if person is None or not person.is_active:
            return False
        endings = await endings_of(database, vault, find_client, person_id=person_id, reason="locked", now=now)
        known = await services_knowing(database, find_client, person_id)
        channels = await channels_of_person(database, vault, person_id)
        done = await database.commit(
            *endings.writes,
            revoke_every_grant(person_id, now=now),
            *event_messages(EventKind.ACCOUNT_DISABLED, known, vault=vault, now=now),
            status_entry(person, PersonStatus.LOCKED, reason="locked", by=by, now=now),
            *tell(Happening(kind="account_locked", person_id=person_id, channels=channels, now=now)),
            gate=becoming(person, PersonStatus.LOCKED, now=now),
        )
        if done is not None:
            return True
    raise Contended


async def unlock_person(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    by: str,
    case_id: str | None = None,
    also: Sequence[Write] = (),
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> bool:
    """Whether the person was locked until now. `case_id`: decided `unlocked` in the same transaction.
    `also` goes with it.

    Nothing that was ended or revoked comes back. Raises Contended.
    """
    for _ in range(_LOOKS):
        person = await person_state(database, person_id)
        if person is None or person.status is not PersonStatus.LOCKED:
            return False
        known = await services_knowing(database, find_client, person_id)
        writes: list[Write] = list(event_messages(EventKind.ACCOUNT_ENABLED, known, vault=vault, now=now))
        case = None if case_id is None else await case_by_id(database, vault, case_id)
        if case is not None and case.person_id == person_id and case.is_undecided:
            decided, unlocked = CaseStatus.DECIDED, CaseOutcome.UNLOCKED
            channels = await channels_of_person(database, vault, person_id)
            writes += [
                ending_statement(case, status=decided, outcome=unlocked, by=by, now=now),
                ended_entry(case, status=decided, outcome=unlocked, by=by, now=now),
                *tell(Happening(kind="case_decided", person_id=person_id, channels=channels, now=now)),
            ]
        done = await database.commit(
            *writes,
            *also,
            # Also what was written in the moment of the locking, and has been worth nothing since.
            revoke_every_grant(person_id, now=now),
            status_entry(person, PersonStatus.ACTIVE, reason="unlocked", by=by, now=now),
            gate=becoming(person, PersonStatus.ACTIVE, now=now),
        )
        if done is not None:
            return True
    raise Contended


def status_entry(person: PersonState, to: PersonStatus, *, reason: str, by: str, now: float) -> Insert:
    event = PersonStatusChanged(
        person_id=person.id, from_status=person.status.value, to_status=to.value, reason=reason, by=by
    )
    return audit_entry(event, now_ms=int(now * 1000))
