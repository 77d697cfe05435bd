"""A source has said who it saw: may they come in, who are they to us, and the session that says so.

The same for every kind of source and every way into the step, so that no path forgets a rule.
"""

import secrets
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.audit.events import AuditEvent, PersonAuthenticated, PersonRefused
from idp.audit.log import audit_entry
from idp.authentication.contract import AuthenticationResult
from idp.errors import (
    CitizenError,
    DeceasedRefused,
    MinorRefused,
    PersonBlocked,
    SessionExpired,
    SourceAnswerRefused,
    StorageUnavailable,
)
from idp.identity.birth import parse_birth_date
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition import (
    IdentityChanged,
    PersonNotActive,
    Recognised,
    RecognitionContended,
    recognise,
)
from idp.interactions.interaction import Interaction
from idp.interactions.storage import saving
from idp.protocol.client import Client, in_locale
from idp.protocol.levels import LevelOfAssurance
from idp.services import Services
from idp.sessions.ending import end_session
from idp.sessions.session import SsoSession
from idp.sessions.storage import insert_session, live_session, renew_session
from idp.storage.database import Write

_HIGH_LIFETIME_SECONDS: Final = 600


async def complete_authentication(
    services: Services, request: Request, interaction: Interaction, result: AuthenticationResult
) -> Response:
    """Back to the dispatcher with a fresh session cookie. Raises CitizenError for who may not come in."""
    now = services.clock()
    client = await services.configuration.client(interaction.request.client_id)
    try:
        check_admission(result.identity, client, minimum_age=services.settings.minimum_age, now=now)
        recognised = await _recognised(services, result, now)
    except CitizenError as error:
        refused = PersonRefused(
            client_id=interaction.request.client_id,
            source_id=result.source_id,
            interaction_id=interaction.id,
            reason=error.message_key,
        )
        await services.database.commit(audit_entry(refused, now_ms=int(now * 1000)))
        raise
    return await _start_session(services, request, interaction, result, recognised, now)


def check_admission(identity: PivotIdentity, client: Client | None, *, minimum_age: int, now: float) -> None:
    """Raises DeceasedRefused, MinorRefused. A service may ask for a higher age, never for a lower one."""
    if identity.deceased:
        raise DeceasedRefused
    least = max(minimum_age, (client.minimum_age or 0) if client else 0)
    age = parse_birth_date(identity.birthdate).age_on(datetime.fromtimestamp(now, UTC).date())
    if age is not None and age < least:
        raise MinorRefused(details={"tuoi": least})


async def _recognised(services: Services, result: AuthenticationResult, now: float) -> Recognised:
    try:
        return await recognise(services.database, services.vault, result, now=now)
    except IdentityChanged as error:
        source = await services.configuration.source(result.source_id)
        label = in_locale(source.configuration.label, "vi") if source else result.source_id
        raise SourceAnswerRefused(private_detail="identity_changed", details={"nguon": label}) from error
    except PersonNotActive as error:
        raise PersonBlocked from error
    except RecognitionContended as error:
        raise StorageUnavailable(retry_after=5) from error


async def _start_session(
    services: Services,
    request: Request,
    interaction: Interaction,
    result: AuthenticationResult,
    recognised: Recognised,
    now: float,
) -> Response:
    """A new secret in the cookie at every login; the same person keeps their `sid`, another one starts afresh."""
    settings, moment = services.settings, int(now)
    earlier = await live_session(
        services.database,
        services.vault,
        key=services.session_key(request),
        now=moment,
        idle=settings.session_idle,
    )
    if earlier is not None and earlier.person_id != recognised.person_id:
        await end_session(
            services.database,
            services.vault,
            services.configuration.client,
            session_id=earlier.id,
            reason="other_person",
            now=now,
        )
        services.outbox_poke()
        earlier = None
    session = SsoSession(
        id=earlier.id if earlier else secrets.token_urlsafe(16),
        person_id=recognised.person_id,
        link_id=recognised.link_id,
        source_id=result.source_id,
        level=result.level,
        amr=result.amr,
        identity_level=result.identity_level,
        auth_time=min(moment, result.authenticated_at),
        created_at=earlier.created_at if earlier else moment,
        last_seen_at=moment,
        expires_at=moment + _lifetime(result.level, settings.session_lifetime),
        claims=result.identity.claims(),
    )
    key = secrets.token_urlsafe(32)
    writes = _session_writes(services, session, key, interaction, is_renewal=earlier is not None)
    event: AuditEvent = PersonAuthenticated(
        client_id=interaction.request.client_id,
        source_id=result.source_id,
        person_id=recognised.person_id,
        session_id=session.id,
        interaction_id=interaction.id,
        acr=result.level.acr,
        amr=result.amr,
        decision=recognised.decision,
    )
    saved = await services.database.commit(
        *writes,
        audit_entry(event, now_ms=int(now * 1000)),
        gate=saving(services.vault, interaction.authenticated(session.id)),
    )
    if saved is None:
        # Another tab of this very interaction went on meanwhile; this answer came too late to count.
        raise SessionExpired
    response = RedirectResponse(f"/interactions/{interaction.id}", status_code=303)
    response.headers.append("set-cookie", services.cookies.set(services.cookies.session, key))
    return response


def _lifetime(level: LevelOfAssurance, configured: int) -> int:
    """A session at high assurance is short, whatever is configured (security rules, "Web")."""
    return min(configured, _HIGH_LIFETIME_SECONDS) if level is LevelOfAssurance.HIGH else configured


def _session_writes(
    services: Services, session: SsoSession, key: str, interaction: Interaction, *, is_renewal: bool
) -> list[Write]:
    if is_renewal:
        return [renew_session(session, key=key, vault=services.vault)]
    return [insert_session(session, key=key, browser_hash=interaction.browser_hash, vault=services.vault)]
