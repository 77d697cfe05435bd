"""Begins the interaction in which a browser decides a request, whichever way the request came."""

import secrets
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.audit.events import InteractionStarted
from idp.audit.log import audit_entry
from idp.interactions.access import browser_hash_of
from idp.interactions.interaction import Interaction
from idp.interactions.storage import insert_interaction
from idp.protocol.authorization_request import AuthorizationRequest
from idp.services import Services
from idp.web.cookies import read_cookie
from idp.web.locale import page_locale

_AS_LONG_AS_BROWSERS_KEEP: Final = 400 * 86_400


async def start_interaction(services: Services, request: Request, asked: AuthorizationRequest, now: float) -> Response:
    """Binds the request to this browser; the cookie is per browser, the interaction per tab."""
    known = read_cookie(request, services.cookies.browser)
    browser_id = known or secrets.token_urlsafe(32)
    interaction = Interaction(
        id=secrets.token_urlsafe(24),
        browser_hash=browser_hash_of(browser_id),
        request=asked,
        started_at=int(now),
        locale=page_locale(request, services.cookies, ui_locales=asked.ui_locales),
    )
    event = InteractionStarted(client_id=asked.client_id, interaction_id=interaction.id)
    await services.database.commit(
        insert_interaction(services.vault, interaction), audit_entry(event, now_ms=int(now * 1000))
    )
    response = RedirectResponse(f"/interactions/{interaction.id}", status_code=303)
    # Anew at every login: whoever comes twice a year is on a device that they are known by.
    cookies = services.cookies
    response.headers.append("set-cookie", cookies.set(cookies.browser, browser_id, max_age=_AS_LONG_AS_BROWSERS_KEEP))
    return response
