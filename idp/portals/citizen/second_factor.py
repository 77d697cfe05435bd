"""`/me/second-factor`: an app that shows codes, enrolled by QR code; taken away again with a code of its own.

Not for operators: their app opens the desk, and only an enrolment code leads to it.
"""

import base64
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from idp.errors import TooManyTries
from idp.identity.authenticators import (
    ENROLMENT_SECONDS,
    CodeRefused,
    Enrolment,
    TooManyWrongCodes,
    begin_enrolment,
    begun_enrolment,
    confirm,
    enrolled,
    remove_with_code,
)
from idp.identity.channels import channels_of_person
from idp.identity.protection.happenings import Happening, HappeningKind
from idp.operators.operator import operator_of_person
from idp.portals.citizen.here import Here
from idp.portals.citizen.proof import require_strong
from idp.portals.guard import read_own_form
from idp.portals.telling import telling
from idp.portals.visitors import Visitor
from idp.services import Services
from idp.storage.database import Write
from idp.web.cookies import read_cookie
from mobile_otp.qr import qr_svg
from mobile_otp.totp import otpauth_uri

_COOKIE: Final = "enrolment"
PROTECTION, ENROL, REMOVE = "/me/protection", "/me/second-factor", "/me/second-factor/remove"


async def enrol(services: Services, request: Request, visitor: Visitor) -> Response:
    """A fresh login first: whoever enrols their app here may log in with it ever after."""
    here = Here.of(services, request, visitor)
    if await operator_of_person(services.database, visitor.person_id) is not None:
        return _of_the_desk(here)
    if await enrolled(services.database, person_id=visitor.person_id):
        return here.go(PROTECTION)
    if request.method == "GET":
        await require_strong(here)
        return _enrolling(here, await _begun(here))
    form = await read_own_form(services, request, visitor)
    await require_strong(here)
    enrolment_id, person_id = form.get("enrolment", ""), visitor.person_id
    try:
        await confirm(
            services.database,
            services.vault,
            enrolment_id=enrolment_id,
            person_id=person_id,
            code=form.get("code", ""),
            now=here.now,
            writes=await _notices(here, "factor_added"),
        )
    except TooManyWrongCodes as refusal:
        raise TooManyTries(details={"phut": refusal.minutes}) from refusal
    except CodeRefused:
        begun_before = await begun_enrolment(
            services.database, services.vault, enrolment_id=enrolment_id, person_id=person_id, now=here.now
        )
        if begun_before is None:
            return here.go(ENROL)
        return _enrolling(here, begun_before, wrong=True)
    services.outbox_poke()
    return here.go(PROTECTION, done="totp_enrolled")


async def remove_factor(services: Services, request: Request, visitor: Visitor) -> Response:
    """With a code of the app: whoever has the first factor alone must not get rid of the second one."""
    here = Here.of(services, request, visitor)
    if await operator_of_person(services.database, visitor.person_id) is not None:
        return _of_the_desk(here)
    if not await enrolled(services.database, person_id=visitor.person_id):
        return here.go(PROTECTION)
    if request.method == "GET":
        await require_strong(here)
        return _removing(here)
    form = await read_own_form(services, request, visitor)
    await require_strong(here)
    try:
        await remove_with_code(
            services.database,
            services.vault,
            person_id=visitor.person_id,
            code=form.get("code", ""),
            now=here.now,
            writes=await _notices(here, "factor_removed"),
        )
    except TooManyWrongCodes as refusal:
        raise TooManyTries(details={"phut": refusal.minutes}) from refusal
    except CodeRefused:
        return _removing(here, wrong=True)
    services.outbox_poke()
    return here.go(PROTECTION, done="totp_removed")


async def _notices(here: Here, kind: HappeningKind) -> tuple[Write, ...]:
    services, person_id = here.services, here.visitor.person_id
    tell = await telling(services, here.locale)
    channels = await channels_of_person(services.database, services.vault, person_id)
    return tuple(tell(Happening(kind=kind, person_id=person_id, channels=channels, now=here.now)))


async def _begun(here: Here) -> Enrolment:
    """The one of this browser, so that a reload and a second tab show the code that the app may have scanned."""
    services, person_id = here.services, here.visitor.person_id
    known = read_cookie(here.request, services.cookies.portal(_COOKIE))
    if known is not None:
        begun = await begun_enrolment(
            services.database, services.vault, enrolment_id=known, person_id=person_id, now=here.now
        )
        if begun is not None:
            return begun
    return await begin_enrolment(services.database, services.vault, person_id=person_id, now=here.now)


def _enrolling(here: Here, enrolment: Enrolment, *, wrong: bool = False) -> Response:
    """The secret stands in the QR code and, for who cannot scan, in groups of four letters."""
    settings = here.services.settings
    issuer = settings.provider_name_vi if here.locale == "vi" else settings.provider_name_en
    uri = otpauth_uri(enrolment.totp, here.say("citizen.title"), issuer=issuer)
    secret = base64.b32encode(enrolment.totp.secret).decode().rstrip("=")
    page = here.page(
        "portals/citizen/second_factor",
        status=400 if wrong else 200,
        # Our own drawing of black squares; its title is escaped where it is made.
        qr=Markup(qr_svg(uri, title=here.say("citizen.totp.qr"))),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        enrolment=enrolment.id,
        wrong=wrong,
        action=ENROL,
        csrf=here.token(ENROL),
        back=PROTECTION,
    )
    cookies = here.services.cookies
    cookie = cookies.set(cookies.portal(_COOKIE), enrolment.id, max_age=ENROLMENT_SECONDS)
    page.headers.append("set-cookie", cookie)
    return page


def _removing(here: Here, *, wrong: bool = False) -> Response:
    return here.page(
        "portals/citizen/second_factor_removal",
        status=400 if wrong else 200,
        wrong=wrong,
        action=REMOVE,
        csrf=here.token(REMOVE),
        back=PROTECTION,
    )


def _of_the_desk(here: Here) -> Response:
    return here.page("portals/citizen/second_factor_of_desk", status=403, back=PROTECTION)
