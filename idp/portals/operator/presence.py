"""When an operator's browser was last at the desk: a sealed cookie, so that looking at a page writes no row.

It opens nothing; without it, or with an old one, the login itself must be young.
"""

import base64
import binascii
import json
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.portals.visitors import Visitor
from idp.services import Services
from idp.storage.vault import CannotUnseal
from idp.web.cookies import read_cookie

_COOKIE: Final = "operator_seen"
_ROW: Final = "portal_session|seen|operator"
_KEPT_SECONDS: Final = 180 * 86_400


def was_here(services: Services, request: Request) -> bool:
    """Whether this browser was at the desk in the last half year: an operator's, then, and not some citizen's."""
    return _opened(services, request) is not None


def last_seen(services: Services, request: Request, visitor: Visitor) -> int:
    """Epoch seconds; 0 where this session was never seen here."""
    seen = _opened(services, request)
    return seen[1] if seen is not None and seen[0] == visitor.session_id else 0


def remember_seen(services: Services, response: Response, visitor: Visitor, *, now: int) -> None:
    sealed = services.vault.seal(json.dumps([visitor.session_id, now]).encode(), row=_ROW)
    value = base64.urlsafe_b64encode(sealed).decode()
    response.headers.append(
        "set-cookie", services.cookies.set(services.cookies.portal(_COOKIE), value, max_age=_KEPT_SECONDS)
    )


def _opened(services: Services, request: Request) -> tuple[str, int] | None:
    sealed = read_cookie(request, services.cookies.portal(_COOKIE))
    if sealed is None:
        return None
    try:
        plain = services.vault.unseal(base64.b64decode(sealed, altchars=b"-_", validate=True), row=_ROW)
    except (CannotUnseal, binascii.Error, ValueError):
        return None
    session_id, at = json.loads(plain)
    return str(session_id), int(at)
