"""A login that waited while its doubt was settled on another device: it goes on as the person it turned out to be.

The merge ended this browser's session, because its person is no more. What this browser proved still stands, within
the life of its interaction: the record it logged in with is now the survivor's.
"""

import secrets
from dataclasses import replace
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.login_events import LinkingAnswered
from idp.identity.cases.case import CaseOutcome
from idp.identity.cases.search import case_by_id
from idp.identity.links import lets_in
from idp.identity.person_state import standing_person
from idp.interactions.interaction import Interaction
from idp.interactions.linking import LinkingState
from idp.interactions.linking_answers import Answer
from idp.interactions.storage import saving
from idp.services import Services
from idp.sessions.storage import SESSION_COLUMNS, insert_session, live_session, session_from_row

_JOINED: Final = (CaseOutcome.PROVEN, CaseOutcome.MERGED)


async def _was_called_off(services: Services, person_id: str, *, since: int | None) -> bool:
    """Whether the person ended a session or reported a login after the doubt was settled: then nothing goes on."""
    row = await services.database.fetch_row(
        "SELECT 1 AS found FROM sso_session WHERE person_id = $1 AND ended_at > $2 "
        "UNION ALL SELECT 1 FROM linking_case WHERE person_id = $1 AND kind = 'not_me' AND created_at >= $2",
        person_id,
        since,
    )
    return row is not None


async def resumed(services: Services, interaction: Interaction, *, session_key: str | None, now: float) -> str | None:
    """The secret of a session of the survivor. None where nothing was joined, or this browser is somebody's already."""
    linking, moment = interaction.linking, int(now)
    if linking is None or not linking.is_pending or interaction.session_id is None or linking.case_id is None:
        return None
    case = await case_by_id(services.database, services.vault, linking.case_id)
    if case is None or case.person_id != linking.person_id or case.outcome not in _JOINED:
        return None
    idle = services.settings.session_idle
    if await live_session(services.database, services.vault, key=session_key, now=moment, idle=idle) is not None:
        return None
    survivor = await standing_person(services.database, linking.person_id)
    if survivor is None or not survivor.is_active or survivor.id == linking.person_id:
        return None
    row = await services.database.fetch_row(
        f"SELECT {SESSION_COLUMNS}, l.status AS link_status FROM sso_session s "
        "JOIN identity_link l ON l.id = s.link_id WHERE s.id = $1 AND s.person_id = $2 AND s.expires_at > $3 "
        # Ended by that very merge, and by nothing else.
        "AND s.browser_hash = $4 AND l.person_id = $5 AND s.ended_at = $6",
        interaction.session_id,
        linking.person_id,
        moment,
        interaction.browser_hash,
        survivor.id,
        case.decided_at,
    )
    if (
        row is None
        or await _was_called_off(services, survivor.id, since=case.decided_at)
        or not lets_in(str(row["link_status"]))
        or services.configuration.is_switched_off(linking.source_id)
    ):
        return None
    session = replace(
        session_from_row(row, services.vault),
        id=secrets.token_urlsafe(16),
        person_id=survivor.id,
        created_at=moment,
        last_seen_at=moment,
    )
    key = secrets.token_urlsafe(32)
    settled = linking.moved(LinkingState.SETTLED, person_id=survivor.id, answer=Answer.ELSEWHERE.value)
    factors = tuple(replace(factor, person_id=survivor.id) for factor in interaction.factors)
    event = LinkingAnswered(
        answer=Answer.ELSEWHERE.value,
        case_id=case.id,
        person_id=survivor.id,
        session_id=session.id,
        client_id=interaction.request.client_id,
        interaction_id=interaction.id,
    )
    saved = await services.database.commit(
        insert_session(session, key=key, browser_hash=interaction.browser_hash, vault=services.vault),
        audit_entry(event, now_ms=int(now * 1000)),
        gate=saving(services.vault, interaction.authenticated(session.id, factors, settled)),
    )
    return None if saved is None else key
