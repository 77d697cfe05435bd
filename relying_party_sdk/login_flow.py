"""The login routes of a service, without a framework: start, invitation, callback; the logout's are in `logout_flow`.

Each adapter only translates requests and answers, so every framework keeps the same rules. Blocking: an
asynchronous adapter calls these in a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from relying_party_sdk.browser_exchange import BrowserAnswer, BrowserRequest, CookieChange, redirect
from relying_party_sdk.browser_pages import error_page, own_error_page
from relying_party_sdk.errors import ConfigurationError, LoginError, NotLoggedIn, ReturnToRefused
from relying_party_sdk.identity import Identity
from relying_party_sdk.levels import LevelOfAssurance, level_from_acr
from relying_party_sdk.login_state import LoginRequest
from relying_party_sdk.logout_flow import BACK_CHANNEL, LOGGED_OUT, LOGOUT, LogoutFlow
from relying_party_sdk.open_logins import check_visit, crowded_out
from relying_party_sdk.relying_party import RelyingParty
from relying_party_sdk.response_mode import LONGEST_RETURN_TO, ResponseMode
from relying_party_sdk.return_to import check_return_to
from relying_party_sdk.session import Session
from relying_party_sdk.session_cookies import SessionCookies
from relying_party_sdk.step_up import StepUp, requested_step_up
from relying_party_sdk.third_party_login import read_invitation

LOCALES = ("vi", "en")
START, INVITED, REQUESTED = "bat-dau", "duoc-moi", "yeu-cau"

ErrorPage = Callable[[LoginError], str]

log = logging.getLogger("relying_party_sdk")


@dataclass(frozen=True)
class LoginRoute:
    """One route: its name, the last part of its path, and what answers it."""

    name: str
    path: str
    step: Callable[[BrowserRequest], BrowserAnswer]
    methods: tuple[str, ...] = ("GET",)


class LoginFlow:
    """One service's login routes; their paths follow from its redirect URI, `/dang-nhap/ket-thuc` puts all
    under `/dang-nhap`.

    `session_secret` seals the session cookie. `keep_tokens` keeps access and refresh token in it, for services
    that call data providers. `on_error` may write the error page (HTML) itself.
    """

    def __init__(
        self,
        party: RelyingParty,
        *,
        session_secret: str | bytes,
        keep_tokens: bool = False,
        on_error: ErrorPage | None = None,
    ) -> None:
        self.party = party
        self.prefix, _, self.callback_name = urlsplit(party.settings.redirect_uri).path.rpartition("/")
        if self.callback_name in ("", START, INVITED, REQUESTED, LOGOUT, BACK_CHANNEL, LOGGED_OUT):
            raise ConfigurationError(f"redirect_uri must end in a name of its own, such as {self.prefix}/ket-thuc")
        self._on_error = on_error
        # A form of the provider carries no Lax cookie. The login's own is bound to a state that nobody else knows.
        self._posted = party.settings.response_mode is ResponseMode.FORM_POST
        self._callback_method = "POST" if self._posted else "GET"
        self.cookies = SessionCookies(party, session_secret=session_secret, keep_tokens=keep_tokens)
        self.logouts = LogoutFlow(
            party, self.cookies, session_secret=session_secret, prefix=self.prefix, failed=self._failed
        )

    @property
    def routes(self) -> tuple[LoginRoute, ...]:
        """Every route of a login under `prefix`, for an adapter to add."""
        either = ("GET", "POST")
        return (
            LoginRoute("start", START, self.start),
            LoginRoute("invited", INVITED, self.invited, either),
            LoginRoute("requested", REQUESTED, self.requested),
            LoginRoute("finish", self.callback_name, self.finish, either),
            LoginRoute("logout", LOGOUT, self.logouts.logout, either),
            LoginRoute("back_channel", BACK_CHANNEL, self.logouts.back_channel_logout, ("POST",)),
            LoginRoute("logged_out", LOGGED_OUT, self.logouts.logged_out),
        )

    def login_path(
        self, *, return_to: str = "/", level: LevelOfAssurance | None = None, step_up: StepUp | None = None
    ) -> str:
        """Where a page sends somebody who has to log in; `step_up` is what a protected resource asked for."""
        wanted = {"return_to": return_to} | ({"level": level.acr} if level is not None else {})
        if step_up is not None and step_up.acr_values:
            wanted["acr_values"] = " ".join(step_up.acr_values)
        if step_up is not None and step_up.max_age is not None:
            wanted["max_age"] = str(step_up.max_age)
        return f"{self.prefix}/{START}?{urlencode(wanted)}"

    def session(self, cookies: Mapping[str, str]) -> Session | None:
        """The living session of a browser."""
        return self.cookies.open(cookies)

    def renewal(self, session: Session, *, after: Session | None = None) -> CookieChange | None:
        """The cookie that says the citizen is still there, at most once a minute, or what the page made of it."""
        if after is not None and after is not session:
            return self.cookies.sealed(after)
        return self.cookies.renewal(session)

    def start(self, request: BrowserRequest) -> BrowserAnswer:
        """Redirect to the provider, with this login's own cookie."""
        try:
            check_visit(request.headers)
            asked = dict(request.query_pairs())
            step_up = requested_step_up(request.query_pairs())
            login = self.party.begin_login(
                self._safe_return_to(asked.get("return_to", "/")),
                level=level_from_acr(asked.get("level")),
                acr_values=step_up.acr_values if step_up else (),
                max_age=step_up.max_age if step_up else None,
                # Unsaid, the provider goes by the browser's own wish.
                ui_locale=asked["ui_locales"] if asked.get("ui_locales") in LOCALES else None,
                replaces=self._replaced(request),
            )
        except LoginError as error:
            return self._failed(error)
        return self._sent_on(request, login)

    def invited(self, request: BrowserRequest) -> BrowserAnswer:
        """Somebody follows a link or form of a third party: register it as initiate_login_uri."""
        try:
            check_visit(request.headers)
            pairs = request.form_pairs() if request.method == "POST" else request.query_pairs()
            invitation = read_invitation(pairs, issuer=self.party.settings.issuer, origin=self.party.settings.origin)
            return_to = self._safe_return_to(invitation.return_to)
            login = self.party.begin_login(
                return_to, login_hint=invitation.login_hint, ui_locale=None, replaces=self._replaced(request)
            )
        except LoginError as error:
            return self._failed(error)
        return self._sent_on(request, login)

    def requested(self, request: BrowserRequest) -> BrowserAnswer:
        """The provider fetches a request that went by reference: register it as request_uris."""
        try:
            found = self.party.request_object(dict(request.query_pairs()).get("id", ""))
        except LoginError:
            found = None
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if found is None:
            return BrowserAnswer(404, headers)
        # RFC 9101 §10.2
        return BrowserAnswer(200, headers | {"Content-Type": "application/oauth-authz-req+jwt"}, found)

    def finish(self, request: BrowserRequest, *, on_login: Callable[[Session], None] | None = None) -> BrowserAnswer:
        """The callback: a new session, then back to where the citizen was; `on_login` hears of it."""
        # One way in, the one that was asked for; and a preview by HEAD must not use the code up.
        if request.method != self._callback_method:
            return BrowserAnswer(405, {"Allow": self._callback_method})
        cookies: tuple[CookieChange, ...] = ()
        try:
            parameters = request.form_pairs() if request.method == "POST" else request.query_pairs()
            name = self.party.login_cookie_name(parameters)
            if name in request.cookies:
                cookies = (self._deleted(name),)
            sealed = request.cookies.get(name)
            begun_in = self.party.open_login(sealed).replaces if sealed else None
            identity = self.party.finish_login(parameters, sealed)
            session = self.cookies.begin(identity)
            session_cookie = self.cookies.sealed(session)
        except LoginError as error:
            return self._failed(error, cookies)
        before = self.session(request.cookies)
        for key in (before.key if before is not None else None, begun_in):
            if key is not None:
                self.cookies.end(key)
        if on_login is not None:
            on_login(session)
        return redirect(identity.return_to, *cookies, session_cookie)

    def admits(self, session: Session, level: LevelOfAssurance | None) -> bool:
        """Whether a page of this level may be shown, or the browser has to go through the login once more."""
        return level is None or session.identity.level >= level

    def _replaced(self, request: BrowserRequest) -> str | None:
        """The session that a login ends when it succeeds; only where its cookie will not come to the callback."""
        session = self.session(request.cookies) if self._posted else None
        return session.key if session is not None else None

    def _failed(self, error: LoginError, cookies: tuple[CookieChange, ...] = ()) -> BrowserAnswer:
        log.warning("%s", error)
        if self._on_error is not None:
            return own_error_page(error, self._on_error(error), cookies=cookies)
        return error_page(error, retry=self.login_path(), cookies=cookies)

    def _sent_on(self, request: BrowserRequest, login: LoginRequest) -> BrowserAnswer:
        cookie = CookieChange(login.cookie_name, login.sealed_state, login.max_age, login.secure, login.cross_site)
        return redirect(
            login.url, *map(self._deleted, crowded_out(request.cookies, login, self.party.open_login)), cookie
        )

    def _deleted(self, name: str) -> CookieChange:
        return CookieChange(name, "", 0, self.party.settings.secure_cookies, self._posted)

    def _safe_return_to(self, return_to: str) -> str:
        # The value comes from a link anybody can write: a bad one is not worth an error, the home page will do.
        try:
            return check_return_to(return_to, longest=LONGEST_RETURN_TO[self.party.settings.response_mode])
        except ReturnToRefused:
            return "/"


def require_identity(identity: Identity | None) -> Identity:
    """The citizen of a page that is for logged-in people only; raises `NotLoggedIn`."""
    if identity is None:
        raise NotLoggedIn
    return identity
