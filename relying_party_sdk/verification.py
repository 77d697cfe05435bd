"""A provider's answers, fetched and verified for one service; keys are fetched again when one is unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from relying_party_sdk.authorization_response import UnknownResponseKey, validate_response
from relying_party_sdk.back_channel import BackChannel
from relying_party_sdk.compact import CompactRefused
from relying_party_sdk.credentials import decryption_of
from relying_party_sdk.encrypted import decrypted, is_encrypted
from relying_party_sdk.errors import (
    AuthorizationResponseInvalid,
    IdTokenInvalid,
    LevelTooLow,
    LogoutTokenInvalid,
    ProviderUnavailable,
)
from relying_party_sdk.id_token import IdTokenClaims, UnknownKey, validate_id_token
from relying_party_sdk.identity import Identity, Tokens
from relying_party_sdk.jwks import Keys
from relying_party_sdk.levels import LevelOfAssurance, level_from_acr, meets
from relying_party_sdk.logout_token import LogoutNotice, UnknownLogoutKey, validate_logout_token
from relying_party_sdk.provider_client import Clock, ProviderClient
from relying_party_sdk.settings import RelyingPartySettings
from relying_party_sdk.userinfo import UnknownUserInfoKey, validate_userinfo

T = TypeVar("T")


class AnswerVerifier:
    """The pure rules, fed with this service's registration, the provider's keys and the clock."""

    def __init__(
        self, settings: RelyingPartySettings, provider: ProviderClient, back_channel: BackChannel, clock: Clock
    ) -> None:
        self._settings = settings
        self._provider = provider
        self._back_channel = back_channel
        self._clock = clock
        self._id_token_decryption = decryption_of(settings, "id_token")
        self._userinfo_decryption = decryption_of(settings, "userinfo")
        self.response_decryption = decryption_of(settings, "authorization")

    def opened_id_token(self, raw: str) -> str:
        """The signed ID token, still unverified: that inside where encrypted ones are registered."""
        if self._id_token_decryption is None:
            return raw
        try:
            return decrypted(raw, self._id_token_decryption)
        except CompactRefused as error:
            raise IdTokenInvalid(error.rule) from error

    def authorization_response(self, raw: str) -> Mapping[str, str]:
        """The parameters of a verified signed answer of the authorization endpoint."""
        algorithm = self._settings.response_algorithm
        if algorithm is None:
            raise AuthorizationResponseInvalid("signed_answer_not_registered")
        return self._with_keys(
            UnknownResponseKey,
            lambda keys: validate_response(
                raw,
                keys=keys,
                issuer=self._settings.issuer,
                client_id=self._settings.client_id,
                algorithm=algorithm,
                now=self._clock(),
            ),
        )

    def id_token(
        self, raw: str, *, nonce: str | None, max_age: int | None, access_token: str, code: str | None = None
    ) -> IdTokenClaims:
        """The claims of a verified ID token."""
        return self._with_keys(
            UnknownKey,
            lambda keys: validate_id_token(
                raw,
                keys=keys,
                issuer=self._settings.issuer,
                client_id=self._settings.client_id,
                algorithms=(self._settings.id_token_signed_response_alg,),
                nonce=nonce,
                now=self._clock(),
                max_age=max_age,
                access_token=access_token,
                code=code,
            ),
        )

    def logout_token(self, raw: str) -> LogoutNotice:
        """The notice of a verified logout token; replay is not checked here.

        It may be encrypted as ID tokens are (Back-Channel Logout §2.4); what counts is the signature inside.
        """
        if self._id_token_decryption is not None and is_encrypted(raw):
            try:
                raw = decrypted(raw, self._id_token_decryption)
            except CompactRefused as error:
                raise LogoutTokenInvalid(error.rule) from error
        return self._with_keys(
            UnknownLogoutKey,
            lambda keys: validate_logout_token(
                raw,
                keys=keys,
                issuer=self._settings.issuer,
                client_id=self._settings.client_id,
                algorithms=(self._settings.id_token_signed_response_alg,),
                now=self._clock(),
            ),
        )

    def userinfo(self, tokens: Tokens, *, subject: str) -> Mapping[str, object]:
        """The person's claims; nothing is asked when no scope could give any."""
        endpoint = self._provider.metadata().userinfo_endpoint
        if endpoint is None or set(self._settings.scopes) == {"openid"}:
            return {}
        answer = self._back_channel.request_userinfo(endpoint, tokens)
        return self._with_keys(
            UnknownUserInfoKey,
            lambda keys: validate_userinfo(
                answer.body,
                content_type=answer.headers.get("content-type", ""),
                subject=subject,
                issuer=self._settings.issuer,
                client_id=self._settings.client_id,
                keys=keys,
                algorithm=self._settings.userinfo_signed_response_alg,
                decryption=self._userinfo_decryption,
            ),
        )

    def prepare(self) -> None:
        """Have the provider's keys at hand; raises `ProviderUnavailable`."""
        self._provider.keys()

    def newer_userinfo(self, tokens: Tokens, identity: Identity) -> Mapping[str, object]:
        """The person's claims after a refresh; those known before where nobody answers.

        The refresh token is spent by now: the new ones are not to be lost.
        """
        try:
            return self.userinfo(tokens, subject=identity.subject)
        except ProviderUnavailable:
            return identity.claims

    def _with_keys(self, unknown: type[Exception], verify: Callable[[Keys], T]) -> T:
        # An unknown key may mean that the provider rotated: look once more, at most once a minute.
        try:
            return verify(self._provider.keys())
        except unknown:
            newer = self._provider.newer_keys()
            if newer is None:
                raise
            return verify(newer)


def reached_level(id_token: IdTokenClaims, asked: LevelOfAssurance, acr_values: Sequence[str] = ()) -> LevelOfAssurance:
    """The level answered: at least the one asked, and one of `acr_values` (OpenID Connect Core §3.1.3.7, 12)."""
    if acr_values and not (id_token.acr and meets(id_token.acr, acr_values)):
        raise LevelTooLow(f"asked {' or '.join(acr_values)}, answered {id_token.acr or 'nothing'}")
    level = level_from_acr(id_token.acr)
    if level is None and asked is LevelOfAssurance.UNRATED:
        return asked
    if level is None or level < asked:
        raise LevelTooLow(f"asked {asked.acr}, answered {level.acr if level else 'no level we know'}")
    return level
