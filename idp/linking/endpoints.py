"""`/interactions/{id}/linking`: one page for each state of a doubt, and the answers to it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.audit.events import SourceChosen
from idp.audit.login_events import LinkingAnswered
from idp.identity.cases.search import case_by_id
from idp.interactions.access import own_interaction
from idp.interactions.interaction import WAITING_SECONDS, Interaction
from idp.interactions.linking import Doubt, LinkingState
from idp.interactions.linking_answers import Answer
from idp.interactions.storage import saving
from idp.linking.asking import Asking, linking_of
from idp.linking.choices import sentences, sources_by_effort
from idp.linking.resuming import resumed
from idp.services import Services, services_of
from idp.sessions.storage import live_session, touch_session
from idp.web.forms import read_form
from idp.web.headers import page_response
from idp.web.i18n import text
from idp.web.locale import page_locale
from mobile_otp.qr import qr_svg

_PAGE: Final = "/interactions/{interaction_id}/linking"
_RELOAD_SECONDS: Final = 20

_TEMPLATES: Final = {
    LinkingState.ELSEWHERE: "linking/elsewhere",
    LinkingState.ASKED: "linking/outcome",
    LinkingState.SETTLED: "linking/outcome",
}
_FIRST_PAGES: Final = {
    Doubt.TOLERATED: "linking/tolerated",
    Doubt.PROVE: "linking/doubt",
    Doubt.REVIEW: "linking/doubt",
    Doubt.ADD: "linking/add",
}


def linking_routes() -> list[Route]:
    return [
        Route(_PAGE, linking_page, methods=["GET"]),
        Route(_PAGE, answer_linking, methods=["POST"]),
    ]


async def linking_page(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    interaction = await _own(services, request, int(now))
    asking = await _load(services, request, interaction, now)
    if asking is not None:
        await _stay(asking)
        return await _show(asking) if asking.linking.is_pending else _see(asking.dispatcher)
    key = await resumed(services, interaction, session_key=services.session_key(request), now=now)
    if key is None:
        await _stop_proving(services, interaction)
    response = _see(f"/interactions/{interaction.id}")
    if key is not None:
        response.headers.append("set-cookie", services.cookies.set(services.cookies.session, key))
    return response


async def answer_linking(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    form = await read_form(request)
    interaction = await _own(services, request, int(now))
    asking = await _load(services, request, interaction, now)
    if asking is None or not asking.linking.is_pending:
        return _see(f"/interactions/{interaction.id}/linking" if asking is None else asking.dispatcher)
    asking.check_form(form, request.headers)
    if "source" in form:
        return await _prove(asking, form["source"])
    answer = _ANSWERS.get(form.get("answer", ""))
    return _see(asking.page) if answer is None else await answer(asking)


async def _prove(asking: Asking, source_id: str) -> Response:
    """To the second source, in this very browser. The first end must still stand when the second is reached."""
    if asking.linking.doubt not in (Doubt.PROVE, Doubt.ADD) or asking.linking.state is LinkingState.SETTLED:
        return _see(asking.page)
    source = await asking.services.configuration.source(source_id)
    if source is None or source.configuration.disabled:
        return await _show(asking, error="source", status=400)
    if not asking.linking.is_fresh(int(asking.now)):
        await asking.move(asking.linking.moved(LinkingState.WAITING, answer=Answer.EXPIRED.value))
        return _see(asking.page)
    proving = asking.linking.moved(LinkingState.PROVING, answer=None)
    event = SourceChosen(client_id=asking.client.client_id, source_id=source_id, interaction_id=asking.interaction.id)
    chosen = replace(asking.interaction.choosing(source_id), linking=proving, notice=None)
    moved = await asking.commit(chosen, event=event)
    return _see(f"{asking.dispatcher}/sources/{source_id}" if moved else asking.page)


async def _elsewhere(asking: Asking) -> Response:
    if asking.case is not None:
        waiting = replace(
            asking.interaction,
            linking=asking.linking.moved(LinkingState.ELSEWHERE, answer=None),
            notice=None,
            waits_until=int(asking.now) + WAITING_SECONDS,
        )
        await asking.commit(waiting)
    return _see(asking.page)


async def _back(asking: Asking) -> Response:
    if asking.linking.state is LinkingState.ELSEWHERE:
        await asking.move(asking.linking.moved(LinkingState.WAITING, answer=None))
    return _see(asking.page)


async def _ask_for_review(asking: Asking) -> Response:
    """The case waits for somebody anyway; asked for by name, its reference and date are shown."""
    if asking.case is not None:
        await _answered(asking, Answer.ASKED, LinkingState.ASKED)
    return _see(asking.page)


async def _go_on(asking: Asking) -> Response:
    """Nothing more is joined in this login: who reads this has seen what came of it, or stays apart."""
    done = asking.linking.answer
    is_open = asking.linking.state not in (LinkingState.ASKED, LinkingState.SETTLED)
    if is_open:
        told = asking.linking.doubt in (Doubt.TOLERATED, Doubt.REVIEW)
        await _answered(asking, Answer.SHOWN if told else Answer.APART, LinkingState.OVER)
    else:
        await asking.move(asking.linking.moved(LinkingState.OVER, answer=done))
    return _see(asking.dispatcher)


async def _again(asking: Asking) -> Response:
    """The first end once more: it was too long ago to stand beside a second one."""
    await asking.move(asking.linking.moved(LinkingState.WAITING, answer=None))
    return _see(f"{asking.dispatcher}/sources")


_ANSWERS: Final[Mapping[str, Callable[[Asking], Awaitable[Response]]]] = MappingProxyType(
    {
        "elsewhere": _elsewhere,
        "back": _back,
        "review": _ask_for_review,
        "continue": _go_on,
        "again": _again,
    }
)


async def _answered(asking: Asking, answer: Answer, state: LinkingState) -> None:
    event = LinkingAnswered(answer=answer.value, case_id=asking.linking.case_id, **asking.ids())
    await asking.move(asking.linking.moved(state, answer=answer.value), event=event)


async def _show(asking: Asking, *, error: str | None = None, status: int = 200) -> Response:
    linking, case, locale = asking.linking, asking.case, asking.locale
    template = _TEMPLATES.get(linking.state, _FIRST_PAGES[linking.doubt])
    if case is not None and not case.is_undecided and linking.state is not LinkingState.SETTLED:
        # Somebody decided meanwhile: nothing is left to prove here.
        linking, template = linking.moved(LinkingState.ASKED, answer=Answer.DECIDED.value), "linking/outcome"
    choices = await sources_by_effort(asking.services, linking, locale)
    answer = linking.answer or (asking.interaction.notice and Answer.DECLINED.value)
    page = asking.services.pages.render(
        template,
        locale=locale,
        path=asking.page,
        service=asking.service,
        is_review=linking.doubt is Doubt.REVIEW,
        is_add=linking.doubt is Doubt.ADD,
        sentences=sentences(case, linking, locale),
        answer=answer,
        told=f"linking.notice.{answer}",
        outcome=f"linking.outcome.{answer}",
        source_label=await asking.label_of(linking.source_id),
        other_label=await asking.label_of(linking.other_source_id),
        sources=choices.tiles,
        reference=case.reference if case else "",
        due=datetime.fromtimestamp(case.due_at, UTC) if case else None,
        case_url=asking.case_url,
        cases_url=asking.cases_url,
        picture=Markup(qr_svg(asking.case_url, title=text(locale, "linking.elsewhere.qr"))) if case else "",
        reload_seconds=_RELOAD_SECONDS,
        action=asking.page,
        csrf=asking.csrf("linking"),
        cancel_action=f"{asking.dispatcher}/cancel",
        cancel_csrf=asking.csrf("cancel"),
        error=error,
    )
    leads_to = [asking.interaction.request.redirect_uri, *choices.leads_to]
    return page_response(page, status=status, form_action=leads_to)


async def _load(services: Services, request: Request, interaction: Interaction, now: float) -> Asking | None:
    """None where nobody is here whom this interaction authenticated, or nothing is to be settled with them."""
    client = await services.configuration.usable_client(interaction.request.client_id)
    session = await live_session(
        services.database,
        services.vault,
        key=services.session_key(request),
        now=int(now),
        idle=services.settings.session_idle,
    )
    linking = None if session is None else linking_of(interaction, session)
    if session is None or linking is None:
        return None
    case = None
    if linking.case_id is not None:
        case = await case_by_id(services.database, services.vault, linking.case_id)
    return Asking(
        services=services,
        interaction=interaction,
        client=client,
        session=session,
        linking=linking,
        case=case,
        locale=page_locale(request, services.cookies, ui_locales=interaction.request.ui_locales),
        browser_id=services.browser_id(request) or "",
        now=now,
    )


async def _stay(asking: Asking) -> None:
    """Who waits is not idle: the session lives as long as somebody looks at the page."""
    if asking.linking.state is LinkingState.ELSEWHERE and asking.session.needs_touch(int(asking.now)):
        await asking.services.database.commit(touch_session(asking.session.id, now=int(asking.now)))


async def _stop_proving(services: Services, interaction: Interaction) -> None:
    """The first end is gone: what is chosen next is a first end again, with every source that may be one."""
    linking = interaction.linking
    if linking is not None and linking.state is LinkingState.PROVING:
        changed = replace(interaction, linking=linking.moved(LinkingState.WAITING), source_id=None, source_state={})
        await services.database.commit(gate=saving(services.vault, changed))


async def _own(services: Services, request: Request, now: int) -> Interaction:
    return await own_interaction(
        services.database,
        services.vault,
        interaction_id=request.path_params["interaction_id"],
        browser_id=services.browser_id(request),
        now=now,
    )


def _see(url: str) -> Response:
    return RedirectResponse(url, status_code=303)
