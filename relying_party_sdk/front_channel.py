"""The way to the provider and back through the browser: plain, pushed, signed, encrypted, as registered.

Knows which form a request takes and which form an answer must have; what they say is for `authorization`.
"""

from __future__ import annotations

from collections.abc import Mapping

from relying_party_sdk.authorization import authorization_url
from relying_party_sdk.authorization_response import unverified_state
from relying_party_sdk.back_channel import BackChannel
from relying_party_sdk.compact import CompactRefused
from relying_party_sdk.dpop import DpopKey
from relying_party_sdk.encrypted import decrypted
from relying_party_sdk.errors import AuthorizationResponseInvalid, CallbackMalformed
from relying_party_sdk.provider_client import Clock, ProviderClient
from relying_party_sdk.request_object import signed_request, unsigned_request
from relying_party_sdk.request_shelf import RequestShelf
from relying_party_sdk.response_mode import asked_response_mode
from relying_party_sdk.settings import RelyingPartySettings
from relying_party_sdk.signing import SigningKey
from relying_party_sdk.verification import AnswerVerifier


class FrontChannel:
    """One service's authorization requests and the answers to them."""

    def __init__(
        self,
        settings: RelyingPartySettings,
        provider: ProviderClient,
        back_channel: BackChannel,
        verifier: AnswerVerifier,
        *,
        request_key: SigningKey | None,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._provider = provider
        self._back_channel = back_channel
        self._verifier = verifier
        self._request_key = request_key
        self._clock = clock
        self._shelf = RequestShelf()

    def url(self, parameters: Mapping[str, str], key: DpopKey | None) -> str:
        """Where the browser goes; raises what the provider refuses already here, over the back channel."""
        metadata, asked = self._provider.metadata(), dict(parameters)
        if key is not None:
            asked["dpop_jkt"] = key.thumbprint
        if mode := asked_response_mode(
            self._settings.response_mode, signed=self._settings.response_algorithm is not None
        ):
            asked["response_mode"] = mode
        sent: Mapping[str, str] = asked
        if self._request_key is not None:
            sent = signed_request(asked, self._request_key, issuer=self._settings.issuer, now=self._clock())
        if self._settings.pushes_requests or metadata.requires_pushed_requests:
            # RFC 9126 §4: beside the name of the request, the browser carries `client_id` alone.
            request_uri = self._back_channel.push(sent, key)
            sent = {"client_id": self._settings.client_id, "request_uri": request_uri}
        elif self._settings.request_uri is not None:
            sent = self._referenced(asked, sent.get("request"))
        elif self._request_key is not None:
            # OpenID Connect Core §6.1: these two stay outside as well.
            sent = {**sent, "response_type": asked["response_type"], "scope": asked["scope"]}
        return authorization_url(metadata.authorization_endpoint, sent)

    def request_object(self, reference: str) -> str | None:
        """The request that lies here under this name, for the provider to fetch."""
        return self._shelf.take(reference, now=self._clock())

    def _referenced(self, asked: Mapping[str, str], signed: str | None) -> Mapping[str, str]:
        """The request by its address (OpenID Connect Core §6.2); the names that OAuth needs stay outside."""
        request = signed or unsigned_request(asked, issuer=self._settings.issuer)
        reference = self._shelf.put(request, now=self._clock())
        outside = {name: asked[name] for name in ("client_id", "response_type", "scope")}
        return {**outside, "request_uri": f"{self._settings.request_uri}?id={reference}"}

    def state_of(self, parameters: Mapping[str, str]) -> str:
        """`state` of an answer nobody has verified, to find the login it may belong to."""
        if self._settings.response_algorithm is None:
            return parameters.get("state", "")
        return unverified_state(self._signed(parameters))

    def answer(self, parameters: Mapping[str, str]) -> Mapping[str, str]:
        """The parameters of an answer, verified where answers are registered as signed (JARM §2.4)."""
        if self._settings.response_algorithm is None:
            return parameters
        return self._verifier.authorization_response(self._signed(parameters))

    def _signed(self, parameters: Mapping[str, str]) -> str:
        raw, decryption = parameters.get("response", ""), self._verifier.response_decryption
        if not raw:
            raise CallbackMalformed("`response` is missing: the answer is not signed")
        if decryption is None:
            return raw
        try:
            return decrypted(raw, decryption)
        except CompactRefused as error:
            raise AuthorizationResponseInvalid(error.rule) from error
