"""From a code or a refresh token to verified tokens: one grant each, and what must not change between them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from relying_party_sdk.back_channel import BackChannel
from relying_party_sdk.compact import CompactRefused, parse_object, split_compact
from relying_party_sdk.errors import IdTokenInvalid, TokenAnswerInvalid, TokenRefused
from relying_party_sdk.id_token import IdTokenClaims
from relying_party_sdk.identity import Identity, Tokens
from relying_party_sdk.login_state import LoginState
from relying_party_sdk.provider_client import Clock
from relying_party_sdk.settings import RelyingPartySettings
from relying_party_sdk.token_answer import read_token_answer
from relying_party_sdk.verification import AnswerVerifier


@dataclass(frozen=True)
class Redeemed:
    """Tokens and the verified ID token that came with them; `id_token` is its signed text."""

    tokens: Tokens
    id_token: str = field(repr=False)
    claims: IdTokenClaims


class TokenGrants:
    """One service's grants at one provider."""

    def __init__(
        self, settings: RelyingPartySettings, back_channel: BackChannel, verifier: AnswerVerifier, clock: Clock
    ) -> None:
        self._settings = settings
        self._back_channel = back_channel
        self._verifier = verifier
        self._clock = clock

    def redeem(self, code: str, state: LoginState) -> Redeemed:
        """The tokens of a login (RFC 6749 §4.1.3); without a good ID token there are none."""
        grant = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "code_verifier": state.code_verifier,
        }
        told = self._back_channel.request_tokens(grant, state.dpop_key)
        answer = read_token_answer(told, now=self._clock(), asked=self._settings.scopes, dpop_key=state.dpop_key)
        if answer.unverified_id_token is None:
            raise TokenAnswerInvalid("`id_token` is missing")
        raw = self._verifier.opened_id_token(answer.unverified_id_token)
        claims = self._verifier.id_token(
            raw, nonce=state.nonce, max_age=state.max_age, access_token=answer.tokens.access_token, code=code
        )
        return Redeemed(answer.tokens, raw, claims)

    def refresh(self, identity: Identity) -> tuple[Tokens, str]:
        """New tokens for the same person, and the newest ID token (OpenID Connect Core §12.2)."""
        old = identity.tokens
        if old is None or old.refresh_token is None:
            raise TokenRefused("there is no refresh token; ask for the scope offline_access")
        # Before the old one is spent: without keys the new ones could not be verified, and would be lost.
        self._verifier.prepare()
        grant = {"grant_type": "refresh_token", "refresh_token": old.refresh_token}
        told = self._back_channel.request_tokens(grant, old.dpop_key)
        answer = read_token_answer(
            told, now=self._clock(), asked=old.scopes, refresh_token=old.refresh_token, dpop_key=old.dpop_key
        )
        if answer.unverified_id_token is None:
            return answer.tokens, identity.id_token
        raw = self._verifier.opened_id_token(answer.unverified_id_token)
        claims = self._verifier.id_token(raw, nonce=None, max_age=None, access_token=answer.tokens.access_token)
        check_same_login(claims, identity)
        return answer.tokens, raw


def check_same_login(claims: IdTokenClaims, identity: Identity) -> None:
    """A refreshed ID token speaks of the same person and the same login (Core §12.2); issuer and audience are
    those of every ID token."""
    if not hmac.compare_digest(claims.subject.encode(), identity.subject.encode()):
        raise IdTokenInvalid("subject_differs")
    # A refreshed token needs no nonce; one that is there is that of the login.
    if "nonce" in claims.claims and claims.claims["nonce"] != _nonce_of(identity.id_token):
        raise IdTokenInvalid("nonce_wrong")
    known = (claims.authenticated_at, identity.authenticated_at)
    if None not in known and claims.authenticated_at != identity.authenticated_at:
        raise IdTokenInvalid("authentication_time_differs")


def _nonce_of(id_token: str) -> object:
    """The `nonce` of an ID token that was verified when the login ended."""
    try:
        _, payload, _ = split_compact(id_token)
        return parse_object(payload, "claims_not_json").get("nonce")
    except CompactRefused:
        return None
