"""`RelyingParty`: one service at one provider, free of any web framework, synchronous.

Owns the order of a login; the rules live in the pure modules, the network in `provider_client`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self, Unpack

import httpx2

from relying_party_sdk.authorization import (
    CallbackParameters,
    authorization_parameters,
    authorization_url,
    check_callback,
    check_state,
    random_value,
    single_parameters,
)
from relying_party_sdk.back_channel import BackChannel
from relying_party_sdk.credentials import client_authentication, login_seal, public_jwks, request_key
from relying_party_sdk.dpop import DpopKey
from relying_party_sdk.errors import CallbackReplayed, LoginStateMissing, LogoutTokenInvalid, NotLoggedIn
from relying_party_sdk.front_channel import FrontChannel
from relying_party_sdk.http_exchange import Answer, HttpExchange
from relying_party_sdk.identity import Identity
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.login_state import (
    LOGIN_LIFETIME,
    LoginRequest,
    LoginState,
    cookie_name,
    open_state,
    seal_state,
)
from relying_party_sdk.logout_token import LogoutNotice
from relying_party_sdk.provider_client import Clock, ProviderClient
from relying_party_sdk.response_mode import LONGEST_RETURN_TO, ResponseMode
from relying_party_sdk.return_to import check_return_to
from relying_party_sdk.session_store import InMemorySessionStore, ServiceStore, SessionStore
from relying_party_sdk.settings import Registration, settings_of
from relying_party_sdk.settings_checks import check_settings
from relying_party_sdk.settings_text import settings_from
from relying_party_sdk.token_grants import TokenGrants
from relying_party_sdk.verification import AnswerVerifier, reached_level


class Given(Registration, total=False):
    """What may be said in code beside text settings: the registration, and what `RelyingParty` works with."""

    store: SessionStore | None
    http: httpx2.Client | None
    clock: Clock | None


class RelyingParty:
    """A registered service. Safe to share between threads; make one at start and keep it."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        redirect_uri: str,
        *,
        store: SessionStore | None = None,
        http: httpx2.Client | None = None,
        clock: Clock | None = None,
        **registered: Unpack[Registration],
    ) -> None:
        """Raises `ConfigurationError`, which names every setting at fault; talks to nobody yet.

        `registered` says how the provider knows the service (`settings.Registration`): `client_secret` or
        `private_key`, `scopes`, `level`, and `profile="fapi2"` for FAPI 2.0. `store` remembers used logins and
        ended sessions; several workers need a shared one.
        """
        self.settings = settings_of(issuer, client_id, redirect_uri, registered)
        check_settings(self.settings)
        shared = store if store is not None else InMemorySessionStore()
        self.store: SessionStore = ServiceStore(shared, issuer=issuer, client_id=client_id)
        self.clock: Clock = clock if clock is not None else lambda: int(time.time())
        self._seal = login_seal(self.settings)
        self._exchange = HttpExchange(http)
        self._provider = ProviderClient(
            issuer,
            algorithm=self.settings.id_token_signed_response_alg,
            exchange=self._exchange,
            clock=self.clock,
            needed=self.settings.needed_of_provider,
        )
        self._back_channel = BackChannel(
            self._exchange,
            self._provider,
            client_authentication(self.settings),
            issuer=issuer,
            clock=self.clock,
        )
        self._verifier = AnswerVerifier(self.settings, self._provider, self._back_channel, self.clock)
        self._front_channel = FrontChannel(
            self.settings,
            self._provider,
            self._back_channel,
            self._verifier,
            request_key=request_key(self.settings),
            clock=self.clock,
        )
        self._grants = TokenGrants(self.settings, self._back_channel, self._verifier, self.clock)

    @classmethod
    def from_settings(
        cls, values: Mapping[str, str], *, prefix: str = "", strict: bool = True, **given: Unpack[Given]
    ) -> Self:
        """A relying party from named text settings (see `settings_text.SETTINGS`); `given` in code goes before them."""
        known: dict[str, Any] = {**vars(settings_from(values, prefix=prefix, strict=strict)), **given}
        return cls(**known)

    @classmethod
    def from_environment(
        cls, prefix: str = "MOTCUA_", *, environment: Mapping[str, str] | None = None, **given: Unpack[Given]
    ) -> Self:
        """A relying party from environment variables: `MOTCUA_ISSUER`, `MOTCUA_CLIENT_ID` and so on.

        `given` in code goes before them: `RelyingParty.from_environment(profile="fapi2")`.
        """
        values = os.environ if environment is None else environment
        return cls.from_settings(values, prefix=prefix, strict=False, **given)

    @property
    def public_jwks(self) -> Mapping[str, object]:
        """The public halves of the service's keys, to register or to serve at its `jwks_uri` (RFC 7517 §5)."""
        return public_jwks(self.settings)

    def begin_login(
        self,
        return_to: str = "/",
        *,
        level: LevelOfAssurance | str | None = None,
        acr_values: Sequence[str] = (),
        ui_locale: str | None = "vi",
        prompt: str | None = None,
        max_age: int | None = None,
        login_hint: str | None = None,
        replaces: str | None = None,
    ) -> LoginRequest:
        """A new login with its own state, nonce and code verifier.

        `return_to` is a path here; `level` raises the configured one; `max_age` is in seconds;
        one of `acr_values` must be answered (RFC 9470); `replaces` names a session for `open_login` to tell of when the
        login is finished. Raises `ReturnToRefused`, `ProviderUnavailable`
        and, where requests are pushed, what the provider refuses.
        """
        state = LoginState(
            state=random_value(),
            nonce=random_value(),
            code_verifier=random_value(),
            return_to=check_return_to(return_to, longest=LONGEST_RETURN_TO[self.settings.response_mode]),
            level=max(LevelOfAssurance(level), self.settings.level) if level else self.settings.level,
            max_age=max_age,
            begun_at=self.clock(),
            acr_values=tuple(acr_values),
            dpop_key=DpopKey.generate() if self.settings.binds_tokens else None,
            replaces=replaces,
        )
        parameters = authorization_parameters(
            client_id=self.settings.client_id,
            redirect_uri=self.settings.redirect_uri,
            scopes=self.settings.scopes,
            state=state.state,
            nonce=state.nonce,
            code_verifier=state.code_verifier,
            level=state.level,
            acr_values=state.acr_values,
            ui_locale=ui_locale,
            prompt=prompt,
            max_age=max_age,
            login_hint=login_hint,
        )
        return LoginRequest(
            url=self._front_channel.url(parameters, state.dpop_key),
            cookie_name=cookie_name(state.state, secure=self.settings.secure_cookies),
            sealed_state=seal_state(state, self._seal),
            secure=self.settings.secure_cookies,
            cross_site=self.settings.response_mode is ResponseMode.FORM_POST,
        )

    def login_cookie_name(self, callback_parameters: CallbackParameters) -> str:
        """The cookie in which the login of this callback was sealed."""
        state = self._front_channel.state_of(single_parameters(callback_parameters))
        return cookie_name(state, secure=self.settings.secure_cookies)

    def open_login(self, sealed_state: str) -> LoginState:
        """A login in flight; raises `LoginStateInvalid` or `LoginStateExpired`."""
        return open_state(sealed_state, self._seal, now=self.clock())

    def finish_login(self, callback_parameters: CallbackParameters, sealed_state: str | None) -> Identity:
        """The citizen behind a callback, every rule kept; raises the `LoginError` that fits.

        Give the parameters as pairs, as they came, so that a doubled one is seen.
        """
        parameters = single_parameters(callback_parameters)
        if not sealed_state:
            raise LoginStateMissing
        state = self.open_login(sealed_state)
        parameters = self._front_channel.answer(parameters)
        check_state(parameters, state.state)
        metadata = self._provider.metadata()
        self._use_once(state)
        code = check_callback(
            parameters,
            state=state.state,
            issuer=metadata.issuer,
            answers_with_issuer=metadata.answers_with_issuer or self.settings.rules.issuer_in_response,
        )
        redeemed = self._grants.redeem(code, state)
        told = redeemed.claims
        return Identity(
            subject=told.subject,
            level=reached_level(told, state.level, state.acr_values),
            claims=self._verifier.userinfo(redeemed.tokens, subject=told.subject),
            id_token=redeemed.id_token,
            session_id=told.session_id,
            authenticated_at=told.authenticated_at,
            amr=told.amr,
            tokens=redeemed.tokens,
            return_to=state.return_to,
        )

    def refresh(self, identity: Identity) -> Identity:
        """The same citizen with new tokens (OpenID Connect Core §12.2), and fresh claims where UserInfo answers."""
        tokens, id_token = self._grants.refresh(identity)
        claims = self._verifier.newer_userinfo(tokens, identity)
        return replace(identity, tokens=tokens, id_token=id_token, claims=claims)

    def request(
        self,
        method: str,
        url: str,
        identity: Identity,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """A data provider's answer to a request with the citizen's access token, and with its proof where tokens are
        bound to a key (RFC 9449 §7). Raises `NotLoggedIn` without tokens, `ProviderUnavailable`."""
        if identity.tokens is None:
            raise NotLoggedIn("the identity holds no tokens: set keep_tokens=True")
        return self._back_channel.request_resource(method, url, identity.tokens, headers=headers, content=content)

    def logout_url(self, identity: Identity | None = None, *, state: str | None = None) -> str | None:
        """Where to send the browser to log out at the provider too; `None` if it offers no such place.

        RP-Initiated Logout 1.0 §2. End the session of your own service first.
        """
        endpoint = self._provider.metadata().end_session_endpoint
        if endpoint is None:
            return None
        wanted = {
            "id_token_hint": identity.id_token if identity is not None else None,
            "client_id": self.settings.client_id,
            "post_logout_redirect_uri": self.settings.post_logout_redirect_uri,
            "state": state if self.settings.post_logout_redirect_uri else None,
        }
        return authorization_url(endpoint, {name: value for name, value in wanted.items() if value})

    def verify_logout_token(self, raw: str) -> LogoutNotice:
        """Whom a back-channel logout token names, once; raises `LogoutTokenInvalid`."""
        now = self.clock()
        notice = self._verifier.logout_token(raw)
        if not self.store.use_once(f"jti:{notice.jti}", now=now, until=notice.expires_at + 60):
            raise LogoutTokenInvalid("replayed")
        return notice

    def request_object(self, reference: str) -> str | None:
        """What the provider finds at `request_uri`, where requests go by reference; `None` once it is too old."""
        return self._front_channel.request_object(reference)

    def check_provider(self) -> None:
        """Read the provider's metadata and keys now: for a start that tells at once, or a readiness probe.

        Raises `ProviderUnavailable` or `ProviderMetadataInvalid`. Answers from the cache while it is fresh.
        """
        self._provider.metadata()
        self._provider.keys()

    def close(self) -> None:
        """Close the connections to the provider."""
        self._exchange.close()

    def _use_once(self, state: LoginState) -> None:
        until = state.begun_at + LOGIN_LIFETIME + 1
        if not self.store.use_once(f"login:{state.state}", now=self.clock(), until=until):
            raise CallbackReplayed
