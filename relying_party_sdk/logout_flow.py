"""The logout routes of a service, without a framework: the citizen's own logout, and the provider's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from relying_party_sdk.authorization import random_value
from relying_party_sdk.browser_exchange import BrowserAnswer, BrowserRequest, CookieChange, redirect
from relying_party_sdk.browser_pages import logged_out_page, logout_page
from relying_party_sdk.errors import CrossSiteRequest, LoginError, LogoutTokenInvalid, ReturnToRefused
from relying_party_sdk.logout_state import LogoutState, logout_cookie, logout_cookie_name, returned_from_logout
from relying_party_sdk.relying_party import RelyingParty
from relying_party_sdk.return_to import check_return_to
from relying_party_sdk.sealing import Seal
from relying_party_sdk.session import end_noticed
from relying_party_sdk.session_cookies import SessionCookies

LOGOUT, BACK_CHANNEL, LOGGED_OUT = "thoat", "thoat-nen", "da-thoat"

log = logging.getLogger("relying_party_sdk")


class LogoutFlow:
    """`failed` writes the page of an error."""

    def __init__(
        self,
        party: RelyingParty,
        cookies: SessionCookies,
        *,
        session_secret: str | bytes,
        prefix: str,
        failed: Callable[[LoginError], BrowserAnswer],
    ) -> None:
        self._party = party
        self._cookies = cookies
        self._prefix = prefix
        self._failed = failed
        self._seal = Seal(session_secret, purpose=f"logout {party.settings.issuer} {party.settings.client_id}")
        self._secure = party.settings.secure_cookies

    def logout(self, request: BrowserRequest) -> BrowserAnswer:
        """GET asks, POST ends the session here and then at the provider; `return_to` says where to go afterwards."""
        try:
            if request.method != "POST":
                return self._ask(dict(request.query_pairs()).get("return_to"))
            self._check_same_site(request)
            return_to = _own_path(dict(request.form_pairs()).get("return_to"))
        except LoginError as error:
            return self._failed(error)
        landing = return_to or f"{self._prefix}/{LOGGED_OUT}"
        session = self._cookies.open(request.cookies)
        if session is None:
            return redirect(landing, self._cookies.gone())
        self._cookies.end(session.key)
        logout = LogoutState(random_value(), return_to, self._party.clock())
        try:
            location = self._party.logout_url(session.identity, state=logout.state)
        except LoginError as error:
            # The citizen is logged out here in any case.
            log.warning("%s", error)
            location = None
        if location is None:
            return redirect(landing, self._cookies.gone())
        return redirect(location, self._cookies.gone(), logout_cookie(logout, self._seal, secure=self._secure))

    def logged_out(self, request: BrowserRequest) -> BrowserAnswer:
        """Where the provider comes back to: register it as post_logout_redirect_uri."""
        name = logout_cookie_name(secure=self._secure)
        if name not in request.cookies:
            return logged_out_page()
        gone = CookieChange(name, "", 0, self._secure)
        try:
            state = dict(request.query_pairs()).get("state", "")
        except LoginError:
            return logged_out_page(gone)
        logout = returned_from_logout(request.cookies[name], state, self._seal, now=self._party.clock())
        if logout is None or logout.return_to is None:
            return logged_out_page(gone)
        return redirect(logout.return_to, gone)

    def back_channel_logout(self, request: BrowserRequest) -> BrowserAnswer:
        """The provider ends sessions (Back-Channel Logout §2.5, §2.8)."""
        headers = {"Cache-Control": "no-store", "Content-Type": "application/json"}
        try:
            fields = request.form_pairs()
            tokens = [value for name, value in fields if name == "logout_token"]
            if len(tokens) != 1:
                raise LogoutTokenInvalid("token_missing")
            notice = self._party.verify_logout_token(tokens[0])
        except LoginError as error:
            log.warning("%s", error)
            return BrowserAnswer(error.status, headers, '{"error": "invalid_request"}')
        end_noticed(notice, self._party.store, now=self._party.clock())
        return BrowserAnswer(200, headers, "{}")

    def _ask(self, return_to: str | None) -> BrowserAnswer:
        targets = f"'self' {self._provider_origin()}"
        return logout_page(f"{self._prefix}/{LOGOUT}", return_to=_own_path(return_to), form_targets=targets)

    def _check_same_site(self, request: BrowserRequest) -> None:
        """A form of our own: the browser's own word first, else the origin (Fetch Metadata)."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            if site != "same-origin":
                raise CrossSiteRequest("Sec-Fetch-Site is not same-origin")
            return
        if request.headers.get("origin") != self._party.settings.origin:
            raise CrossSiteRequest("Origin is not this service")

    def _provider_origin(self) -> str:
        parts = urlsplit(self._party.settings.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def _own_path(return_to: str | None) -> str | None:
    # A link to our form may carry what somebody else wrote into it.
    try:
        return check_return_to(return_to) if return_to else None
    except ReturnToRefused:
        return None
