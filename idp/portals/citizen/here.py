"""One visitor at one page: the language, the labels of sources and services, and how a page is answered."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.portals.guard import form_token
from idp.portals.visitors import Visitor
from idp.protocol.client import in_locale
from idp.protocol.levels import level_of
from idp.services import Services
from idp.web.cookies import read_cookie
from idp.web.headers import page_response
from idp.web.i18n import Locale, text
from idp.web.locale import page_locale

_DONE_COOKIE: Final = "done"
_DONE_SECONDS: Final = 60
_DONE: Final = frozenset(
    {
        "linked",
        "frozen",
        "unfrozen",
        "unlinked",
        "withdrawn",
        "blocked",
        "unblocked",
        "too_late",
        "totp_enrolled",
        "totp_removed",
        "case_withdrawn",
        "undone",
    }
)


@dataclass(frozen=True, kw_only=True)
class Here:
    services: Services
    request: Request
    visitor: Visitor
    locale: Locale

    @classmethod
    def of(cls, services: Services, request: Request, visitor: Visitor) -> Self:
        return cls(services=services, request=request, visitor=visitor, locale=page_locale(request, services.cookies))

    @property
    def now(self) -> float:
        return self.services.clock()

    def say(self, key: str, **values: str | int) -> str:
        return text(self.locale, key, **values)

    def token(self, action: str) -> str:
        return form_token(self.services, self.visitor, action)

    async def source_label(self, source_id: str) -> str:
        """Its id where the source is configured no longer."""
        source = await self.services.configuration.source(source_id)
        return (in_locale(source.configuration.label, self.locale) if source else "") or source_id

    async def service_name(self, client_id: str) -> str:
        client = await self.services.configuration.client(client_id)
        return client.name_in(self.locale) if client else client_id

    def level_in_words(self, acr: str) -> str:
        level = level_of(acr)
        return self.say("citizen.level.unknown") if level is None else self.say(f"citizen.level.{level.name.lower()}")

    def page(self, template: str, *, status: int = 200, **context: object) -> Response:
        """A page of the portal. What was just done is said once, on the first page after it."""
        portal, cookies = self.visitor.portal, self.services.cookies
        word = read_cookie(self.request, cookies.portal(_DONE_COOKIE))
        sign_out = f"{portal.path}/sign-out"
        html = self.services.pages.render(
            template,
            locale=self.locale,
            path=self._address(),
            portal_home=portal.path,
            portal_name=self.say("citizen.title"),
            sign_out=sign_out,
            sign_out_csrf=self.token(sign_out),
            done=self.say(f"citizen.done.{word}") if word in _DONE else "",
            **context,
        )
        response = page_response(html, status=status)
        if word is not None:
            response.headers.append("set-cookie", cookies.delete(cookies.portal(_DONE_COOKIE)))
        return response

    def last_page(self, template: str, **context: object) -> Response:
        """The page after a visit that was just ended, with nothing left of it in this browser."""
        html = self.services.pages.render(template, locale=self.locale, path=self.visitor.portal.path, **context)
        response, cookies = page_response(html), self.services.cookies
        for name in (cookies.portal(self.visitor.portal.cookie), cookies.session):
            response.headers.append("set-cookie", cookies.delete(name))
        return response

    def go(self, path: str, *, done: str = "") -> Response:
        """To another page of the portal; `done` is what it says on arrival."""
        response = RedirectResponse(path, status_code=303)
        if done:
            cookies = self.services.cookies
            cookie = cookies.set(cookies.portal(_DONE_COOKIE), done, max_age=_DONE_SECONDS)
            response.headers.append("set-cookie", cookie)
        return response

    def _address(self) -> str:
        """Where a GET shows this page again."""
        url = self.request.url
        return f"{url.path}?{url.query}" if self.request.method == "GET" and url.query else url.path


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
