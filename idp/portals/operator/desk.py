"""One request of one operator, who has passed the guard: what their page needs, and how it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.operators.operator import Operator
from idp.operators.permissions import Permission
from idp.portals.guard import form_token
from idp.portals.operator.wording import KEYS
from idp.portals.visitors import Visitor
from idp.services import Services
from idp.web.headers import page_response
from idp.web.i18n import Locale

HOME: Final = "/operator"
# What the navigation offers, in its order; whoever may not open a page is not shown the way to it.
_NAVIGATION: Final = (
    (HOME, "operator.nav.queue", Permission.SEE_QUEUE),
    (f"{HOME}/search", "operator.nav.search", Permission.SEARCH),
    (f"{HOME}/operators", "operator.nav.operators", Permission.MANAGE_OPERATORS),
    (f"{HOME}/keys", "operator.nav.keys", Permission.CHANGE_KEYS),
)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """`form` is what was posted, token checked; empty for a GET. `now`: epoch seconds."""

    services: Services
    request: Request = field(repr=False)
    visitor: Visitor
    operator: Operator
    locale: Locale
    now: int
    form: Mapping[str, str] = field(default_factory=dict, repr=False)

    def may(self, permission: Permission) -> bool:
        return self.operator.may(permission)

    def token(self, action: str) -> str:
        """For a form of this page that is sent to `action`, a path."""
        return form_token(self.services, self.visitor, action)

    def page(self, template: str, *, status: int = 200, **context: object) -> Response:
        """`token` is handed to the template, so that each of its forms asks for its own."""
        path, query = self.request.url.path, self.request.url.query
        html = self.services.pages.render(
            template,
            locale=self.locale,
            path=f"{path}?{query}" if query and self.request.method == "GET" else path,
            **frame(self),
            **context,
        )
        return page_response(html, status=status)


def frame(desk: Desk) -> dict[str, object]:
    """What stands around every page of the desk."""
    return {
        "operator": desk.operator,
        "token": desk.token,
        "home": HOME,
        "key_of": KEYS,
        "navigation": [
            {"url": url, "key": key, "here": desk.request.url.path == url}
            for url, key, permission in _NAVIGATION
            if desk.may(permission)
        ],
    }


def see(path: str) -> Response:
    """After a form: to the page that shows what it did."""
    return RedirectResponse(path, status_code=303)
