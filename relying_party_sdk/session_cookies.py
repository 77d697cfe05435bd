"""The session cookie of one service: opened, kept alive, given fresh tokens, and taken away."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from relying_party_sdk.browser_exchange import CookieChange
from relying_party_sdk.errors import ConfigurationError, TokenAnswerInvalid, TokenInvalid, TokenRefused
from relying_party_sdk.http_exchange import LONGEST_EXCHANGE_SECONDS
from relying_party_sdk.identity import Identity
from relying_party_sdk.relying_party import RelyingParty
from relying_party_sdk.sealing import Seal
from relying_party_sdk.session import (
    RENEW_SECONDS,
    TOTAL_SECONDS,
    Session,
    begin_session,
    end_session,
    is_ended,
    open_session,
    seal_session,
    session_cookie_name,
)
from relying_party_sdk.settings import MIN_SECRET_LENGTH

# A token that lives no longer than this may be refused before it arrives.
REFRESH_AHEAD_SECONDS = 30
# Discovery, tokens and UserInfo, both once more with a nonce, the keys, and the keys once more after a rotation.
REFRESH_EXCHANGES = 7
# How long a second request leaves the refresh token alone, which the first is spending: no shorter than that may take.
REFRESH_SECONDS = math.ceil(REFRESH_EXCHANGES * LONGEST_EXCHANGE_SECONDS)


class SessionCookies:
    """Sealed with `session_secret`. `keep_tokens` keeps access and refresh token in the cookie."""

    def __init__(self, party: RelyingParty, *, session_secret: str | bytes, keep_tokens: bool) -> None:
        if len(session_secret) < MIN_SECRET_LENGTH:
            raise ConfigurationError(f"session_secret must have at least {MIN_SECRET_LENGTH} random characters")
        self._party = party
        self._keep_tokens = keep_tokens
        self._secure = party.settings.secure_cookies
        self._name = session_cookie_name(party.settings.issuer, party.settings.client_id, secure=self._secure)
        self._seal = Seal(session_secret, purpose=f"session {party.settings.issuer} {party.settings.client_id}")

    def open(self, cookies: Mapping[str, str]) -> Session | None:
        """The living session of a browser."""
        now = self._party.clock()
        session = open_session(cookies.get(self._name, ""), self._seal, now=now)
        if session is None or is_ended(session, self._party.store, now=now):
            return None
        return session

    def begin(self, identity: Identity) -> Session:
        """A new session, for `sealed` to put into its cookie."""
        return begin_session(identity, now=self._party.clock(), keep_tokens=self._keep_tokens)

    def end(self, key: str) -> None:
        """The session with this key is over, wherever its cookie was copied to."""
        end_session(key, self._party.store, now=self._party.clock())

    def sealed(self, session: Session) -> CookieChange:
        """The session as its cookie; raises `SessionTooLarge`."""
        left = session.begun_at + TOTAL_SECONDS - self._party.clock()
        return CookieChange(self._name, seal_session(session, self._seal), left, self._secure)

    def gone(self) -> CookieChange:
        """Takes the cookie away."""
        return CookieChange(self._name, "", 0, self._secure)

    def renewal(self, session: Session) -> CookieChange | None:
        """The cookie that says the citizen is still there, at most once a minute.

        Never one with tokens that another request has meanwhile refreshed: it would bring the spent ones back.
        """
        now = self._party.clock()
        if now < session.seen_at + RENEW_SECONDS or self._is_spent(session, now):
            return None
        return self.sealed(replace(session, seen_at=now))

    def with_fresh_tokens(self, session: Session, *, renew: bool = False) -> Session:
        """The session with an access token that is still good for a while, or with a new one in any case (`renew`).

        The same session when nothing had to be done: tokens were not kept, or another request of this browser is
        refreshing at this moment (a refresh token shown twice looks stolen). Raises `TokenRefused` when the citizen
        has to log in again.
        """
        tokens, now = session.identity.tokens, self._party.clock()
        if tokens is None or tokens.refresh_token is None:
            return session
        if not renew and (tokens.expires_at is None or now < tokens.expires_at - REFRESH_AHEAD_SECONDS):
            return session
        if not self._party.store.use_once(f"refresh:{tokens.refresh_token}", now=now, until=now + REFRESH_SECONDS):
            return session
        if self._is_spent(session, now):
            raise TokenRefused("the refresh token was used by a request whose answer did not arrive")
        mark, until = _spent(tokens.refresh_token), session.begun_at + TOTAL_SECONDS
        try:
            fresh = self._party.refresh(session.identity)
        except (TokenAnswerInvalid, TokenInvalid):
            # There were tokens, though none to believe: the provider may have taken the old one back.
            self._party.store.end(mark, at=now, until=until)
            raise
        if fresh.tokens is not None and fresh.tokens.refresh_token != tokens.refresh_token:
            self._party.store.end(mark, at=now, until=until)
        return replace(session, identity=fresh, seen_at=now)

    def _is_spent(self, session: Session, now: int) -> bool:
        tokens = session.identity.tokens
        if tokens is None or tokens.refresh_token is None:
            return False
        return self._party.store.ended_at(_spent(tokens.refresh_token), now=now) is not None


def _spent(refresh_token: str) -> str:
    """The mark of a refresh token that was exchanged for another one."""
    return f"refreshed:{refresh_token}"
