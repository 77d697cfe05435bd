""" "Not me": somebody else used the account. Everything is ended, the way they came in is frozen, a case is opened."""

from typing import Final

from idp.audit.log import audit_entry
from idp.audit.person_events import MisuseReported
from idp.identity.cases.case import Case, CaseKind, CaseOutcome, CaseStatus, new_case_id, open_case_writes
from idp.identity.cases.decisions import ended_entry, ending_statement
from idp.identity.cases.references import new_reference
from idp.identity.cases.search import case_by_id, cases_of_person
from idp.identity.channels import channels_of_person
from idp.identity.links import LinkChange, LinkStatus, lets_in, link_change
from idp.identity.person_state import Contended, NotActive, PersonStatus, holding, person_state
from idp.identity.protection.happenings import Happening, TellHappening, tell_nobody_of
from idp.identity.protection.link_freezing import link_row, thawed
from idp.identity.protection.service_events import (
    EventKind,
    event_messages,
    services_knowing,
    services_reached_by,
)
from idp.identity.protection.session_endings import end_all_sessions, endings_of, revoke_every_grant
from idp.identity.protection.ways_in import stopping_gate
from idp.sessions.ending import FindClient
from idp.storage.database import Database, IntegrityConflict, Row, Statement, Write
from idp.storage.vault import Vault

_LOOKS: Final = 5
_MAY_REPORT: Final = frozenset({PersonStatus.ACTIVE, PersonStatus.LOCKED})


