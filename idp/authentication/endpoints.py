"""The choice of a source, the pages of the chosen one, and the way back from another site.

Every step loads the interaction anew and asks again whether the source is offered; what was saved by another tab
meanwhile wins, and the browser is sent to where that led.
"""

from collections.abc import Awaitable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.audit.events import PersonRefused, SourceChosen, SourceFailed, SourceRefused
from idp.audit.log import audit_entry
from idp.authentication.completion import complete_authentication
from idp.authentication.contract import (
    Authenticated,
    Declined,
    IdentitySource,
    Outcome,
    Redirect,
    Show,
    SourceLied,
    SourceUnavailable,
)
from idp.authentication.offer import is_offered, offered, tiles
from idp.authentication.step import Step, has_app
from idp.authentication.upstream_states import State, take_state
from idp.errors import (
    CitizenError,
    NumberDisabled,
    OtherBrowser,
    ServiceSuspended,
    SessionExpired,
    SourceAnswerRefused,
    SourceNotAllowed,
    UnknownService,
)
from idp.interactions.access import own_interaction
from idp.services import Services, services_of
from idp.web.forms import read_form, read_query
from idp.web.headers import page_response
from idp.web.locale import page_locale

_CHOICE = "/interactions/{interaction_id}/sources"


def authentication_routes() -> list[Route]:
    return [
        Route(_CHOICE, choice_page, methods=["GET"]),
        Route(_CHOICE, choose_source, methods=["POST"]),
        Route(f"{_CHOICE}/{{source_id}}", source_page, methods=["GET"]),
        Route(f"{_CHOICE}/{{source_id}}", submit_to_source, methods=["POST"]),
        Route("/sources/{source_id}/callback", source_callback, methods=["GET"]),
    ]


async def choice_page(request: Request) -> Response:
    step = await load_step(request)
    if step.asking.is_proof:
        # The other end of a proof is chosen where it is explained.
        return _see(f"{step.dispatcher}/linking")
    return await _choice(step)


async def choose_source(request: Request) -> Response:
    form = await read_form(request)
    step = await load_step(request)
    step.check_form(form, "sources")
    source = await step.services.configuration.source(form.get("source", ""))
    if source is None:
        return await _choice(step, error="source", status=400)
    _check_offered(step, source)
    chosen = replace(step.interaction.choosing(source.configuration.id), notice=None)
    event = SourceChosen(**step.ids(source))
    await step.commit(chosen, event=event)
    return _see(step.page_of(source))


async def source_page(request: Request) -> Response:
    step, source = await _chosen(request)
    if source is None:
        return _see(step.dispatcher)
    return await _concluded(request, step, source, source.begin(step.visit(source)))


async def submit_to_source(request: Request) -> Response:
    form = await read_form(request)
    step, source = await _chosen(request)
    if source is None:
        return _see(step.dispatcher)
    step.check_form(form, f"source {source.configuration.id}")
    own = {name: value for name, value in form.items() if name != "csrf"}
    return await _concluded(request, step, source, source.submit(step.visit(source), own))


async def source_callback(request: Request) -> Response:
    """The answer of another site: of use once, to the browser and the interaction that were sent there."""
    parameters = read_query(request)
    services, source_id = services_of(request), request.path_params["source_id"]
    now = services.clock()
    state = await take_state(services.database, parameters.get("state", ""), source_id=source_id, now=int(now))
    if state is None:
        await _note_refused_callback(services, "state_unknown", source_id, None, now)
        raise SessionExpired(private_detail="state_unknown")
    # Named by the state, not by the address: a refusal's page finds the way back to the service by it.
    request.state.interaction_id = state.interaction_id
    try:
        step = await load_step(request, interaction_id=state.interaction_id)
    except (OtherBrowser, SessionExpired) as error:
        await _note_refused_callback(services, error.message_key, source_id, state, now)
        raise
    source = await services.configuration.source(source_id)
    if state.was_used or source is None or step.interaction.source_id != source_id:
        # A reload, or a tab that went another way: nothing is finished by it.
        reason = "state_replayed" if state.was_used else "source_not_chosen"
        await _note_refused_callback(services, reason, source_id, state, now)
        return _see(step.dispatcher)
    _check_offered(step, source)
    return await _concluded(request, step, source, source.complete(step.visit(source), parameters))


async def load_step(request: Request, *, interaction_id: str | None = None) -> Step:
    """Raises SessionExpired, OtherBrowser, UnknownService, ServiceSuspended."""
    services = services_of(request)
    now = services.clock()
    interaction = await own_interaction(
        services.database,
        services.vault,
        interaction_id=interaction_id or request.path_params["interaction_id"],
        browser_id=services.browser_id(request),
        now=int(now),
    )
    client = await services.configuration.client(interaction.request.client_id)
    if client is None:
        raise UnknownService(private_detail="client_removed")
    if client.disabled:
        raise ServiceSuspended(private_detail="client_disabled")
    return Step(
        services=services,
        interaction=interaction,
        client=client,
        locale=page_locale(request, services.cookies, ui_locales=interaction.request.ui_locales),
        now=now,
        browser_id=services.browser_id(request) or "",
        headers=request.headers,
        host=request.client.host if request.client else "",
        has_app=await has_app(services, services.session_key(request), interaction, client, now=int(now)),
    )


