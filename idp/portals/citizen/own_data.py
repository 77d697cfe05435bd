"""`/me/export` and `/me/close`: a copy of everything, and the end of the account. Both want a fresh, strong login."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.citizen_events import DataExported
from idp.audit.log import audit_entry
from idp.identity.channels import channels_of_person
from idp.identity.links import links_of
from idp.identity.protection.closing import close_account
from idp.notices.notice import NoticeKind, notice_writes
from idp.portals.citizen.confirmation import TICK, Question, ask
from idp.portals.citizen.export import exported
from idp.portals.citizen.here import Here
from idp.portals.citizen.proof import can_be_shown, require_strong
from idp.portals.guard import read_own_form
from idp.portals.telling import telling
from idp.portals.visitors import Visitor
from idp.services import Services

_PROTECTION: Final = "/me/protection"
_CLOSING: Final = ("sources", "services", "identifiers", "history", "new")


async def export(services: Services, request: Request, visitor: Visitor) -> Response:
    """A form and not a link: what is downloaded is everything, and its owner is told."""
    here = Here.of(services, request, visitor)
    if request.method == "GET":
        question = Question(
            title=here.say("citizen.export.title"),
            body=here.say("citizen.export.body"),
            consequences=[here.say(f"citizen.export.{part}") for part in ("what", "told", "care")],
            button=here.say("citizen.export.button"),
            back=_PROTECTION,
        )
        return ask(here, question, action=request.url.path)
    form = await read_own_form(services, request, visitor)
    await require_strong(here, form=form)
    document = await exported(
        services.database,
        services.vault,
        person_id=visitor.person_id,
        issuer=services.settings.issuer,
        now=int(here.now),
    )
    notices = notice_writes(
        services.vault,
        await channels_of_person(services.database, services.vault, visitor.person_id),
        NoticeKind.DATA_EXPORTED,
        settings=services.settings,
        locale=here.locale,
        at=here.now,
        person_id=visitor.person_id,
    )
    event = DataExported(person_id=visitor.person_id, session_id=visitor.session_id)
    await services.database.commit(audit_entry(event, now_ms=int(here.now * 1000)), *notices)
    services.outbox_poke()
    headers = {"content-disposition": 'attachment; filename="motcua-data.json"'}
    return Response(document, media_type="application/json", headers=headers)


async def close(services: Services, request: Request, visitor: Visitor) -> Response:
    """First what will happen, then a page that asks once more; nobody gets here by one click."""
    here = Here.of(services, request, visitor)
    links = await links_of(services.database, services.vault, visitor.person_id)
    if not await can_be_shown(here, links):
        return here.page("portals/citizen/counter", title=here.say("citizen.close.title"), back=_PROTECTION)
    if request.method == "GET":
        return ask(here, _closing(here, last=False), action=request.url.path)
    form = await read_own_form(services, request, visitor)
    if form.get("step") != "last":
        if form.get(TICK) != "yes":
            return ask(here, _closing(here, last=False), action=request.url.path, unticked=True)
        await require_strong(here, form=form)
        return ask(here, _closing(here, last=True), action=request.url.path, step="last")
    await require_strong(here, form=form)
    await close_account(
        services.database,
        services.vault,
        services.configuration.client,
        person_id=visitor.person_id,
        by="citizen",
        tell=await telling(services, here.locale),
        now=here.now,
    )
    services.outbox_poke()
    return here.last_page("portals/citizen/closed")


def _closing(here: Here, *, last: bool) -> Question:
    if last:
        return Question(
            title=here.say("citizen.close.last.title"),
            body=here.say("citizen.close.last.body"),
            button=here.say("citizen.close.last.button"),
            back=_PROTECTION,
        )
    return Question(
        title=here.say("citizen.close.title"),
        body=here.say("citizen.close.body"),
        consequences=[here.say(f"citizen.close.{part}") for part in _CLOSING],
        tick=here.say("citizen.close.tick"),
        button=here.say("citizen.close.button"),
        back=_PROTECTION,
    )
