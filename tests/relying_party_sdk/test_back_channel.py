"""The requests without a browser: what each proves, which nonce it brings, and what a refusal is called."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import parse_qsl

import httpx2
import pytest

from relying_party_sdk import (
    ClientRefused,
    LoginError,
    ProviderRefused,
    ProviderUnavailable,
    TokenAnswerInvalid,
    TokenRefused,
    Tokens,
    UserInfoInvalid,
)
from relying_party_sdk.back_channel import BackChannel
from relying_party_sdk.client_authentication import ClientAuthentication, SecretInBody, SignedAssertion
from relying_party_sdk.dpop import DpopKey
from relying_party_sdk.http_exchange import HttpExchange
from relying_party_sdk.provider_client import ProviderClient
from relying_party_sdk.signing import signing_key
from relying_party_sdk.testing import FakeProvider
from relying_party_sdk.testing.signing import generate_key
from tests.relying_party_sdk.conftest import HandClock

Answer = Callable[[httpx2.Request], httpx2.Response]


SECRET = SecretInBody("dich-vu", "bi-mat")


def channel_over(
    answer: Answer, issuer: str, clock: HandClock, authentication: ClientAuthentication = SECRET
) -> BackChannel:
    exchange = HttpExchange(httpx2.Client(transport=httpx2.MockTransport(answer)))
    provider = ProviderClient(issuer, algorithm="ES256", exchange=exchange, clock=clock)
    return BackChannel(exchange, provider, authentication, issuer=issuer, clock=clock)


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


GRANT = {"grant_type": "authorization_code"}
GOOD = {"access_token": "the", "token_type": "DPoP"}
RESOURCE = "https://du-lieu.example/ho-so"


def wants_nonce(nonce: str, *, at_resource: bool = False) -> httpx2.Response:
    """The refusal of RFC 9449 §8, or of §9."""
    if at_resource:
        header = 'dPoP  realm="x", error="use_dpop_nonce"'
        return httpx2.Response(401, headers={"WWW-Authenticate": header, "DPoP-Nonce": nonce})
    return httpx2.Response(400, json={"error": "use_dpop_nonce"}, headers={"DPoP-Nonce": nonce})


class Scripted:
    """Answers one address from a list, and keeps what was asked there."""

    def __init__(self, provider: FakeProvider, address: str, *answers: httpx2.Response) -> None:
        self._provider = provider
        self._address = address
        self._answers = list(answers)
        self.asked: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if str(request.url) != self._address:
            return self._provider.endpoints.answer(request)
        self.asked.append(request)
        return self._answers.pop(0)

    @property
    def nonces(self) -> list[object]:
        """The nonce in each proof."""
        return [claims_of(request.headers["dpop"]).get("nonce") for request in self.asked]


def claims_of(token: str) -> dict[str, object]:
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


def test_answers_a_wish_for_a_nonce_once_and_keeps_the_newest(provider: FakeProvider, clock: HandClock) -> None:
    token = f"{provider.issuer}/token"
    newer = httpx2.Response(200, json=GOOD, headers={"DPoP-Nonce": "hai"})
    scripted = Scripted(provider, token, wants_nonce("mot"), newer, httpx2.Response(200, json=GOOD))
    channel, key = channel_over(scripted, provider.issuer, clock), DpopKey.generate()

    channel.request_tokens(GRANT, key)
    channel.request_tokens(GRANT, key)

    assert scripted.nonces == [None, "mot", "hai"]


def test_asks_no_third_time(provider: FakeProvider, clock: HandClock) -> None:
    scripted = Scripted(provider, f"{provider.issuer}/token", wants_nonce("mot"), wants_nonce("hai"))
    channel = channel_over(scripted, provider.issuer, clock)

    with pytest.raises(TokenRefused):
        channel.request_tokens(GRANT, DpopKey.generate())

    assert scripted.nonces == [None, "mot"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(wants_nonce("có dấu".encode().hex() + " x"), id="a nonce that is none"),
        pytest.param(httpx2.Response(400, json={"error": "use_dpop_nonce"}), id="no nonce"),
        pytest.param(
            httpx2.Response(400, json={"error": "invalid_grant"}, headers={"DPoP-Nonce": "x"}), id="another refusal"
        ),
    ],
)
def test_does_not_ask_again_without_a_reason(provider: FakeProvider, clock: HandClock, answer: httpx2.Response) -> None:
    scripted = Scripted(provider, f"{provider.issuer}/token", answer)
    channel = channel_over(scripted, provider.issuer, clock)

    with pytest.raises(TokenRefused):
        channel.request_tokens(GRANT, DpopKey.generate())

    assert len(scripted.asked) == 1


def test_a_resource_has_nonces_of_its_own(provider: FakeProvider, clock: HandClock) -> None:
    scripted = Scripted(
        provider,
        RESOURCE,
        wants_nonce("nguon", at_resource=True),
        httpx2.Response(200, json={}),
        httpx2.Response(200, json={}),
    )
    channel = channel_over(scripted, provider.issuer, clock)
    tokens = Tokens("the", dpop_key=DpopKey.generate())

    answers = [channel.request_resource(method, RESOURCE, tokens, content=b"x") for method in ("POST", "GET")]

    assert [answer.status for answer in answers] == [200, 200]
    assert scripted.nonces == [None, "nguon", "nguon"]
    assert [request.headers["authorization"] for request in scripted.asked] == ["DPoP the"] * 3
    assert [claims_of(request.headers["dpop"])["htm"] for request in scripted.asked] == ["POST", "POST", "GET"]
    assert scripted.asked[1].content == b"x"


def test_a_bearer_token_is_shown_without_a_proof(provider: FakeProvider, clock: HandClock) -> None:
    scripted = Scripted(provider, RESOURCE, httpx2.Response(401, headers={"WWW-Authenticate": "DPoP"}))

    answer = channel_over(scripted, provider.issuer, clock).request_resource("GET", RESOURCE, Tokens("the"))

    assert answer.status == 401
    assert scripted.asked[0].headers["authorization"] == "Bearer the"
    assert "dpop" not in scripted.asked[0].headers


def test_every_request_is_proved_with_an_assertion_of_its_own(provider: FakeProvider, clock: HandClock) -> None:
    """The second one, too: an assertion is good for one request (RFC 7523 §3)."""
    scripted = Scripted(provider, f"{provider.issuer}/token", wants_nonce("mot"), httpx2.Response(200, json=GOOD))
    authentication = SignedAssertion("dich-vu", signing_key(generate_key("ES256")))
    channel = channel_over(scripted, provider.issuer, clock, authentication)

    channel.request_tokens(GRANT, DpopKey.generate())

    shown = [claims_of(dict(parse_qsl(request.content.decode()))["client_assertion"]) for request in scripted.asked]
    assert shown[0]["jti"] != shown[1]["jti"]
    for claims in shown:
        assert (claims["iss"], claims["sub"], claims["aud"]) == ("dich-vu", "dich-vu", provider.issuer)
        assert (claims["iat"], claims["exp"]) == (clock.now, clock.now + 60)


@pytest.mark.parametrize(
    ("response", "expected", "detail"),
    [
        (httpx2.Response(401, json={"error": "invalid_client"}), ClientRefused, ""),
        (httpx2.Response(400, json={"error": "invalid_request"}), ProviderRefused, "invalid_request"),
        (httpx2.Response(400, json={"error": "<b>la</b>"}), ProviderRefused, "unknown OAuth error"),
        (httpx2.Response(413, content=b"?"), ProviderRefused, "HTTP 413"),
        (httpx2.Response(201, json={"expires_in": 60}), ProviderRefused, "no request_uri"),
        (httpx2.Response(201, json={"request_uri": "x" * 513}), ProviderRefused, "no request_uri"),
        (httpx2.Response(503), ProviderUnavailable, "HTTP 503"),
    ],
)
def test_names_what_was_said_to_a_pushed_request(
    provider: FakeProvider, clock: HandClock, response: httpx2.Response, expected: type[LoginError], detail: str
) -> None:
    channel = channel_over(replacing(provider, "/par", response), provider.issuer, clock)

    with pytest.raises(expected) as refused:
        channel.push({"client_id": "dich-vu"}, None)

    assert detail in refused.value.detail
