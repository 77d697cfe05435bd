"""`/authorize`, the dispatcher `/interactions/{id}` and its way out. One more login in a live session ends here."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.audit.events import AuthorizationRequestRefused, LoginCancelled
from idp.audit.log import audit_entry
from idp.authorization.approving import approve
from idp.authorization.dispatcher import Progress, Step, next_step, of_this_login, silent_step
from idp.authorization.hinted import hinted_subject
from idp.authorization.issuing import issue_code
from idp.authorization.raising import with_ways_up
from idp.authorization.signing_on import signing_on
from idp.authorization.situation import NOBODY, Situation, load_situation
from idp.authorization_server.addressed_request import (
    Addressed,
    check_addressee,
    check_rules,
    expecting,
    worth_keeping,
)
from idp.authorization_server.interaction_start import start_interaction
from idp.authorization_server.issued import new_value
from idp.authorization_server.polled_decisions import Decided, decided, refuse
from idp.authorization_server.pushed_requests import (
    REQUEST_URI_PREFIX,
    answer_once,
    find_pushed_request,
    insert_pushed_request,
    new_request_uri,
    was_answered,
)
from idp.authorization_server.request_object import addressed_request
from idp.authorization_server.responses import Reply
from idp.errors import (
    AccessDenied,
    CitizenError,
    InvalidLoginRequest,
    OAuthError,
    PageNotFound,
    SessionExpired,
    TemporarilyUnavailable,
)
from idp.history.arrival import Arrival
from idp.interactions.access import own_interaction
from idp.interactions.interaction import Interaction
from idp.interactions.storage import answering
from idp.protocol.client import Client
from idp.protocol.redirect_uris import with_parameters
from idp.protocol.resource_uris import RESOURCE
from idp.services import Services, services_of
from idp.storage.database import IntegrityConflict
from idp.web.csrf import check_csrf, check_same_origin
from idp.web.forms import read_form, read_query
from idp.web.headers import page_response
from idp.web.locale import page_locale

_LOOKS = 3
_PAGES = {
    Step.AUTHENTICATE: "sources",
    Step.LINK: "linking",
    Step.SECOND_FACTOR: "second-factor",
    Step.CONSENT: "consent",
}


async def authorize(request: Request) -> Response:
    """The authorization endpoint, GET and POST (Core 3.1.2.1)."""
    services, now = services_of(request), services_of(request).clock()
    several = (RESOURCE,)
    parameters = (
        read_query(request, repeatable=several)
        if request.method == "GET"
        else await read_form(request, repeatable=several)
    )
    try:
        addressed, pushed = await _addressed(services, parameters, now=int(now))
        await Reply(services, request, addressed.client, addressed.request).check_answerable()
    except CitizenError as error:
        await _note_refusal(services, parameters.get("client_id"), error.code, error.private_detail, now)
        raise
    try:
        check_rules(addressed, pushed=pushed, resource_servers=services.configuration.resource_servers)
        hinted = await hinted_subject(services, addressed, now=now)
        if request.method == "POST" and not _brings_cookies(services, request):
            return await _as_get(services, addressed, now)
        if hinted is not None:
            addressed = expecting(addressed, hinted)
        return await _decided(services, request, addressed, now)
    except OAuthError as error:
        await _note_refusal(services, addressed.client.client_id, error.error, error.error_description, now)
        return await Reply(services, request, addressed.client, addressed.request).error(error)


def _brings_cookies(services: Services, request: Request) -> bool:
    return services.session_key(request) is not None or services.browser_id(request) is not None


async def _as_get(services: Services, addressed: Addressed, now: float) -> Response:
    """A form of the service's own page comes without our cookies (SameSite=Lax); the redirect it gets brings them.

    Without this a session would not be seen, and a second browser cookie would cut off the tabs that hold the
    first. The checked request is kept as a pushed one is, so that nothing of it stands in the address.
    """
    request_uri, client_id = new_request_uri(), addressed.client.client_id
    await services.database.commit(
        insert_pushed_request(
            request_uri, worth_keeping(addressed.parameters), vault=services.vault, client_id=client_id, now=int(now)
        )
    )
    # 303: what was posted here is not posted once more.
    again = with_parameters("/authorize", {"client_id": client_id, "request_uri": request_uri})
    return RedirectResponse(again, status_code=303)


async def _addressed(services: Services, parameters: Mapping[str, str], *, now: int) -> tuple[Addressed, bool]:
    """The request by value or as pushed before; with a pushed one, nothing beside it counts (RFC 9126 §4)."""
    client_id = parameters.get("client_id")
    client = await services.configuration.client(client_id) if client_id else None
    request_uri = parameters.get("request_uri", "")
    if client is None or not request_uri.startswith(REQUEST_URI_PREFIX):
        return await addressed_request(services, client, parameters, now=now), False
    stored = await find_pushed_request(
        services.database, services.vault, request_uri=request_uri, client_id=client.client_id, now=now
    )
    if stored is None:
        raise InvalidLoginRequest(private_detail="request_uri", way_on=client.client_uri)
    # Whether it had to be signed, and was, was decided when it was pushed; what is kept is what was signed.
    addressed = check_addressee(stored.parameters, client)
    asked = replace(addressed.request, pushed=stored.name)
    return replace(addressed, request=asked, signed=True), True


async def _decided(services: Services, request: Request, addressed: Addressed, now: float) -> Response:
    """Two tabs that both make the first grant of a service meet at its key: one of them looks again."""
    for _ in range(_LOOKS):
        with suppress(IntegrityConflict):
            return await _decide(services, request, addressed, now)
    raise TemporarilyUnavailable("try again")


async def _decide(services: Services, request: Request, addressed: Addressed, now: float) -> Response:
    asked, client = addressed.request, addressed.client
    situation = await _situation(services, request, client, int(now))
    progress = Progress(started_at=int(now))
    decide = silent_step if "none" in asked.prompts else next_step
    step = decide(asked, client, situation, progress, now=int(now))
    if step is Step.RESPOND:
        return await _respond(Reply(services, request, client, asked), situation, now, interaction=None)
    return await start_interaction(services, request, asked, now)


async def dispatch(request: Request) -> Response:
    """Sends the browser to the next step, whichever page it comes from: a reload or a back button lands right."""
    services, now = services_of(request), services_of(request).clock()
    interaction = await _own(services, request, int(now))
    client = await services.configuration.usable_client(interaction.request.client_id)
    situation = await _situation(services, request, client, int(now))
    progress = Progress.of(interaction)
    situation = of_this_login(situation, client, progress)
    situation = await with_ways_up(services, situation, interaction, client, now=int(now))
    try:
        step = next_step(interaction.request, client, situation, progress, now=int(now))
    except OAuthError as error:
        return await _refuse(Reply(services, request, client, interaction.request), interaction, error, now)
    if step is Step.RESPOND:
        try:
            reply = Reply(services, request, client, interaction.request)
            return await _respond(reply, situation, now, interaction=interaction)
        except IntegrityConflict:
            # Another tab made this service's grant a moment ago: asked again, the dispatcher finds it.
            return RedirectResponse(request.url.path, status_code=303)
    return RedirectResponse(f"/interactions/{interaction.id}/{_PAGES[step]}", status_code=303)


async def decided_page(request: Request) -> Response:
    """Where a login ends that leads to no service in this browser. It says nothing of whose it was."""
    services, outcome = services_of(request), request.path_params["outcome"]
    if outcome not in tuple(Decided):
        raise PageNotFound
    locale = page_locale(request, services.cookies)
    said = {"title": f"decided.{outcome}.title", "body": f"decided.{outcome}"}
    return page_response(services.pages.render("authorization/decided", locale=locale, path=request.url.path, **said))


async def cancel(request: Request) -> Response:
    """The person does not want to log in: the service is told so, and nothing else (RFC 6749 §4.1.2.1)."""
    services, now = services_of(request), services_of(request).clock()
    form = await read_form(request)
    interaction = await _own(services, request, int(now))
    check_same_origin(request.headers, services.settings.issuer)
    check_csrf(
        services.csrf_key,
        browser_id=services.browser_id(request),
        purpose=f"cancel {interaction.id}",
        token=form.get("csrf"),
    )
    client = await services.configuration.usable_client(interaction.request.client_id)
    reply = Reply(services, request, client, interaction.request)
    return await _refuse(reply, interaction, AccessDenied("the person cancelled the login"), now)


async def _refuse(reply: Reply, interaction: Interaction, error: OAuthError, now: float) -> Response:
    event = (
        LoginCancelled(client_id=interaction.request.client_id, interaction_id=interaction.id)
        if isinstance(error, AccessDenied)
        else AuthorizationRequestRefused(
            client_id=interaction.request.client_id, interaction_id=interaction.id, error=error.error
        )
    )
    return await refuse(reply, interaction, error, event, now=now)


async def _respond(reply: Reply, situation: Situation, now: float, *, interaction: Interaction | None) -> Response:
    """Writes the code, then hands it over. Raises IntegrityConflict when another tab made the grant meanwhile."""
    code, services, http = new_value(), reply.services, reply.request
    host = http.client.host if http.client else None
    if interaction is not None and reply.asked.polled is not None:
        locale = page_locale(http, services.cookies, ui_locales=reply.asked.ui_locales)
        arrival = Arrival.of(http.headers, host)
        await approve(services, reply.client, interaction, situation, arrival=arrival, locale=locale, now=now)
        return decided(Decided.APPROVED)
    line = signing_on(
        services.vault, reply.client, situation, http.headers, host=host, interaction=interaction, now=now
    )
    work = issue_code(
        code,
        reply.asked,
        reply.client,
        situation,
        vault=services.vault,
        now=now,
        code_lifetime=services.settings.code_lifetime,
        interaction_id=interaction.id if interaction else None,
    )
    work.add(*line)
    pushed = reply.asked.pushed
    if interaction is not None:
        work.gate = answering(interaction, now=int(now))
    too_late = False
    if pushed is not None:
        # Two pages of one pushed request are two logins; the second finds it answered, however late it comes.
        too_late = await was_answered(services.database, pushed)
        work.add(*answer_once(pushed, now=int(now)))
    if too_late or await work.commit(services.database) is None:
        # Another tab answered this very request; its code is on the way to the service.
        raise SessionExpired(way_on=reply.client.client_uri)
    return await reply.code(code)


async def _situation(services: Services, request: Request, client: Client, now: int) -> Situation:
    """As the database knows it; a session from a source that was switched off since counts as none."""
    situation = await load_situation(
        services.database,
        services.vault,
        session_key=services.session_key(request),
        client=client,
        now=now,
        idle=services.settings.session_idle,
    )
    session = situation.session
    if session is not None and services.configuration.is_switched_off(session.source_id):
        return NOBODY
    return situation


async def _own(services: Services, request: Request, now: int) -> Interaction:
    return await own_interaction(
        services.database,
        services.vault,
        interaction_id=request.path_params["interaction_id"],
        browser_id=services.browser_id(request),
        now=now,
    )


async def _note_refusal(services: Services, client_id: str | None, error: str, rule: str | None, now: float) -> None:
    known = client_id is not None and await services.configuration.client(client_id) is not None
    event = AuthorizationRequestRefused(client_id=client_id if known else None, error=error, rule=rule or None)
    await services.database.commit(audit_entry(event, now_ms=int(now * 1000)))
