"""How a person becomes an operator: logged in at a source, with the code of the command line, and an app that shows
codes. Open to anybody who is logged in; without a code it leads nowhere.
"""

import base64
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from idp.identity.authenticators import (
    CodeRefused,
    Enrolment,
    TooManyWrongCodes,
    begin_enrolment,
    begun_enrolment,
    confirming,
    enrolled,
)
from idp.operators.doubles import doubles_of
from idp.operators.enrolment import EnrolmentRefused, enrol, enrolling_operator, enrolment_hash
from idp.operators.operator import Operator, operator_of_person
from idp.portals.guard import form_token, read_own_form
from idp.portals.operator.desk import HOME, see
from idp.portals.operator.guard import TWO_FACTORS
from idp.portals.portal import OPERATOR
from idp.portals.signing_in import sign_in
from idp.portals.visitors import Visitor, require_recent
from idp.protocol.factors import uses_two_factors
from idp.protocol.levels import LevelOfAssurance
from idp.services import Services
from idp.storage.counters import increment
from idp.storage.database import Database
from idp.storage.short_lived import get, put
from idp.web.headers import page_response
from idp.web.i18n import Locale, text
from idp.web.locale import page_locale
from mobile_otp.qr import qr_svg
from mobile_otp.totp import otpauth_uri

ENROL: Final = f"{HOME}/enrol"
_RECENT_SECONDS: Final = 900
_KIND: Final = "operator enrolment"
_TRIES_A_DAY: Final = 10
_DAY: Final = 86_400


async def code_page(services: Services, request: Request, visitor: Visitor) -> Response:
    """Asks for the code of the command line; takes it on POST."""
    now = int(services.clock())
    form = await read_own_form(services, request, visitor) if request.method == "POST" else {}
    require_recent(visitor, _RECENT_SECONDS, now=now, level=LevelOfAssurance.SUBSTANTIAL, form=form or None)
    if not await _shows_their_app(services, visitor):
        return await sign_in(services, request, OPERATOR, return_to=ENROL, acr_values=TWO_FACTORS)
    if request.method == "GET":
        return _code_page(services, request, visitor)
    counting = increment(f"{_KIND}|{visitor.person_id}", limit=_TRIES_A_DAY, window=_DAY, now=now)
    if await services.database.commit(gate=counting) is None:
        return _code_page(services, request, visitor, wrong="limit", status=429)
    try:
        code_hash = enrolment_hash(form.get("code", ""))
        await enrolling_operator(services.database, code_hash, person_id=visitor.person_id, now=now)
    except EnrolmentRefused:
        return _code_page(services, request, visitor, wrong="code", status=400)
    if await _works_here_as_another(services.database, visitor.person_id):
        return _code_page(services, request, visitor, wrong="double", status=409)
    begun = await begin_enrolment(services.database, services.vault, person_id=visitor.person_id, now=now)
    await services.database.commit(put(_KIND, begun.id, payload=code_hash, expires_at=now + _RECENT_SECONDS))
    return see(f"{ENROL}/{begun.id}")


async def app_page(services: Services, request: Request, visitor: Visitor) -> Response:
    """The secret as a picture and in letters; the first code of the app, on POST, makes the person an operator."""
    now = int(services.clock())
    form = await read_own_form(services, request, visitor) if request.method == "POST" else {}
    require_recent(visitor, _RECENT_SECONDS, now=now, level=LevelOfAssurance.SUBSTANTIAL, form=form or None)
    if not await _shows_their_app(services, visitor):
        return await sign_in(services, request, OPERATOR, return_to=ENROL, acr_values=TWO_FACTORS)
    enrolment_id, person_id = str(request.path_params["enrolment_id"]), visitor.person_id
    begun = await begun_enrolment(
        services.database, services.vault, enrolment_id=enrolment_id, person_id=person_id, now=now
    )
    code_hash = await _code_hash(services.database, enrolment_id, now=now)
    if begun is None or code_hash is None:
        return see(ENROL)
    try:
        operator = await enrolling_operator(services.database, code_hash, person_id=person_id, now=now)
    except EnrolmentRefused:
        # Withdrawn, used or run out since it was typed.
        return _code_page(services, request, visitor, wrong="code", status=409)
    if await _works_here_as_another(services.database, person_id):
        return _code_page(services, request, visitor, wrong="double", status=409)
    if request.method == "GET":
        return _app_page(services, request, visitor, begun, operator)
    try:
        app = await confirming(
            services.database,
            services.vault,
            enrolment_id=begun.id,
            person_id=person_id,
            code=form.get("code", ""),
            now=now,
        )
        await enrol(services.database, operator, code_hash=code_hash, app=app, person_id=person_id, now=now)
    except CodeRefused:
        return _app_page(services, request, visitor, begun, operator, wrong="code", status=400)
    except TooManyWrongCodes:
        return _app_page(services, request, visitor, begun, operator, wrong="limit", status=429)
    except EnrolmentRefused:
        return _code_page(services, request, visitor, wrong="code", status=409)
    return _page(services, request, "portals/operator/enrolled", home=HOME)


def _code_page(
    services: Services, request: Request, visitor: Visitor, *, wrong: str = "", status: int = 200
) -> Response:
    token = form_token(services, visitor, ENROL)
    return _page(services, request, "portals/operator/enrol", status=status, action=ENROL, csrf=token, wrong=wrong)


def _app_page(
    services: Services,
    request: Request,
    visitor: Visitor,
    begun: Enrolment,
    operator: Operator,
    *,
    wrong: str = "",
    status: int = 200,
) -> Response:
    """The title is what a screen reader says of the picture; the letters below it are for typing."""
    locale = page_locale(request, services.cookies)
    settings, action = services.settings, f"{ENROL}/{begun.id}"
    issuer = settings.provider_name_vi if locale is Locale.VI else settings.provider_name_en
    picture = qr_svg(
        otpauth_uri(begun.totp, operator.label, issuer=issuer), title=text(locale, "operator.enrol.qr.title")
    )
    letters = base64.b32encode(begun.totp.secret).decode().rstrip("=")
    return _page(
        services,
        request,
        "portals/operator/enrol_app",
        status=status,
        action=action,
        csrf=form_token(services, visitor, action),
        # Of a secret and a title from the catalogue; nothing in it was typed.
        picture=Markup(picture),
        letters=" ".join(letters[place : place + 4] for place in range(0, len(letters), 4)),
        label=operator.label,
        wrong=wrong,
    )


def _page(services: Services, request: Request, template: str, *, status: int = 200, **context: object) -> Response:
    locale = page_locale(request, services.cookies)
    return page_response(
        services.pages.render(template, locale=locale, path=request.url.path, **context), status=status
    )


async def _shows_their_app(services: Services, visitor: Visitor) -> bool:
    """Who has an app already enrols another one with a login that used it, and not with the first factor alone."""
    if not await enrolled(services.database, person_id=visitor.person_id):
        return True
    return uses_two_factors(visitor.amr)


async def _works_here_as_another(database: Database, person_id: str) -> bool:
    """Whether somebody who may be the same human is an operator already: they could second themselves."""
    others = await doubles_of(database, person_id) - {person_id}
    return any([await operator_of_person(database, one) for one in sorted(others)])


async def _code_hash(database: Database, enrolment_id: str, *, now: int) -> bytes | None:
    """Of the enrolment code that was typed before this app was offered."""
    query = get(_KIND, enrolment_id, now=now)
    row = await database.fetch_row(query.text, *query.args)
    payload = row["payload"] if row else None
    return payload if isinstance(payload, bytes) else None
