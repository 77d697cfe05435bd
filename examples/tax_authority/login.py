"""The pages: the authorization endpoint, the form with tax code and password, and the way back to the client."""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from examples.faults import Fault, FaultSwitch
from examples.pages import PRIVATE_HEADERS, BadRequest, Pages, once, read_form
from examples.tax_authority.accounts import Accounts, Verdict
from examples.tax_authority.memory import ShortLived
from examples.tax_authority.requests import (
    AuthorizationRequest,
    Refused,
    RegisteredClient,
    check_client,
    parse_authorization_request,
)
from examples.tax_authority.tokens import Grant, Grants

TITLE = {"vi": "Cơ quan thuế", "en": "Tax authority"}
BROWSER_COOKIE = "tax_authority_browser"
LOGIN_LIFETIME = 900.0


@dataclass(frozen=True, kw_only=True)
class PendingLogin:
    """An authorization request of one browser, waiting for its password."""

    request: AuthorizationRequest
    browser: str
    csrf_token: str


class LoginPages:
    def __init__(
        self,
        *,
        issuer: str,
        client: RegisteredClient,
        accounts: Accounts,
        grants: Grants,
        faults: FaultSwitch,
        clock: Callable[[], float],
    ) -> None:
        self._issuer = issuer
        self._client = client
        self._accounts = accounts
        self._grants = grants
        self._faults = faults
        self._clock = clock
        self._pending: ShortLived[PendingLogin] = ShortLived(LOGIN_LIFETIME)
        # Where people come from: the only client there is.
        origin = "/".join(client.redirect_uris[0].split("/")[:3])
        self._way_back = {"client_name": client.name, "client_url": f"{origin}/"}
        self._pages = Pages(Path(__file__).with_name("templates"), theme="tax", title=TITLE)

    async def home(self, request: Request) -> Response:
        context = {"records": self._accounts.records, "fault": self._faults.current, "faults": tuple(Fault)}
        return self._pages.show(request, "home.html", context)

    async def authorize(self, request: Request) -> Response:
        parameters: Mapping[str, str] = {}
        try:
            parameters = (
                once(request.query_params.multi_items()) if request.method == "GET" else await read_form(request)
            )
            check_client(parameters, self._client)
            asked = parse_authorization_request(parameters)
        except BadRequest as error:
            return self._refuse(request, str(error))
        except Refused as refusal:
            if not refusal.redirectable:
                return self._refuse(request, refusal.description)
            answer = {"error": refusal.error, "error_description": refusal.description}
            return self._answer(parameters["redirect_uri"], parameters.get("state"), answer)
        browser = request.cookies.get(BROWSER_COOKIE) or secrets.token_urlsafe(32)
        pending = PendingLogin(request=asked, browser=browser, csrf_token=secrets.token_urlsafe(32))
        key = self._pending.put(pending, now=self._clock())
        locales = parameters.get("ui_locales")
        query = f"?{urlencode({'ui_locales': locales})}" if locales else ""
        response = RedirectResponse(f"/login/{key}{query}", status_code=303, headers=PRIVATE_HEADERS)
        response.set_cookie(BROWSER_COOKIE, browser, httponly=True, samesite="lax")
        return response

    async def form(self, request: Request) -> Response:
        pending = self._pending_of(request)
        if pending is None:
            return self._refuse(request, "the login has expired or belongs to another browser")
        return self._show_form(request, pending)

    async def submit(self, request: Request) -> Response:
        try:
            form = await read_form(request)
        except BadRequest as error:
            return self._refuse(request, str(error))
        pending = self._pending_of(request)
        if pending is None:
            return self._refuse(request, "the login has expired or belongs to another browser")
        if not hmac.compare_digest(form.get("csrf_token", "").encode(), pending.csrf_token.encode()):
            return self._refuse(request, "the form does not come from this page", status=403)
        now = self._clock()
        if form.get("action") == "cancel":
            self._pending.forget(request.path_params["login"])
            answer = {"error": "access_denied"}
            return self._answer(pending.request.redirect_uri, pending.request.state, answer)
        identifier = form.get("identifier", "")
        verdict, record = self._accounts.log_in(identifier, form.get("password", ""), now=now)
        if record is None:
            return self._show_form(request, pending, identifier=identifier, verdict=verdict)
        if self._pending.take(request.path_params["login"], now=now) is None:
            return self._refuse(request, "this login is already finished")
        grant = Grant(request=pending.request, record=record, authenticated_at=int(now))
        code = self._grants.issue_code(grant, now=now)
        return self._answer(pending.request.redirect_uri, pending.request.state, {"code": code})

    def _pending_of(self, request: Request) -> PendingLogin | None:
        # The form answers only in the browser that asked: else somebody could finish their own login in mine.
        pending = self._pending.get(request.path_params["login"], now=self._clock())
        browser = request.cookies.get(BROWSER_COOKIE, "")
        if pending is None or not hmac.compare_digest(browser.encode(), pending.browser.encode()):
            return None
        return pending

    def _show_form(
        self, request: Request, pending: PendingLogin, *, identifier: str = "", verdict: Verdict | None = None
    ) -> Response:
        context = {
            "csrf_token": pending.csrf_token,
            "identifier": identifier[:64],
            "verdict": verdict,
            "client_name": self._client.name,
        }
        status = {None: 200, Verdict.TOO_MANY: 429}.get(verdict, 422)
        return self._pages.show(request, "login.html", context, status=status)

    def _refuse(self, request: Request, reason: str, *, status: int = 400) -> Response:
        return self._pages.show(request, "refused.html", {"reason": reason, **self._way_back}, status=status)

    def _answer(self, redirect_uri: str, state: str | None, answer: Mapping[str, str]) -> Response:
        """Back to the client, with `iss` (RFC 9207)."""
        parameters = {**answer, **({"state": state} if state is not None else {}), "iss": self._issuer}
        separator = "&" if "?" in redirect_uri else "?"
        location = f"{redirect_uri}{separator}{urlencode(parameters)}"
        return RedirectResponse(location, status_code=303, headers=PRIVATE_HEADERS)
