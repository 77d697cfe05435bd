"""The session that says who logged in and how: begun, renewed or lifted by a finished step, in one transaction.

Its level and methods are those of this transaction's steps together, never of an older session (RFC 9470 §4).
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from idp.audit.events import PersonAuthenticated
from idp.audit.log import audit_entry
from idp.authentication.contract import AuthenticationResult
from idp.errors import SessionExpired
from idp.history.arrival import Arrival
from idp.history.finished_login import FinishedLogin, load_known, writes_of_login
from idp.identity.recognition.recognised import Recognised
from idp.interactions.interaction import Interaction
from idp.interactions.linking import Linking
from idp.interactions.storage import saving
from idp.protocol.client import Client
from idp.protocol.factors import Factor, Reached, adding, reached_for
from idp.protocol.levels import LevelOfAssurance
from idp.services import Services
from idp.sessions.ending import end_session
from idp.sessions.session import SsoSession
from idp.sessions.storage import insert_session, live_session, renew_session
from idp.storage.database import Write
from idp.web.i18n import Locale

_HIGH_LIFETIME_SECONDS: Final = 600


@dataclass(frozen=True, kw_only=True)
class Arriving:
    """The browser at this moment."""

    session_key: str | None = field(repr=False)
    arrival: Arrival
    locale: Locale


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Whom a source vouched for, as one step of this login; `claims` are what services may be given."""

    step: Factor
    identity_level: str
    claims: Mapping[str, str] = field(repr=False)
    decision: str
    is_new_link: bool = False


def seen_by(result: AuthenticationResult, recognised: Recognised, *, person_id: str | None = None, now: int) -> Seen:
    """`person_id`: whose the login is by now, where that is not whom it found."""
    step = Factor(
        source_id=result.source_id,
        link_id=recognised.link_id,
        person_id=person_id or recognised.person_id,
        amr=result.amr,
        level=result.level,
        at=min(now, result.authenticated_at),
    )
    claims = dict(result.identity.claims())
    if recognised.withholds_personal_id:
        # Somebody else holds this number: no two people may release one.
        claims.pop("vn_personal_id", None)
    return Seen(
        step=step,
        identity_level=result.identity_level,
        claims=claims,
        decision=recognised.decision,
        is_new_link=recognised.is_new_link,
    )


async def start_session(
    services: Services,
    interaction: Interaction,
    client: Client,
    seen: Seen,
    arriving: Arriving,
    *,
    linking: Linking | None,
    now: float,
    also: Sequence[Write] = (),
) -> str:
    """The new secret for the cookie. The same person keeps their `sid`, another one starts afresh.

    `also` is written in the same transaction.

    Raises SessionExpired when another tab of this interaction went on meanwhile.
    """
    earlier = await _earlier(services, seen.step.person_id, arriving, now=now)
    factors = adding(interaction.factors, seen.step)
    session = _session(services, client, seen, factors, earlier, now=int(now))
    login = FinishedLogin(
        person_id=session.person_id,
        link_id=seen.step.link_id,
        session_id=session.id,
        source_id=seen.step.source_id,
        client_id=client.client_id,
        service_name=client.name_in(arriving.locale),
        level=seen.step.level,
        browser_hash=interaction.browser_hash,
        arrival=arriving.arrival,
        locale=arriving.locale,
        told_already=seen.is_new_link,
    )
    known = await load_known(services.database, login, now=now)
    event = PersonAuthenticated(
        client_id=client.client_id,
        source_id=seen.step.source_id,
        person_id=session.person_id,
        session_id=session.id,
        interaction_id=interaction.id,
        acr=session.level.acr,
        amr=session.amr,
        decision=seen.decision,
    )
    key = secrets.token_urlsafe(32)
    stored: Write = (
        renew_session(session, key=key, vault=services.vault)
        if earlier
        else insert_session(session, key=key, browser_hash=interaction.browser_hash, vault=services.vault)
    )
    saved = await services.database.commit(
        stored,
        *writes_of_login(services.vault, login, known, settings=services.settings, now=now),
        audit_entry(event, now_ms=int(now * 1000)),
        *also,
        gate=saving(services.vault, interaction.authenticated(session.id, factors, linking)),
    )
    if saved is None:
        # This answer came too late to count.
        raise SessionExpired
    return key


def lifted(services: Services, session: SsoSession, reached: Reached, *, now: int) -> SsoSession:
    """The same session after a further factor: how it was logged in is more, whom it is of is as it was."""
    return SsoSession(
        **{
            **vars(session),
            "level": reached.level,
            "amr": reached.amr,
            "auth_time": reached.auth_time,
            "last_seen_at": now,
            "expires_at": _expiry(services, reached.level, now=now),
        }
    )


async def _earlier(services: Services, person_id: str, arriving: Arriving, *, now: float) -> SsoSession | None:
    """The live session of this very person in this browser; somebody else's is ended, and its services are told."""
    earlier = await live_session(
        services.database,
        services.vault,
        key=arriving.session_key,
        now=int(now),
        idle=services.settings.session_idle,
    )
    if earlier is None or earlier.person_id == person_id:
        return earlier
    await end_session(
        services.database,
        services.vault,
        services.configuration.client,
        session_id=earlier.id,
        reason="other_person",
        now=now,
    )
    services.outbox_poke()
    return None


def _session(
    services: Services, client: Client, seen: Seen, factors: tuple[Factor, ...], earlier: SsoSession | None, *, now: int
) -> SsoSession:
    reached = reached_for(factors, client.allowed_sources)
    session = SsoSession(
        id=earlier.id if earlier else secrets.token_urlsafe(16),
        person_id=seen.step.person_id,
        link_id=seen.step.link_id,
        source_id=seen.step.source_id,
        level=reached.level,
        amr=reached.amr,
        identity_level=seen.identity_level,
        auth_time=reached.auth_time,
        created_at=earlier.created_at if earlier else now,
        last_seen_at=now,
        expires_at=_expiry(services, reached.level, now=now),
        claims=seen.claims,
    )
    if earlier is None or not _speaks_on(earlier, factors, seen.step, client):
        return session
    return lifted(services, earlier, reached, now=now)


def _speaks_on(earlier: SsoSession, factors: tuple[Factor, ...], step: Factor, client: Client) -> bool:
    """Whether the source that spoke first in this transaction goes on vouching for who the person is.

    The surer one does; where both are as sure, the first. One that the service does not accept never begins to.
    """
    first = next((factor for factor in factors[:-1] if factor.link_id == earlier.link_id), None)
    if first is None:
        return False
    is_accepted = client.allowed_sources is None or step.source_id in client.allowed_sources
    return not is_accepted or first.level >= step.level


def _expiry(services: Services, level: LevelOfAssurance, *, now: int) -> int:
    """A session at high assurance is short, whatever is configured (security rules, "Web")."""
    configured = services.settings.session_lifetime
    return now + (min(configured, _HIGH_LIFETIME_SECONDS) if level is LevelOfAssurance.HIGH else configured)
