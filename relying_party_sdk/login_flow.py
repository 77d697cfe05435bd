"""The login routes of a service, without a framework: start, callback, logout, back-channel logout.

Each adapter only translates requests and answers, so every framework keeps the same rules. Blocking: an
asynchronous adapter calls these in a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from relying_party_sdk.browser_exchange import BrowserAnswer, BrowserRequest, CookieChange, redirect
from relying_party_sdk.browser_pages import error_page, logged_out_page, logout_page, own_error_page
from relying_party_sdk.errors import (
    ConfigurationError,
    CrossSiteRequest,
    LoginError,
    LogoutTokenInvalid,
    NotLoggedIn,
    ReturnToRefused,
)
from relying_party_sdk.identity import Identity
from relying_party_sdk.levels import LevelOfAssurance, level_from_acr
from relying_party_sdk.login_state import is_login_cookie
from relying_party_sdk.relying_party import RelyingParty
from relying_party_sdk.return_to import check_return_to
from relying_party_sdk.sealing import Seal
from relying_party_sdk.session import (
    RENEW_SECONDS,
    TOTAL_SECONDS,
    Session,
    begin_session,
    end_noticed,
    end_session,
    is_ended,
    open_session,
    seal_session,
    session_cookie_name,
)
from relying_party_sdk.settings import MIN_SECRET_LENGTH
from relying_party_sdk.step_up import StepUp, requested_step_up

MAX_OPEN_LOGINS = 8
LOCALES = ("vi", "en")
START, LOGOUT, BACK_CHANNEL, LOGGED_OUT = "bat-dau", "thoat", "thoat-nen", "da-thoat"

ErrorPage = Callable[[LoginError], str]

log = logging.getLogger("relying_party_sdk")


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
        if len(session_secret) < MIN_SECRET_LENGTH:
            raise ConfigurationError(f"session_secret must have at least {MIN_SECRET_LENGTH} random characters")
        self.party = party
        self.prefix, _, self.callback_name = urlsplit(party.settings.redirect_uri).path.rpartition("/")
        if self.callback_name in ("", START, LOGOUT, BACK_CHANNEL, LOGGED_OUT):
            raise ConfigurationError(f"redirect_uri must end in a name of its own, such as {self.prefix}/ket-thuc")
        self._keep_tokens = keep_tokens
        self._on_error = on_error
        self._secure = party.settings.secure_cookies
        self._cookie = session_cookie_name(party.settings.client_id, secure=self._secure)
        self._seal = Seal(session_secret, purpose=f"session {party.settings.client_id}")

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
        now = self.party.clock()
        session = open_session(cookies.get(self._cookie, ""), self._seal, now=now)
        if session is None or is_ended(session, self.party.store, now=now):
            return None
        return session

    def renewal(self, session: Session) -> CookieChange | None:
        """The cookie that says the citizen is still there, at most once a minute."""
        now = self.party.clock()
        if now < session.seen_at + RENEW_SECONDS:
            return None
        return self._session_cookie(replace(session, seen_at=now))

    def start(self, request: BrowserRequest) -> BrowserAnswer:
        """Redirect to the provider, with this login's own cookie."""
        try:
            asked = dict(request.query_pairs())
            step_up = requested_step_up(request.query_pairs())
            login = self.party.begin_login(
                _safe_return_to(asked.get("return_to", "/")),
                level=level_from_acr(asked.get("level")),
                acr_values=step_up.acr_values if step_up else (),
                max_age=step_up.max_age if step_up else None,
                # Unsaid, the provider goes by the browser's own wish.
                ui_locale=asked["ui_locales"] if asked.get("ui_locales") in LOCALES else None,
            )
        except LoginError as error:
            return self._failed(error)
        cookie = CookieChange(login.cookie_name, login.sealed_state, login.max_age, login.secure)
        return redirect(login.url, *self._abandoned(request.cookies), cookie)

    def finish(self, request: BrowserRequest, *, on_login: Callable[[Identity], None] | None = None) -> BrowserAnswer:
        """The callback: a new session, then back to where the citizen was; `on_login` hears who it is."""
        if request.method != "GET":
            # A preview by HEAD must not use the code up.
            return BrowserAnswer(405, {"Allow": "GET"})
        cookies: tuple[CookieChange, ...] = ()
        try:
            parameters = request.query_pairs()
            name = self.party.login_cookie_name(parameters)
            if name in request.cookies:
                cookies = (self._deleted(name),)
            identity = self.party.finish_login(parameters, request.cookies.get(name))
            now = self.party.clock()
            session = begin_session(identity, now=now, keep_tokens=self._keep_tokens)
            session_cookie = self._session_cookie(session)
        except LoginError as error:
            return self._failed(error, cookies)
        previous = self.session(request.cookies)
        if previous is not None:
            end_session(previous, self.party.store, now=now)
        if on_login is not None:
            on_login(identity)
        return redirect(identity.return_to, *cookies, session_cookie)

    def logout(self, request: BrowserRequest) -> BrowserAnswer:
        """GET asks, POST ends the session here and then at the provider."""
        if request.method != "POST":
            return logout_page(f"{self.prefix}/{LOGOUT}", form_targets=f"'self' {self._provider_origin()}")
        try:
            self._check_same_site(request)
        except CrossSiteRequest as error:
            return self._failed(error)
        session = self.session(request.cookies)
        landing = f"{self.prefix}/{LOGGED_OUT}"
        if session is None:
            return redirect(landing, self._deleted(self._cookie))
        end_session(session, self.party.store, now=self.party.clock())
        try:
            location = self.party.logout_url(session.identity) or landing
        except LoginError as error:
            # The citizen is logged out here in any case.
            log.warning("%s", error)
            location = landing
        return redirect(location, self._deleted(self._cookie))

    def back_channel_logout(self, request: BrowserRequest) -> BrowserAnswer:
        """The provider ends sessions (Back-Channel Logout §2.5, §2.8)."""
        headers = {"Cache-Control": "no-store", "Content-Type": "application/json"}
        try:
            fields = request.form_pairs()
            tokens = [value for name, value in fields if name == "logout_token"]
            if len(tokens) != 1:
                raise LogoutTokenInvalid("token_missing")
            notice = self.party.verify_logout_token(tokens[0])
        except LoginError as error:
            log.warning("%s", error)
            return BrowserAnswer(error.status, headers, '{"error": "invalid_request"}')
        end_noticed(notice, self.party.store, now=self.party.clock())
        return BrowserAnswer(200, headers, "{}")

    def logged_out(self, request: BrowserRequest) -> BrowserAnswer:
        """Where the provider comes back to: register it as post_logout_redirect_uri."""
        return logged_out_page()

    def admits(self, session: Session, level: LevelOfAssurance | None) -> bool:
        """Whether a page of this level may be shown, or the browser has to go through the login once more."""
        return level is None or session.identity.level >= level

    def _failed(self, error: LoginError, cookies: tuple[CookieChange, ...] = ()) -> BrowserAnswer:
        log.warning("%s", error)
        if self._on_error is not None:
            return own_error_page(error, self._on_error(error), cookies=cookies)
        return error_page(error, retry=self.login_path(), cookies=cookies)

    def _session_cookie(self, session: Session) -> CookieChange:
        left = session.begun_at + TOTAL_SECONDS - self.party.clock()
        return CookieChange(self._cookie, seal_session(session, self._seal), left, self._secure)

    def _deleted(self, name: str) -> CookieChange:
        return CookieChange(name, "", 0, self._secure)

    def _abandoned(self, cookies: Mapping[str, str]) -> list[CookieChange]:
        """Logins nobody will finish: the oldest go, so that the cookies stay within what servers accept."""
        begun: dict[str, int] = {}
        for name in filter(is_login_cookie, cookies):
            # Those of another service on this host do not open, and are its own business.
            with suppress(LoginError):
                begun[name] = self.party.open_login(cookies[name]).begun_at
        oldest_first = sorted(begun, key=lambda name: begun[name])
        return [self._deleted(name) for name in oldest_first[: max(0, len(begun) + 1 - MAX_OPEN_LOGINS)]]

    def _check_same_site(self, request: BrowserRequest) -> None:
        """A form of our own: the browser's own word first, else the origin (Fetch Metadata)."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            if site != "same-origin":
                raise CrossSiteRequest("Sec-Fetch-Site is not same-origin")
            return
        if request.headers.get("origin") != self.party.settings.origin:
            raise CrossSiteRequest("Origin is not this service")

    def _provider_origin(self) -> str:
        parts = urlsplit(self.party.settings.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def require_identity(identity: Identity | None) -> Identity:
    """The citizen of a page that is for logged-in people only; raises `NotLoggedIn`."""
    if identity is None:
        raise NotLoggedIn
    return identity


def _safe_return_to(return_to: str) -> str:
    # The value comes from a link anybody can write: a bad one is not worth an error, the home page will do.
    try:
        return check_return_to(return_to)
    except ReturnToRefused:
        return "/"