async def not_me(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    link_id: str | None = None,
    session_id: str | None = None,
    by: str = "citizen",
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> str:
    """The reference of the case; reporting the same link again gives the same one. Raises NotActive, Contended.

    `link_id`, or the link of `session_id`, is frozen; with neither, nothing is.
    """
    link_id = link_id or await _link_of(database, session_id=session_id, person_id=person_id)
    reference = None
    for _ in range(_LOOKS):
        earlier = await _open_report(database, vault, person_id=person_id, link_id=link_id)
        if earlier is not None:
            reference = earlier.reference
            break
        try:
            reference = await _report(
                database, vault, find_client, person_id=person_id, link_id=link_id, by=by, tell=tell, now=now
            )
        except IntegrityConflict:
            # The reference of another case; the next one is drawn anew.
            continue
        if reference is not None:
            break
    if reference is None:
        raise Contended
    # Also what a login wrote in the same moment, and whatever came since an earlier report.
    await end_all_sessions(database, vault, find_client, person_id=person_id, reason="not_me", now=now)
    return reference


async def undo_not_me(database: Database, vault: Vault, *, person_id: str, case_id: str, by: str, now: float) -> bool:
    """Whether the case was open: the link becomes what it was. The caller has asked for a strong proof."""
    case = await case_by_id(database, vault, case_id)
    if case is None or case.person_id != person_id or case.kind is not CaseKind.NOT_ME or not case.is_undecided:
        return False
    writes: list[Write] = []
    link = None if case.link_id is None else await link_row(database, link_id=case.link_id, person_id=person_id)
    if link is not None and link["status"] == LinkStatus.FROZEN:
        change = link_change(
            link_id=str(link["id"]),
            person_id=person_id,
            source_id=str(link["source_id"]),
            from_status=LinkStatus.FROZEN,
            to=thawed(link),
            reason="not_me_undone",
            by=by,
            now=now,
        )
        writes = [change.gate, change.audit]
    withdrawn, undone = CaseStatus.WITHDRAWN, CaseOutcome.UNDONE
    gate = ending_statement(case, status=withdrawn, outcome=undone, by=by, now=now)
    entry = ended_entry(case, status=withdrawn, outcome=undone, by=by, now=now)
    return await database.commit(*writes, entry, gate=gate) is not None


async def _report(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    link_id: str | None,
    by: str,
    tell: TellHappening,
    now: float,
) -> str | None:
    """One transaction; None where something changed meanwhile."""
    person = await person_state(database, person_id)
    if person is None or person.status not in _MAY_REPORT:
        raise NotActive("unknown" if person is None else person.status)
    link = None if link_id is None else await link_row(database, link_id=link_id, person_id=person_id)
    gate, frozen = holding(person, now=now), list[Write]()
    freezing = _freezing(link, person_id=person_id, by=by, now=now)
    if link is not None and freezing is not None:
        # The person changes with it, so that whoever takes another way in away in this moment looks again.
        frozen = [freezing.gate, freezing.audit, gate]
        status = LinkStatus(str(link["status"]))
        gate = stopping_gate(database.dialect, person, link_id=str(link["id"]), from_status=status)
    endings = await endings_of(database, vault, find_client, person_id=person_id, reason="not_me", now=now)
    known = await services_knowing(database, find_client, person_id)
    reached = (
        []
        if link is None
        else await services_reached_by(database, find_client, person_id=person_id, link_id=str(link["id"]))
    )
    others = [service for service in known if service not in reached]
    case_id, reference = new_case_id(), new_reference()
    reported = MisuseReported(
        person_id=person_id,
        source_id=None if link is None else str(link["source_id"]),
        case_id=case_id,
        link_id=link_id,
        sessions=len(endings.session_ids),
        clients_told=endings.clients_told,
    )
    channels = await channels_of_person(database, vault, person_id)
    happening = Happening(
        kind="link_frozen",
        person_id=person_id,
        channels=channels,
        now=now,
        source_id=None if link is None else str(link["source_id"]),
    )
    done = await database.commit(
        *frozen,
        *endings.writes,
        revoke_every_grant(person_id, now=now),
        *event_messages(
            EventKind.CREDENTIAL_COMPROMISE, reached, credential_type=_credential_type(link), vault=vault, now=now
        ),
        *event_messages(EventKind.SESSIONS_REVOKED, others, vault=vault, now=now),
        *open_case_writes(
            vault,
            case_id=case_id,
            kind=CaseKind.NOT_ME,
            person_id=person_id,
            link_id=link_id,
            decision="not_me",
            now=now,
            reference=reference,
        ),
        # The intruder's browser must not pass for a known one; the person's own next login is told as a new device.
        Statement("DELETE FROM known_device WHERE person_id = $1", (person_id,)),
        audit_entry(reported, now_ms=int(now * 1000)),
        *(tell(happening) if frozen else ()),
        gate=gate,
    )
    return None if done is None else reference


def _freezing(link: Row | None, *, person_id: str, by: str, now: float) -> LinkChange | None:
    """Nothing where there is no link that lets in."""
    if link is None or not lets_in(str(link["status"])):
        return None
    return link_change(
        link_id=str(link["id"]),
        person_id=person_id,
        source_id=str(link["source_id"]),
        from_status=LinkStatus(str(link["status"])),
        to=LinkStatus.FROZEN,
        reason="not_me",
        by=by,
        now=now,
    )


def _credential_type(link: Row | None) -> str | None:
    """What was misused, as far as the link's own `amr` says."""
    methods = set() if link is None else set(str(link["method"]).split())
    return "phone-sms" if methods & {"sms", "otp"} else "password"


async def _link_of(database: Database, *, session_id: str | None, person_id: str) -> str | None:
    if session_id is None:
        return None
    row = await database.fetch_row(
        "SELECT link_id FROM sso_session WHERE id = $1 AND person_id = $2 "
        "UNION ALL SELECT link_id FROM login_record WHERE session_id = $1 AND person_id = $2 AND link_id IS NOT NULL",
        session_id,
        person_id,
    )
    return None if row is None else str(row["link_id"])


async def _open_report(database: Database, vault: Vault, *, person_id: str, link_id: str | None) -> Case | None:
    cases = await cases_of_person(database, vault, person_id)
    return next(
        (case for case in cases if case.kind is CaseKind.NOT_ME and case.is_undecided and case.link_id == link_id),
        None,
    )
