"""`/interactions/{id}/consent`: the page, and the answer to it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.audit.events import ConsentRefused
from idp.authorization_server.polled_decisions import Decided, decided, deny, polled_request_of, refuse
from idp.authorization_server.polled_requests import PolledRequest
from idp.authorization_server.request_blocks import block_of
from idp.authorization_server.responses import Reply
from idp.consent.details import allowances_in, digest_of, places_in
from idp.consent.elsewhere import asked_elsewhere
from idp.consent.presentation import offered_claims, released_claims, rows_for
from idp.consent.record import Agreed, Shown, consent_in_force, recording_consent
from idp.errors import AccessDenied
from idp.interactions.access import own_interaction
from idp.interactions.interaction import Interaction
from idp.interactions.storage import saving
from idp.protocol.client import Client, LegalBasis, in_locale
from idp.services import Services, services_of
from idp.sessions.session import SsoSession
from idp.sessions.storage import live_session
from idp.storage.database import IntegrityConflict
from idp.web.csrf import check_csrf, check_same_origin, csrf_token
from idp.web.forms import read_form
from idp.web.headers import page_response
from idp.web.i18n import Locale
from idp.web.locale import page_locale
from idp.web.views import AllowanceView, ClaimRow, ServiceView

_LOOKS = 5


@dataclass(frozen=True, kw_only=True)
class _Asking:
    """One person, about to be asked by one service."""

    interaction: Interaction
    client: Client
    session: SsoSession
    locale: Locale
    rows: list[ClaimRow]
    allowances: list[AllowanceView]
    places: list[str]
    polled: PolledRequest | None = None


async def consent_page(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    asking = await _load(services, request, int(now))
    if asking is None:
        return _to_dispatcher(request)
    return page_response(_page(services, request, asking), form_action=(asking.interaction.request.redirect_uri,))


async def answer_consent(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    form = await read_form(request)
    asking = await _load(services, request, int(now))
    check_same_origin(request.headers, services.settings.issuer)
    if asking is None:
        return _to_dispatcher(request)
    check_csrf(
        services.csrf_key,
        browser_id=services.browser_id(request),
        purpose=_purpose(asking),
        token=form.get("csrf"),
    )
    if form.get("decision") == "refuse":
        return await _refuse(services, request, asking, now)
    if form.get("decision") == "report" and asking.polled is not None and asking.polled.may_be_reported:
        return await _report(services, asking, now)
    if form.get("decision") == "approve":
        await _approve(services, request, asking, form, now)
    return _to_dispatcher(request)


async def _load(services: Services, request: Request, now: int) -> _Asking | None:
    """None when nobody is logged in any more: the dispatcher knows what to do then."""
    interaction = await own_interaction(
        services.database,
        services.vault,
        interaction_id=request.path_params["interaction_id"],
        browser_id=services.browser_id(request),
        now=now,
    )
    client = await services.configuration.usable_client(interaction.request.client_id)
    session = await live_session(
        services.database,
        services.vault,
        key=services.session_key(request),
        now=now,
        idle=services.settings.session_idle,
    )
    if session is None or services.configuration.is_switched_off(session.source_id):
        return None
    locale = page_locale(request, services.cookies, ui_locales=interaction.request.ui_locales)
    source = await services.configuration.source(session.source_id)
    # The source's label says only what a citizen types there.
    names = (source.configuration.organisation, source.configuration.label) if source else ()
    vouching = next(filter(None, (in_locale(name, locale) for name in names)), session.source_id)
    rows = rows_for(
        interaction.request,
        client,
        session.claims,
        source_label=vouching,
        locale=locale,
    )
    polled = None
    if interaction.request.polled:
        polled = await polled_request_of(services, interaction, person_id=session.person_id, now=now)
    servers = services.configuration.resource_servers
    return _Asking(
        interaction=interaction,
        client=client,
        session=session,
        locale=locale,
        rows=rows,
        allowances=allowances_in(interaction.request, servers, locale),
        places=places_in(interaction.request, servers, locale),
        polled=polled,
    )


def _page(services: Services, request: Request, asking: _Asking) -> str:
    """A service that acts by law informs; every other one asks."""
    client, locale = asking.client, asking.locale
    context: dict[str, object] = {
        "service": ServiceView.of(client, locale),
        "purpose": in_locale(client.purpose, locale),
        "citation": in_locale(client.legal_citation, locale),
        "rows": asking.rows,
        "allowances": asking.allowances,
        "places": asking.places,
        "elsewhere": asked_elsewhere(asking.polled),
        "action": request.url.path,
        "csrf": csrf_token(
            services.csrf_key,
            browser_id=services.browser_id(request) or "",
            purpose=_purpose(asking),
        ),
    }
    template = "consent/information" if client.legal_basis is LegalBasis.LAW else "consent/consent"
    return services.pages.render(template, locale=locale, path=request.url.path, **context)


async def _approve(services: Services, request: Request, asking: _Asking, form: Mapping[str, str], now: float) -> None:
    ticked = [name.removeprefix("claim.") for name, value in form.items() if name.startswith("claim.") and value]
    interaction, client, session = asking.interaction, asking.client, asking.session
    agreed = Agreed(
        scope=frozenset(interaction.request.scopes),
        offered=offered_claims(interaction.request),
        released=released_claims(interaction.request, client, ticked),
        resources=frozenset(interaction.request.resource or ()),
        details=tuple(
            (detail["type"], digest_of(detail)) for detail in interaction.request.authorization_details or ()
        ),
    )
    shown = Shown(
        text="\n".join(
            (
                client.name_in(asking.locale),
                *(row.label for row in asking.rows),
                *(allowance.sentence for allowance in asking.allowances),
                *(f"{label}: {value}" for allowance in asking.allowances for label, value in allowance.facts),
                *asking.places,
            )
        ),
        locale=asking.locale,
        interaction_id=interaction.id,
    )
    going_on = saving(services.vault, replace(interaction, consented_in=session.id))
    for _ in range(_LOOKS):
        earlier = await consent_in_force(services.database, client, session)
        work = recording_consent(client, session, agreed, shown, earlier=earlier, going_on=going_on, now=now)
        # Another tab may answer in between, for the first time or anew: then its consent is the earlier one.
        with suppress(IntegrityConflict):
            if await work.commit(services.database) is not None:
                return


async def _refuse(services: Services, request: Request, asking: _Asking, now: float) -> Response:
    """Nothing leaves but the refusal itself."""
    reply = Reply(services, request, asking.client, asking.interaction.request)
    return await refuse(reply, asking.interaction, AccessDenied("the person refused"), _refused(asking), now=now)


async def _report(services: Services, asking: _Asking, now: float) -> Response:
    """Somebody else asked for it: a no, and nothing more of this service reaches this person in this way."""
    client_id, person_id = asking.client.client_id, asking.session.person_id
    block = block_of(client_id=client_id, person_id=person_id, interaction_id=asking.interaction.id, now=now)
    await deny(services, asking.interaction, _refused(asking), reason="reported", also=block, now=now)
    return decided(Decided.REPORTED)


def _refused(asking: _Asking) -> ConsentRefused:
    return ConsentRefused(
        client_id=asking.client.client_id,
        person_id=asking.session.person_id,
        session_id=asking.session.id,
        interaction_id=asking.interaction.id,
    )


def _purpose(asking: _Asking) -> str:
    # Bound to the session too: an answer to the page of one person must not count for another who logged in since.
    return f"consent {asking.interaction.id} {asking.session.id}"


def _to_dispatcher(request: Request) -> Response:
    return RedirectResponse(f"/interactions/{request.path_params['interaction_id']}", status_code=303)
