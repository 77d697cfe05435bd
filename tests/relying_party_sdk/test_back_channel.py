"""The requests without a browser: what each proves, which nonce it brings, and what a refusal is called."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

from relying_party_sdk import (
    ClientRefused,
    LoginError,
    ProviderUnavailable,
    TokenAnswerInvalid,
    TokenRefused,
    Tokens,
    UserInfoInvalid,
)
from relying_party_sdk.back_channel import BackChannel
from relying_party_sdk.client_authentication import SecretInBody
from relying_party_sdk.http_exchange import HttpExchange
from relying_party_sdk.provider_client import ProviderClient
from relying_party_sdk.testing import FakeProvider
from tests.relying_party_sdk.conftest import HandClock

Answer = Callable[[httpx2.Request], httpx2.Response]


def channel_over(answer: Answer, issuer: str, clock: HandClock) -> BackChannel:
    exchange = HttpExchange(httpx2.Client(transport=httpx2.MockTransport(answer)))
    provider = ProviderClient(issuer, algorithm="ES256", exchange=exchange, clock=clock)
    return BackChannel(exchange, provider, SecretInBody("dich-vu", "bi-mat"), issuer=issuer, clock=clock)


def replacing(provider: FakeProvider, path: str, response: httpx2.Response) -> Answer:
    """The fake provider, with one address answered otherwise."""
    return lambda request: response if request.url.path == path else provider.endpoints.answer(request)


@pytest.mark.parametrize(
    ("response", "expected", "detail"),
    [
        (httpx2.Response(400, json={"error": "invalid_grant"}), TokenRefused, "invalid_grant"),
        (httpx2.Response(400, json={"error": "<b>la</b>"}), TokenRefused, "HTTP 400"),
        (httpx2.Response(400, content=b"?"), TokenRefused, "HTTP 400"),
        (httpx2.Response(302, headers={"Location": "https://la.example"}), TokenRefused, "HTTP 302"),
        (httpx2.Response(401, content=b"?"), ClientRefused, ""),
        (httpx2.Response(400, json={"error": "invalid_client"}), ClientRefused, ""),
        (httpx2.Response(500), ProviderUnavailable, "HTTP 500"),
        (httpx2.Response(200, content=b"<html>"), TokenAnswerInvalid, "the answer is not a JSON object"),
    ],
)
def test_names_what_the_token_endpoint_said(
    provider: FakeProvider, clock: HandClock, response: httpx2.Response, expected: type[LoginError], detail: str
) -> None:
    channel = channel_over(replacing(provider, "/token", response), provider.issuer, clock)

    with pytest.raises(expected) as refused:
        channel.request_tokens({"grant_type": "authorization_code"})

    assert refused.value.detail == detail


def test_says_when_userinfo_is_refused(provider: FakeProvider, clock: HandClock) -> None:
    channel = channel_over(provider.endpoints.answer, provider.issuer, clock)

    with pytest.raises(UserInfoInvalid, match="HTTP 401"):
        channel.request_userinfo(f"{provider.issuer}/userinfo", Tokens("het-han"))
