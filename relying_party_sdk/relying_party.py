"""`RelyingParty`: one service at one provider, free of any web framework, synchronous.

Owns the order of a login; the rules live in the pure modules, the network in `provider_client`.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

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
from relying_party_sdk.client_authentication import ClientAuthenticationMethod, PrivateKey
from relying_party_sdk.credentials import client_authentication, login_seal
from relying_party_sdk.errors import (
    CallbackReplayed,
    IdTokenInvalid,
    LoginStateMissing,
    LogoutTokenInvalid,
    TokenAnswerInvalid,
    TokenRefused,
)
from relying_party_sdk.id_token import IdTokenClaims
from relying_party_sdk.identity import Identity, Tokens
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.login_state import LOGIN_LIFETIME, LoginState, cookie_name, open_state, seal_state
from relying_party_sdk.logout_token import LogoutNotice
from relying_party_sdk.provider_client import Clock, ProviderClient
from relying_party_sdk.return_to import check_return_to
from relying_party_sdk.session_store import InMemorySessionStore, SessionStore
from relying_party_sdk.settings import RelyingPartySettings, check_settings, known, settings_from
from relying_party_sdk.token_answer import read_token_answer
from relying_party_sdk.verification import AnswerVerifier, reached_level


@dataclass(frozen=True)
class LoginRequest:
    """Where to send the browser, and the cookie to set on that answer (HttpOnly, SameSite=Lax, Path=/)."""

    url: str = field(repr=False)
    cookie_name: str
    sealed_state: str = field(repr=False)
    max_age: int = LOGIN_LIFETIME
    secure: bool = True


class RelyingParty:
    """A registered service. Safe to share between threads; make one at start and keep it."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        redirect_uri: str,
        *,
        client_secret: str | None = None,
        private_key: PrivateKey | None = None,
        token_endpoint_auth_method: ClientAuthenticationMethod | str | None = None,
        level: LevelOfAssurance | str = LevelOfAssurance.LOW,
        scopes: Sequence[str] = ("openid", "identity"),
        post_logout_redirect_uri: str | None = None,
        id_token_signed_response_alg: str = "ES256",
        userinfo_signed_response_alg: str | None = None,
        state_secret: str | None = None,
        store: SessionStore | None = None,
        http: httpx2.Client | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Raises `ConfigurationError`, which names every setting at fault; talks to nobody yet.

        `store` remembers used logins and ended sessions; several workers need a shared one.
        """
        method = token_endpoint_auth_method
        self.settings = RelyingPartySettings(
            issuer=issuer,
            client_id=client_id,
            redirect_uri=redirect_uri,
            client_secret=client_secret,
            private_key=private_key,
            token_endpoint_auth_method=None if method is None else known(ClientAuthenticationMethod, method),
            level=known(LevelOfAssurance, level),
            scopes=tuple(scopes),
            post_logout_redirect_uri=post_logout_redirect_uri,
            id_token_signed_response_alg=id_token_signed_response_alg,
            userinfo_signed_response_alg=userinfo_signed_response_alg,
            state_secret=state_secret,
        )
        check_settings(self.settings)
        self.store: SessionStore = store if store is not None else InMemorySessionStore()
        self.clock: Clock = clock if clock is not None else lambda: int(time.time())
        self._client_authentication = client_authentication(self.settings)
        self._seal = login_seal(self.settings)
        self._provider = ProviderClient(issuer, algorithm=id_token_signed_response_alg, http=http, clock=self.clock)
        self._verifier = AnswerVerifier(self.settings, self._provider, self.clock)

    @classmethod
    def from_settings(
        cls,
        values: Mapping[str, str],
        *,
        prefix: str = "",
        strict: bool = True,
        store: SessionStore | None = None,
        http: httpx2.Client | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """A relying party from named text settings (see `settings.SETTINGS`)."""
        read = settings_from(values, prefix=prefix, strict=strict)
        return cls(**vars(read), store=store, http=http, clock=clock)

    @classmethod
    def from_environment(
        cls,
        prefix: str = "MOTCUA_",
        *,
        environment: Mapping[str, str] | None = None,
        store: SessionStore | None = None,
        http: httpx2.Client | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """A relying party from environment variables: `MOTCUA_ISSUER`, `MOTCUA_CLIENT_ID` and so on."""
        values = os.environ if environment is None else environment
        return cls.from_settings(values, prefix=prefix, strict=False, store=store, http=http, clock=clock)

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
    ) -> LoginRequest:
        """A new login with its own state, nonce and code verifier.

        `return_to` is a path here; `level` raises the configured one; `max_age` is in seconds;
        one of `acr_values` must be answered (RFC 9470). Raises `ReturnToRefused`, `ProviderUnavailable`.
        """
        state = LoginState(
            state=random_value(),
            nonce=random_value(),
            code_verifier=random_value(),
            return_to=check_return_to(return_to),
            level=max(LevelOfAssurance(level), self.settings.level) if level else self.settings.level,
            max_age=max_age,
            begun_at=self.clock(),
            acr_values=tuple(acr_values),
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
            url=authorization_url(self._provider.metadata().authorization_endpoint, parameters),
            cookie_name=cookie_name(state.state, secure=self.settings.secure_cookies),
            sealed_state=seal_state(state, self._seal),
            secure=self.settings.secure_cookies,
        )

    def login_cookie_name(self, callback_parameters: CallbackParameters) -> str:
        """The cookie in which the login of this callback was sealed."""
        state = single_parameters(callback_parameters).get("state", "")
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
        check_state(parameters, state.state)
        metadata = self._provider.metadata()
        self._use_once(state)
        code = check_callback(
            parameters,
            state=state.state,
            issuer=metadata.issuer,
            answers_with_issuer=metadata.answers_with_issuer,
        )
        grant = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
            "code_verifier": state.code_verifier,
        }
        tokens, raw, id_token = self._redeem(grant, nonce=state.nonce, max_age=state.max_age)
        level = reached_level(id_token, state.level, state.acr_values)
        claims = self._verifier.userinfo(tokens.access_token, subject=id_token.subject)
        return Identity(
            subject=id_token.subject,
            level=level,
            claims=claims,
            id_token=raw,
            session_id=id_token.session_id,
            authenticated_at=id_token.authenticated_at,
            amr=id_token.amr,
            tokens=tokens,
            return_to=state.return_to,
        )

    def refresh(self, identity: Identity) -> Identity:
        """The same citizen with new tokens and fresh claims (OpenID Connect Core §12.2)."""
        if identity.tokens is None or identity.tokens.refresh_token is None:
            raise TokenRefused("there is no refresh token; ask for the scope offline_access")
        old = identity.tokens.refresh_token
        grant = {"grant_type": "refresh_token", "refresh_token": old}
        now = self.clock()
        answer = read_token_answer(
            self._request_tokens(grant), now=now, asked=identity.tokens.scopes, refresh_token=old
        )
        raw = answer.unverified_id_token
        if raw is not None:
            claims = self._verifier.id_token(raw, nonce=None, max_age=None, access_token=answer.tokens.access_token)
            if not hmac.compare_digest(claims.subject.encode(), identity.subject.encode()):
                raise IdTokenInvalid("subject_differs")
        return replace(
            identity,
            tokens=answer.tokens,
            id_token=raw or identity.id_token,
            claims=self._verifier.userinfo(answer.tokens.access_token, subject=identity.subject),
        )

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

    def close(self) -> None:
        """Close the connections to the provider."""
        self._provider.close()

    def _use_once(self, state: LoginState) -> None:
        until = state.begun_at + LOGIN_LIFETIME + 1
        if not self.store.use_once(f"login:{state.state}", now=self.clock(), until=until):
            raise CallbackReplayed

    def _redeem(
        self, grant: Mapping[str, str], *, nonce: str, max_age: int | None
    ) -> tuple[Tokens, str, IdTokenClaims]:
        answer = read_token_answer(self._request_tokens(grant), now=self.clock(), asked=self.settings.scopes)
        raw = answer.unverified_id_token
        if raw is None:
            raise TokenAnswerInvalid("`id_token` is missing")
        id_token = self._verifier.id_token(raw, nonce=nonce, max_age=max_age, access_token=answer.tokens.access_token)
        return answer.tokens, raw, id_token

    def _request_tokens(self, grant: Mapping[str, str]) -> Mapping[str, object]:
        proof = self._client_authentication.prove(audience=self.settings.issuer, now=self.clock())
        return self._provider.request_tokens(grant, proof)
