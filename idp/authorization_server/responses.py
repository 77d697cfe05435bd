"""The answer to the service: what it says, and how it travels to the validated redirect URI. Always with `iss`.

RFC 6749 §4.1.2, RFC 9207; a browser carries it in a redirect, or in a form it posts (Form Post Response Mode 1.0),
as it is, or signed, or signed and encrypted (JARM).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.authorization_server.encrypted_answers import NoEncryptionKey, Recipient, recipient_of
from idp.errors import InvalidLoginRequest, OAuthError
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.client import Client
from idp.protocol.redirect_uris import with_parameters
from idp.protocol.response_modes import ResponseMode, mode_of
from idp.services import Services
from idp.web.headers import page_response
from idp.web.locale import page_locale

# JARM 2.1 recommends ten minutes at most; the code inside lives for one.
LIFETIME_SECONDS: Final = 300


@dataclass(frozen=True)
class Reply:
    """To one authorization request, whose redirect URI was found to be the client's own."""

    services: Services
    request: Request
    client: Client
    asked: AuthorizationRequest

    async def code(self, code: str) -> Response:
        return await self._answer({"code": code})

    async def error(self, error: OAuthError) -> Response:
        """A refusal: that, and nothing else (RFC 6749 §4.1.2.1)."""
        return await self._answer(error.as_dict())

    async def check_answerable(self) -> None:
        """Before anybody logs in: whether there is a key to encrypt the answer for. Raises InvalidLoginRequest."""
        mode = mode_of(self.asked.response_mode)
        if mode is not None and mode.is_signed:
            await self._recipient()

    async def _answer(self, said: Mapping[str, str]) -> Response:
        """A mode that is not offered, or not to this client, is told so in the query."""
        state = {} if self.asked.state is None else {"state": self.asked.state}
        parameters = {**said, **state, "iss": self.services.settings.issuer}
        mode, alg = (
            mode_of(self.asked.response_mode) or ResponseMode.QUERY,
            self.client.authorization_signed_response_alg,
        )
        if mode.is_signed and alg is None:
            mode = ResponseMode.QUERY
        if mode.is_signed and alg is not None:
            signed, recipient = self._signed(parameters, alg), await self._recipient()
            parameters = {"response": signed if recipient is None else recipient.encrypted(signed)}
        if mode.is_posted:
            return self._form(parameters)
        # 303 rather than 302: a browser that posted to us must not post to the service (RFC 9700 §4.12).
        return RedirectResponse(with_parameters(self.asked.redirect_uri, parameters), status_code=303)

    def _signed(self, parameters: Mapping[str, str], alg: str) -> str:
        """All of the answer in one JWT, for this client and a short time (JARM 2.1)."""
        ends_at = int(self.services.clock()) + LIFETIME_SECONDS
        return self.services.sign(alg, "JWT", {**parameters, "aud": self.client.client_id, "exp": ends_at})

    async def _recipient(self) -> Recipient | None:
        """A client that cannot be answered as it registered is not answered at all: the browser gets a page of ours."""
        now = int(self.services.clock())
        try:
            return await recipient_of(self.services, self.client, self.client.authorization_encryption, now=now)
        except NoEncryptionKey as error:
            raise InvalidLoginRequest(private_detail="no_encryption_key") from error

    def _form(self, parameters: Mapping[str, str]) -> Response:
        """A page with one button; where scripts run, one presses it. No inline script: our policy forbids them."""
        locale = page_locale(self.request, self.services.cookies, ui_locales=self.asked.ui_locales)
        html = self.services.pages.render(
            "authorization/form_post",
            locale=locale,
            service=self.client.name_in(locale),
            action=self.asked.redirect_uri,
            fields=parameters,
        )
        return page_response(html, form_action=(self.asked.redirect_uri,))