async def _chosen(request: Request) -> tuple[Step, IdentitySource | None]:
    """The source of the address, if it is the one chosen in this interaction; else the dispatcher knows better."""
    step = await load_step(request)
    source = await step.services.configuration.source(request.path_params["source_id"])
    if source is None or step.interaction.source_id != source.configuration.id:
        return step, None
    _check_offered(step, source)
    return step, source


def _check_offered(step: Step, source: IdentitySource) -> None:
    if not is_offered(source, step.asking):
        raise SourceNotAllowed(private_detail=source.configuration.id, way_on=step.choice, way_on_label=step.other_way)


async def _choice(step: Step, *, error: str | None = None, status: int = 200) -> Response:
    asking = step.asking
    sources = offered(await step.services.configuration.sources(), asking)
    page = step.services.pages.render(
        "authentication/choose_source",
        locale=step.locale,
        path=step.choice,
        service=step.service,
        sources=tiles(sources, locale=step.locale),
        action=step.choice,
        csrf=step.csrf("sources"),
        cancel_action=f"{step.dispatcher}/cancel",
        cancel_csrf=step.csrf("cancel"),
        notice=step.interaction.notice,
        is_raising=asking.is_raising,
        error=error,
    )
    elsewhere = [address for source in sources for address in source.leads_to()]
    return page_response(page, status=status, form_action=[step.interaction.request.redirect_uri, *elsewhere])


async def _concluded(request: Request, step: Step, source: IdentitySource, asking: Awaitable[Outcome]) -> Response:
    """Whatever the source says becomes one answer and one event."""
    try:
        outcome = await asking
    except (SourceUnavailable, SourceLied) as error:
        return await _failed(step, source, error)
    except CitizenError as error:
        await step.note(PersonRefused(reason=error.message_key, **step.ids(source)))
        if isinstance(error, NumberDisabled):
            # It is the number that is refused, not the citizen: the other sources stay open.
            raise NumberDisabled(way_on=step.choice, way_on_label=step.other_way) from error
        raise
    return await _answer(request, step, source, outcome)


async def _answer(request: Request, step: Step, source: IdentitySource, outcome: Outcome) -> Response:
    if isinstance(outcome, Authenticated):
        return await complete_authentication(step.services, request, step.interaction, outcome.result)
    if isinstance(outcome, Declined):
        back = replace(step.interaction, source_id=None, source_state={}, notice=outcome.reason)
        await step.commit(back, event=SourceRefused(reason=outcome.reason, **step.ids(source)))
        return _see(step.choice)
    if isinstance(outcome, Redirect):
        saved = await step.commit(step.interaction.with_source_state(outcome.state), *outcome.writes)
        return _see(outcome.url if saved else step.page_of(source))
    return await _show(request, step, source, outcome)


async def _show(request: Request, step: Step, source: IdentitySource, outcome: Show) -> Response:
    if outcome.writes or outcome.state != step.interaction.source_state:
        changed = step.interaction.with_source_state(outcome.state)
        if not await step.commit(changed, *outcome.writes, event=outcome.event):
            return _see(step.page_of(source))
        step.services.outbox_poke()
    elif outcome.event is not None:
        # Nothing moved on: a refused second click must not make the first one come too late.
        await step.note(outcome.event)
    if request.method == "POST" and outcome.status == 200:
        # Shown by a GET, so that a reload sends nothing again.
        return _see(step.page_of(source))
    page = step.services.pages.render(
        outcome.template,
        locale=step.locale,
        path=step.page_of(source),
        service=step.service,
        source_label=step.label_of(source),
        action=step.page_of(source),
        resend_action=step.page_of(source),
        retry=step.page_of(source),
        csrf=step.csrf(f"source {source.configuration.id}"),
        other_way_url=step.choice,
        **outcome.context,
    )
    return page_response(page, status=outcome.status, form_action=[step.interaction.request.redirect_uri])


async def _failed(step: Step, source: IdentitySource, error: SourceUnavailable | SourceLied) -> Response:
    """The citizen keeps the choice; what went wrong is in the log, in a word."""
    label = step.label_of(source)
    if isinstance(error, SourceLied):
        await step.note(SourceRefused(reason=error.reason, **step.ids(source)))
        raise SourceAnswerRefused(
            private_detail=str(error), details={"nguon": label}, way_on=step.choice, way_on_label=step.other_way
        ) from error
    await step.note(SourceFailed(reason=error.reason, **step.ids(source)))
    page = step.services.pages.render(
        "authentication/source_unavailable",
        locale=step.locale,
        path=step.page_of(source),
        service=step.service,
        source_label=label,
        other_way_url=step.choice,
        retry=step.page_of(source),
    )
    return page_response(page, status=503)


async def _note_refused_callback(
    services: Services, reason: str, source_id: str, state: State | None, now: float
) -> None:
    known = await services.configuration.source(source_id) is not None
    event = SourceRefused(
        reason=reason,
        source_id=source_id if known else None,
        interaction_id=state.interaction_id if state else None,
    )
    await services.database.commit(audit_entry(event, now_ms=int(now * 1000)))


def _see(url: str) -> Response:
    return RedirectResponse(url, status_code=303)
