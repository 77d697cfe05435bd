"""The network side: what is kept while the provider is down, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

from relying_party_sdk import (
    ClientRefused,
    LoginError,
    ProviderMetadataInvalid,
    ProviderUnavailable,
    TokenAnswerInvalid,
    TokenRefused,
    UserInfoInvalid,
)
from relying_party_sdk.client_authentication import ClientProof
from relying_party_sdk.provider_client import MAX_DOCUMENT, ProviderClient
from relying_party_sdk.testing import FakeProvider, Fault
from tests.relying_party_sdk.conftest import HandClock

Answer = Callable[[httpx2.Request], httpx2.Response]


def client_over(answer: Answer, issuer: str, clock: HandClock) -> ProviderClient:
    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return ProviderClient(issuer, algorithm="ES256", http=http, clock=clock)


@pytest.fixture
def client(provider: FakeProvider, clock: HandClock) -> ProviderClient:
    return client_over(provider.endpoints.answer, provider.issuer, clock)


def replacing(provider: FakeProvider, path: str, response: httpx2.Response) -> Answer:
    """The fake provider, with one address answered otherwise."""
    return lambda request: response if request.url.path == path else provider.endpoints.answer(request)


def test_old_metadata_and_keys_serve_for_a_day_while_the_provider_is_down(
    client: ProviderClient, provider: FakeProvider, clock: HandClock
) -> None:
    known, keys = client.metadata(), client.keys()
    provider.fail_with(Fault.UNREACHABLE)

    clock.now += 3600 + 24 * 3600 - 1
    assert (client.metadata(), client.keys()) == (known, keys)

    clock.now += 60
    with pytest.raises(ProviderUnavailable):
        client.metadata()
    with pytest.raises(ProviderUnavailable):
        client.keys()


def test_a_provider_that_is_down_is_not_asked_with_every_login(
    client: ProviderClient, provider: FakeProvider, clock: HandClock
) -> None:
    client.metadata()
    provider.fail_with(Fault.UNREACHABLE)
    clock.now += 3600
    before = len(provider.endpoints.requests)

    for _ in range(5):
        client.metadata()
    assert len(provider.endpoints.requests) == before + 1

    clock.now += 60
    client.metadata()
    assert len(provider.endpoints.requests) == before + 2


def test_keys_are_read_again_after_their_lifetime(
    client: ProviderClient, provider: FakeProvider, clock: HandClock
) -> None:
    before = client.keys()
    provider.rotate_key()
    clock.now += 3600

    after = client.keys()

    assert [key.kid for key in after] != [key.kid for key in before]


@pytest.mark.parametrize(
    ("path", "response", "expected"),
    [
        ("/.well-known/openid-configuration", httpx2.Response(404), ProviderUnavailable),
        ("/.well-known/openid-configuration", httpx2.Response(200, content=b"<html>"), ProviderMetadataInvalid),
        ("/.well-known/openid-configuration", httpx2.Response(200, json=[]), ProviderMetadataInvalid),
        (
            "/.well-known/openid-configuration",
            httpx2.Response(200, content=b" " * (MAX_DOCUMENT + 1)),
            ProviderUnavailable,
        ),
        ("/jwks.json", httpx2.Response(200, json={"keys": []}), ProviderMetadataInvalid),
        ("/jwks.json", httpx2.Response(200, json={"keys": "x"}), ProviderMetadataInvalid),
        ("/jwks.json", httpx2.Response(200, json={"keys": [{"kty": "EC"}, {"kty": "AKP"}]}), ProviderMetadataInvalid),
    ],
)
def test_refuses_documents(
    provider: FakeProvider, clock: HandClock, path: str, response: httpx2.Response, expected: type[LoginError]
) -> None:
    client = client_over(replacing(provider, path, response), provider.issuer, clock)

    with pytest.raises(expected):
        client.keys()


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
    client = client_over(replacing(provider, "/token", response), provider.issuer, clock)

    with pytest.raises(expected) as refused:
        client.request_tokens({"grant_type": "authorization_code"}, ClientProof())

    assert refused.value.detail == detail


def test_says_when_userinfo_is_refused(client: ProviderClient, provider: FakeProvider) -> None:
    with pytest.raises(UserInfoInvalid, match="HTTP 401"):
        client.request_userinfo(f"{provider.issuer}/userinfo", "het-han")


def test_closes_only_what_it_opened(provider: FakeProvider, clock: HandClock) -> None:
    http = httpx2.Client(transport=httpx2.MockTransport(provider.endpoints.answer))
    ProviderClient(provider.issuer, algorithm="ES256", http=http, clock=clock).close()
    ProviderClient(provider.issuer, algorithm="ES256", http=None, clock=clock).close()

    assert not http.is_closed
