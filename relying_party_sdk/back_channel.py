"""What a service asks of the provider without the browser: pushed requests, tokens, UserInfo, protected resources.

Owns who proves what on each of these requests: the client, its key, and the nonce a server wants in the proof
(RFC 9449 §8). Believes nothing it is told; answers go to the pure rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from relying_party_sdk.authorization import refusal
from relying_party_sdk.client_authentication import ClientAuthentication
from relying_party_sdk.compact import CompactRefused, parse_object
from relying_party_sdk.dpop import DpopKey, usable_nonce
from relying_party_sdk.dpop_nonces import AUTHORIZATION_SERVER, DpopNonces, resource_server
from relying_party_sdk.errors import (
    ClientRefused,
    ConfigurationError,
    LoginError,
    ProviderMetadataInvalid,
    ProviderRefused,
    TokenAnswerInvalid,
    TokenRefused,
    UserInfoInvalid,
)
from relying_party_sdk.http_exchange import MAX_ANSWER, Answer, HttpExchange
from relying_party_sdk.identity import Tokens
from relying_party_sdk.metadata import is_secure_url
from relying_party_sdk.provider_client import Clock, ProviderClient

MAX_REQUEST_URI = 512
# Of a data provider, whose answers are not ours to foresee.
MAX_RESOURCE = 1024 * 1024
_NONCE_WANTED = "use_dpop_nonce"
# RFC 9110 §11.1: the scheme is written in any case.
_RESOURCE_WANTS_NONCE = re.compile(r'\bdpop\b.*\berror\s*=\s*"?use_dpop_nonce"?', re.IGNORECASE | re.DOTALL)
_TOKEN_ERRORS = (
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "invalid_target",
    "invalid_dpop_proof",
    "unauthorized_client",
    "unsupported_grant_type",
)


class BackChannel:
    """One service's requests to one provider. Safe to share between threads."""

    def __init__(
        self,
        exchange: HttpExchange,
        provider: ProviderClient,
        authentication: ClientAuthentication,
        *,
        issuer: str,
        clock: Clock,
    ) -> None:
        self._exchange = exchange
        self._provider = provider
        self._authentication = authentication
        self._issuer = issuer
        self._clock = clock
        self._nonces = DpopNonces()

    def push(self, parameters: Mapping[str, str], key: DpopKey | None) -> str:
        """The `request_uri` under which the provider keeps an authorization request (RFC 9126 §2)."""
        endpoint = self._provider.metadata().pushed_authorization_request_endpoint
        if endpoint is None:
            raise ProviderMetadataInvalid("`pushed_authorization_request_endpoint` is missing")
        answer = self._post(endpoint, parameters, key)
        # RFC 9126 §2.2 says 201; some providers answer 200.
        if answer.status not in (200, 201):
            raise _push_refusal(answer)
        request_uri = _told(answer).get("request_uri")
        if not isinstance(request_uri, str) or not 0 < len(request_uri) <= MAX_REQUEST_URI:
            raise ProviderRefused("the answer to the pushed request has no request_uri")
        return request_uri

    def request_tokens(self, grant: Mapping[str, str], key: DpopKey | None = None) -> Mapping[str, object]:
        """The token endpoint's answer to one grant (RFC 6749 §5)."""
        answer = self._post(self._provider.metadata().token_endpoint, grant, key)
        if answer.status != 200:
            raise _token_refusal(answer)
        try:
            return parse_object(answer.body, "not_json")
        except CompactRefused as error:
            raise TokenAnswerInvalid("the answer is not a JSON object") from error

    def request_userinfo(self, endpoint: str, tokens: Tokens) -> Answer:
        """The UserInfo answer, unverified (OpenID Connect Core §5.3.1)."""
        accept = "application/json, application/jwt"
        answer = self.request_resource("GET", endpoint, tokens, accept=accept, limit=MAX_ANSWER)
        if answer.status != 200:
            raise UserInfoInvalid("refused", f"HTTP {answer.status}")
        return answer

    def request_resource(
        self,
        method: str,
        url: str,
        tokens: Tokens,
        *,
        accept: str = "application/json",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        limit: int = MAX_RESOURCE,
    ) -> Answer:
        """A protected resource's answer, whatever its status below 500; the token is shown with its proof.

        Raises `ConfigurationError` for an address in the clear: a token is never sent there.
        """
        if not is_secure_url(url):
            raise ConfigurationError("the address of a protected resource must begin with https://")
        key, server = tokens.dpop_key, resource_server(url)

        def send(nonce: str | None) -> Answer:
            shown = {"Authorization": f"Bearer {tokens.access_token}"}
            if key is not None:
                proof = key.proof(method, url, now=self._clock(), nonce=nonce, access_token=tokens.access_token)
                shown = {"Authorization": f"DPoP {tokens.access_token}", "DPoP": proof}
            all_headers = {**(headers or {}), "Accept": accept, **shown}
            return self._exchange.send(method, url, headers=all_headers, content=content, limit=limit)

        return self._with_nonce(server, send) if key is not None else send(None)

    def _post(self, endpoint: str, parameters: Mapping[str, str], key: DpopKey | None) -> Answer:
        def send(nonce: str | None) -> Answer:
            now = self._clock()
            # Anew each time: an assertion is good for one request.
            client = self._authentication.prove(audience=self._issuer, now=now)
            headers = {"Accept": "application/json", **client.headers}
            if key is not None:
                headers["DPoP"] = key.proof("POST", endpoint, now=now, nonce=nonce)
            return self._exchange.send("POST", endpoint, headers=headers, form={**parameters, **client.parameters})

        return self._with_nonce(AUTHORIZATION_SERVER, send) if key is not None else send(None)

    def _with_nonce(self, server: str, send: Callable[[str | None], Answer]) -> Answer:
        """Send once, and a second time with the nonce the server asked for; never a third."""
        answer = send(self._nonces.last(server))
        nonce = self._kept_nonce(server, answer)
        if nonce is None or not _wants_nonce(answer):
            return answer
        again = send(nonce)
        self._kept_nonce(server, again)
        return again

    def _kept_nonce(self, server: str, answer: Answer) -> str | None:
        nonce = usable_nonce(answer.headers.get("dpop-nonce"))
        if nonce is not None:
            self._nonces.keep(server, nonce)
        return nonce


def _wants_nonce(answer: Answer) -> bool:
    if answer.status == 400:
        return _told(answer).get("error") == _NONCE_WANTED
    return answer.status == 401 and bool(
        _RESOURCE_WANTS_NONCE.search(answer.headers.get("www-authenticate", ""))
        or _told(answer).get("error") == _NONCE_WANTED
    )


def _told(answer: Answer) -> Mapping[str, object]:
    try:
        return parse_object(answer.body, "not_json")
    except CompactRefused:
        return {}


def _push_refusal(answer: Answer) -> LoginError:
    error = _told(answer).get("error")
    if error == "invalid_client" or (error is None and answer.status == 401):
        return ClientRefused()
    return refusal(error) if isinstance(error, str) else ProviderRefused(f"HTTP {answer.status}")


def _token_refusal(answer: Answer) -> TokenRefused | ClientRefused:
    """The error of RFC 6749 §5.2; its description is foreign text and stays out of our log."""
    error = _told(answer).get("error")
    if error == "invalid_client" or (error is None and answer.status == 401):
        return ClientRefused()
    return TokenRefused(error if isinstance(error, str) and error in _TOKEN_ERRORS else f"HTTP {answer.status}")
