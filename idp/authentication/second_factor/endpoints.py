"""`/interactions/{id}/second-factor`: the page, and the code that lifts the session it belongs to."""

import secrets
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.audit.log import audit_entry
from idp.audit.login_events import SecondFactorProved, SecondFactorRefused
from idp.authentication.endpoints import load_step
from idp.authentication.session_start import lifted
from idp.authentication.step import Step
from idp.identity.authenticators import KIND, CodeRefused, TooManyWrongCodes, enrolled, proving, refund
from idp.interactions.storage import saving
from idp.protocol.factors import TOTP_SOURCE, Factor, adding, reached_for
from idp.protocol.levels import LevelOfAssurance
from idp.sessions.session import SsoSession
from idp.sessions.storage import live_session, renew_session
from idp.storage.counters import increment
from idp.web.forms import read_form
from idp.web.headers import page_response
from mobile_otp.codes import normalise_code

_PAGE = "/interactions/{interaction_id}/second-factor"
_TRIES = 5
_WINDOW = 30 * 60


def second_factor_routes() -> list[Route]:
    return [
        Route(_PAGE, code_page, methods=["GET"]),
        Route(_PAGE, submit_code, methods=["POST"]),
    ]


async def code_page(request: Request) -> Response:
    step = await load_step(request)
    if await _session(step, request) is None:
        return _see(step.dispatcher)
    return _show(step)


async def submit_code(request: Request) -> Response:
    form = await read_form(request)
    step = await load_step(request)
    step.check_form(form, "second-factor")
    session = await _session(step, request)
    if session is None:
        return _see(step.dispatcher)
    if normalise_code(form.get("code", "")) is None:
        # Nothing was compared, and no try was spent.
        return _show(step, error="format", status=400)
    database, vault, now = step.services.database, step.services.vault, step.now
    try:
        await _count_try(step)
        gate = await proving(database, vault, person_id=session.person_id, code=form.get("code", ""), now=now)
    except CodeRefused:
        return await _refused(step, session, "wrong", status=400)
    except TooManyWrongCodes as error:
        return await _refused(step, session, "limit", status=429, minutes=error.minutes)
    raised, factors = _raised(step, session)
    key = secrets.token_urlsafe(32)
    event = SecondFactorProved(kind=KIND, acr=raised.level.acr, amr=raised.amr, **_ids(step, session))
    proved = await database.commit(
        renew_session(raised, key=key, vault=vault),
        # Should another tab have moved on meanwhile, the session still says what was proved.
        saving(vault, replace(step.interaction, factors=factors)),
        refund(session.person_id, now=now),
        audit_entry(event, now_ms=int(now * 1000)),
        gate=gate,
    )
    if proved is None:
        return await _refused(step, session, "wrong", status=400)
    response = _see(step.dispatcher)
    cookies = step.services.cookies
    response.headers.append("set-cookie", cookies.set(cookies.session, key))
    return response


async def _session(step: Step, request: Request) -> SsoSession | None:
    """Of who authenticated in this very interaction and has an app; None where a code would lift nothing."""
    services = step.services
    session = await live_session(
        services.database,
        services.vault,
        key=services.session_key(request),
        now=int(step.now),
        idle=services.settings.session_idle,
    )
    if session is None or session.id != step.interaction.session_id or not step.interaction.factors:
        return None
    if any(factor.source_id == TOTP_SOURCE for factor in step.interaction.factors):
        return None
    return session if await enrolled(services.database, person_id=session.person_id) else None


def _raised(step: Step, session: SsoSession) -> tuple[SsoSession, tuple[Factor, ...]]:
    """The session after a right code, and the steps it now rests on."""
    now = int(step.now)
    done = Factor(
        source_id=TOTP_SOURCE,
        link_id="",
        person_id=session.person_id,
        amr=("otp",),
        level=LevelOfAssurance.LOW,
        at=now,
    )
    factors = adding(step.interaction.factors, done)
    return lifted(step.services, session, reached_for(factors, step.client.allowed_sources), now=now), factors


async def _count_try(step: Step) -> None:
    """Five in one login, beside the ten a day of the person. Raises TooManyWrongCodes."""
    key = f"totp|try|{step.interaction.id}"
    gate = increment(key, limit=_TRIES, window=_WINDOW, now=int(step.now))
    if await step.services.database.commit(gate=gate) is None:
        raise TooManyWrongCodes(_WINDOW)


async def _refused(step: Step, session: SsoSession, reason: str, *, status: int, minutes: int = 0) -> Response:
    await step.note(SecondFactorRefused(kind=KIND, reason=reason, **_ids(step, session)))
    return _show(step, error=reason, minutes=minutes, status=status)


def _show(step: Step, *, error: str | None = None, minutes: int = 0, status: int = 200) -> Response:
    path = f"{step.dispatcher}/second-factor"
    page = step.services.pages.render(
        "authentication/second_factor",
        locale=step.locale,
        path=path,
        service=step.service,
        action=path,
        csrf=step.csrf("second-factor"),
        error=error,
        minutes=minutes,
        other_way_url=step.choice,
        cancel_action=f"{step.dispatcher}/cancel",
        cancel_csrf=step.csrf("cancel"),
    )
    return page_response(page, status=status, form_action=[step.interaction.request.redirect_uri])


def _ids(step: Step, session: SsoSession) -> dict[str, str]:
    return {
        "client_id": step.client.client_id,
        "interaction_id": step.interaction.id,
        "person_id": session.person_id,
        "session_id": session.id,
    }


def _see(url: str) -> Response:
    return RedirectResponse(url, status_code=303)
