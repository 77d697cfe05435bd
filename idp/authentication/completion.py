"""A source has said who it saw: may they come in, who are they to us, and the session that says so.

The same for every kind of source and every way into the step, so that no path forgets a rule.
"""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.audit.events import PersonRefused
from idp.audit.log import audit_entry
from idp.authentication.contract import AuthenticationResult
from idp.authentication.session_start import Arriving, Seen, start_session
from idp.errors import (
    CitizenError,
    DeceasedRefused,
    MinorRefused,
    PersonBlocked,
    SourceAnswerRefused,
    StorageUnavailable,
)
from idp.history.arrival import Arrival
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
from idp.protocol.client import Client, in_locale
from idp.protocol.factors import Factor
from idp.services import Services
from idp.web.locale import page_locale


async def complete_authentication(
    services: Services, request: Request, interaction: Interaction, result: AuthenticationResult
) -> Response:
    """Back to the dispatcher with a fresh session cookie. Raises CitizenError for who may not come in."""
    now = services.clock()
    client = await services.configuration.usable_client(interaction.request.client_id)
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
    key = await start_session(
        services,
        interaction,
        client,
        _seen(result, recognised, now=int(now)),
        Arriving(
            session_key=services.session_key(request),
            arrival=Arrival.of(request.headers, request.client.host if request.client else None),
            locale=page_locale(request, services.cookies, ui_locales=interaction.request.ui_locales),
        ),
        linking=None,
        now=now,
    )
    response = RedirectResponse(f"/interactions/{interaction.id}", status_code=303)
    response.headers.append("set-cookie", services.cookies.set(services.cookies.session, key))
    return response


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


def _seen(result: AuthenticationResult, recognised: Recognised, *, now: int) -> Seen:
    step = Factor(
        source_id=result.source_id,
        link_id=recognised.link_id,
        person_id=recognised.person_id,
        amr=result.amr,
        level=result.level,
        at=min(now, result.authenticated_at),
    )
    claims = result.identity.claims()
    return Seen(step=step, identity_level=result.identity_level, claims=claims, decision=recognised.decision)
